package stack

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/fleet/guest"
	"torii/internal/machine"
	"torii/internal/userdata"
	"torii/stack/settings"
)

// fleetFacts is what AWS and the disk say of a fleet before anything is made.
type fleetFacts struct {
	image    machine.Image
	userData []byte
}

// lookUpFleets asks AWS about every fleet, and reads what its servers are to run.
func lookUpFleets(ctx *pulumi.Context, s settings.Settings, region string) (map[string]fleetFacts, error) {
	var problems settings.Problems
	all := map[string]fleetFacts{}
	for _, name := range s.Names() {
		f := s.Workloads[name].Fleet
		if f == nil {
			continue
		}
		at := "torii:workloads." + name + "."
		var facts fleetFacts
		var err error
		if facts.image, err = lookUpMachineImage(ctx, &problems, at+"instanceType", f.InstanceType, at+"image", f.Image); err != nil {
			return nil, fmt.Errorf("preparing fleet %s: %w", name, err)
		}
		if facts.userData, err = fleetUserData(ctx, &problems, name, s, region); err != nil {
			return nil, fmt.Errorf("preparing fleet %s: %w", name, err)
		}
		all[name] = facts
	}
	return all, problems.Err()
}

// fleetUserData is the user's own file, or what makes a machine a web server, in which the file may have a part.
func fleetUserData(ctx *pulumi.Context, problems *settings.Problems, name string, s settings.Settings, region string) ([]byte, error) {
	f := *s.Workloads[name].Fleet
	at := "torii:workloads." + name + ".userData"
	var own []byte
	if f.UserData != "" {
		own = ownUserData(ctx, problems, at, f.UserData)
	}
	if own != nil && f.TLS != settings.TLSInstance {
		return own, nil
	}
	server := guest.Server{Port: f.Port, HealthPath: f.HealthPath, RedirectHTTP: f.TLS == settings.TLSEdge}
	if f.TLS == settings.TLSInstance {
		server.ClientAuth = &guest.ClientAuth{
			Parameters:   identityPath(ctx, name),
			Region:       region,
			Network:      s.Network.CIDR,
			Organization: organization(ctx),
			Clients:      f.Clients,
			Revocation:   s.Authority.Revokes(),
			Application:  f.Application,
			Setup:        own,
		}
	}
	data, err := guest.UserData(server)
	if err == nil && len(data) > userdata.Limit {
		problems.Add(at, fmt.Sprintf("%s and what is beside it take %d bytes compressed, and EC2 takes %d at most; "+
			"have the script fetch what makes it long", f.UserData, len(data), userdata.Limit))
	}
	return data, err
}

// ownUserData reads the user's own file.
func ownUserData(ctx *pulumi.Context, problems *settings.Problems, at, path string) []byte {
	text, err := os.ReadFile(filepath.Join(ctx.RootDirectory(), path))
	switch {
	case err != nil:
		problems.Add(at, fmt.Sprintf("%s cannot be read: %v; give a file's path, from the folder of Pulumi.yaml", path, err))
	case len(text) == 0 || len(text) > userdata.Limit:
		problems.Add(at, fmt.Sprintf("%s has %d bytes, and EC2 takes 1 to %d", path, len(text), userdata.Limit))
	}
	return text
}

// lookUpMachineImage asks AWS for the image of a type that the settings name.
func lookUpMachineImage(
	ctx *pulumi.Context, problems *settings.Problems, typePath, typeName, imagePath, image string,
) (machine.Image, error) {
	about, err := lookUpInstanceType(ctx, typeName)
	if err != nil {
		problems.Add(typePath, fmt.Sprintf("%s cannot be had in this region: %v", typeName, err))
		return machine.Image{}, nil
	}
	return lookUpImage(ctx, problems, imagePath, image, typeName, about)
}

// lookUpHelpers asks AWS about the machines that are no workloads.
func lookUpHelpers(ctx *pulumi.Context, s settings.Settings, found *cloud) (err error) {
	var problems settings.Problems
	if n := s.Network; n.NATInstances() {
		found.natImage, err = lookUpMachineImage(ctx, &problems,
			"torii:network.natInstanceType", n.NATInstanceType, "torii:network.natImage", n.NATImage)
		if err != nil {
			return fmt.Errorf("preparing NAT instances: %w", err)
		}
	}
	if b := s.Bastion; b.Enabled {
		checkUsers(ctx, &problems, bastionUsers(b))
		found.bastionImage, err = lookUpMachineImage(ctx, &problems, "torii:bastion.instanceType", b.InstanceType, "torii:bastion.image", b.Image)
		if err != nil {
			return fmt.Errorf("preparing the bastion: %w", err)
		}
	}
	return problems.Err()
}
