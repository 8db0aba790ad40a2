package stack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ebs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/jupyterhub"
	"torii/stack/settings"
)

// hubFacts is what AWS says of a hub before anything is made, and what follows for it.
type hubFacts struct {
	image      jupyterhub.Image
	zone       string // of the volume and so of the instance
	snapshotID string // that the volume is made from, or was
}

// machine is what AWS says of an instance type.
type machine struct {
	architecture string // x86_64 or arm64
	memoryMiB    int
	vcpus        int
	nitro        bool
}

// dataVolume is what AWS says of a volume that bears a hub's tag.
type dataVolume struct {
	id, zone, snapshotID string
	gib                  int
}

// lookUpHubs asks AWS about every hub. It reports all that AWS would refuse, or worse,
// answer with an empty volume.
func lookUpHubs(ctx *pulumi.Context, s settings.Settings, tagValue func(name string) string) (map[string]hubFacts, error) {
	var problems settings.Problems
	all := map[string]hubFacts{}
	for _, name := range s.Names() {
		hub := s.Workloads[name].JupyterHub
		if hub == nil {
			continue
		}
		at := "torii:workloads." + name + "."
		about, err := lookUpMachine(ctx, hub.InstanceType)
		if err != nil {
			problems.Add(at+"instanceType", fmt.Sprintf("%s cannot be had in this region: %v", hub.InstanceType, err))
			continue
		}
		checkMachine(&problems, at, about, *hub)
		var facts hubFacts
		if facts.image, err = lookUpImage(ctx, hub.Image, about.architecture); err != nil {
			return nil, fmt.Errorf("asking AWS for the newest image of hub %s: %w", name, err)
		}
		volumes, err := lookUpVolumes(ctx, tagValue(name))
		if err != nil {
			return nil, fmt.Errorf("asking AWS for the data volume of hub %s: %w", name, err)
		}
		facts.zone, facts.snapshotID = planVolume(&problems, at, volumes, *hub, s.Network.Zones)
		if facts.snapshotID != "" && (len(volumes) == 0 || facts.snapshotID != volumes[0].snapshotID) {
			checkSnapshot(ctx, &problems, at, *hub)
		}
		all[name] = facts
	}
	return all, problems.Err()
}

func lookUpMachine(ctx *pulumi.Context, instanceType string) (machine, error) {
	found, err := ec2.GetInstanceType(ctx, &ec2.GetInstanceTypeArgs{InstanceType: instanceType})
	if err != nil {
		return machine{}, err
	}
	about := machine{
		memoryMiB: found.MemorySize, vcpus: found.DefaultVcpus, nitro: found.Hypervisor == "nitro" || found.BareMetal,
	}
	for _, architecture := range []string{"x86_64", "arm64"} {
		if slices.Contains(found.SupportedArchitectures, architecture) {
			about.architecture = architecture
		}
	}
	return about, nil
}

// hubMemoryMiB is what the hub itself and the system need beside users' servers.
const hubMemoryMiB = 1024

// checkMachine refuses a type that a hub cannot run on, and servers larger than it.
func checkMachine(problems *settings.Problems, at string, about machine, hub settings.JupyterHub) {
	if about.architecture == "" || !about.nitro {
		problems.Add(at+"instanceType", hub.InstanceType+" is of an older kind, on which the volume could not be found; "+
			"give one of the Nitro System such as t3.large")
		return
	}
	if most := about.memoryMiB - hubMemoryMiB; hub.UserMemoryMiB > most {
		problems.Add(at+"userMemoryMiB", fmt.Sprintf("%d is more than %s has to give; choose at most %d, or a larger instanceType",
			hub.UserMemoryMiB, hub.InstanceType, most))
	}
	if hub.UserCPUs > float64(about.vcpus) {
		problems.Add(at+"userCpus", fmt.Sprintf("%v is more than %s has; choose at most %d, or a larger instanceType",
			hub.UserCPUs, hub.InstanceType, about.vcpus))
	}
}

// lookUpImage reads an image setting; AWS is asked only for the newest.
func lookUpImage(ctx *pulumi.Context, image, architecture string) (jupyterhub.Image, error) {
	word, newest := strings.CutPrefix(image, settings.NewestImage)
	if !newest {
		return jupyterhub.Image{ID: image}, nil
	}
	parameter, err := ssm.LookupParameter(ctx, &ssm.LookupParameterArgs{Name: jupyterhub.ImageParameter(architecture)})
	if err != nil {
		return jupyterhub.Image{}, err
	}
	// An architecture of its own needs an image of its own, whatever was written down.
	return jupyterhub.Image{Word: word + "-" + architecture, Newest: parameter.InsecureValue}, nil
}

func lookUpVolumes(ctx *pulumi.Context, tagValue string) ([]dataVolume, error) {
	found, err := ebs.GetEbsVolumes(ctx, &ebs.GetEbsVolumesArgs{Filters: []ebs.GetEbsVolumesFilter{
		{Name: "tag:" + jupyterhub.DataTag, Values: []string{tagValue}},
		{Name: "status", Values: []string{"creating", "available", "in-use"}},
	}})
	if err != nil {
		return nil, err
	}
	var volumes []dataVolume
	for _, id := range found.Ids {
		about, err := ebs.LookupVolume(ctx, &ebs.LookupVolumeArgs{Filters: []ebs.GetVolumeFilter{
			{Name: "volume-id", Values: []string{id}},
		}})
		if err != nil {
			return nil, err
		}
		volumes = append(volumes, dataVolume{
			id: about.VolumeId, zone: about.AvailabilityZone, snapshotID: about.SnapshotId, gib: about.Size,
		})
	}
	return volumes, nil
}

// planVolume decides where a hub's volume is and what it is made from. A volume that is
// there decides, so that neither the order of zones nor a setting taken out again can
// put an empty one in its place.
func planVolume(
	problems *settings.Problems, at string, found []dataVolume, hub settings.JupyterHub, zones []string,
) (zone, snapshotID string) {
	zone, snapshotID = hub.Zone, hub.RestoreFrom
	switch len(found) {
	case 0:
		if zone == "" {
			zone = zones[0]
		}
		return zone, snapshotID
	case 1:
	default:
		var ids []string
		for _, volume := range found {
			ids = append(ids, volume.id)
		}
		problems.Add(at+"homeGiB", fmt.Sprintf("there are %d volumes for it, %s; take the tag %s off all but the right one",
			len(found), strings.Join(ids, " and "), jupyterhub.DataTag))
		return zone, snapshotID
	}
	volume := found[0]
	if zone != "" && zone != volume.zone {
		problems.Add(at+"zone", fmt.Sprintf("%s is not where its volume %s is, which cannot move; give %s or leave it out",
			zone, volume.id, volume.zone))
	}
	if !slices.Contains(zones, volume.zone) {
		problems.Add("torii:network.zones", fmt.Sprintf("[%s] lacks %s, where volume %s of a hub is, which cannot move; add it",
			strings.Join(zones, ", "), volume.zone, volume.id))
	}
	restored := snapshotID != "" && snapshotID != volume.snapshotID
	if !restored {
		snapshotID = volume.snapshotID
	}
	if !restored && hub.HomeGiB < volume.gib {
		problems.Add(at+"homeGiB", fmt.Sprintf("%d is less than volume %s has, and volumes cannot shrink; choose %d or more",
			hub.HomeGiB, volume.id, volume.gib))
	}
	return volume.zone, snapshotID
}

// checkSnapshot wants a snapshot that is there and fits.
func checkSnapshot(ctx *pulumi.Context, problems *settings.Problems, at string, hub settings.JupyterHub) {
	found, err := ebs.LookupSnapshot(ctx, &ebs.LookupSnapshotArgs{
		SnapshotIds: []string{hub.RestoreFrom}, Owners: []string{"self"},
	})
	if err != nil {
		problems.Add(at+"restoreFrom", fmt.Sprintf("%s cannot be found among this account's snapshots: %v", hub.RestoreFrom, err))
		return
	}
	if found.VolumeSize > hub.HomeGiB {
		problems.Add(at+"homeGiB", fmt.Sprintf("%d is less than snapshot %s has; choose %d or more",
			hub.HomeGiB, hub.RestoreFrom, found.VolumeSize))
	}
}
