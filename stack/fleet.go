package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/fleet"
	"torii/edge/authority"
	"torii/operations"
	"torii/stack/settings"
)

// fleetMade is a fleet and the ways to it.
type fleetMade struct {
	fleet *fleet.Fleet
	urls  map[string]pulumi.StringInput // by what exposes it
}

// fleet makes a fleet of web servers and the load balancers in front of it.
func (d *deployment) fleet(name string, f settings.Fleet) error {
	args := &fleet.Args{
		InstanceType:      f.InstanceType,
		Image:             d.cloud.fleets[name].image,
		UserData:          d.cloud.fleets[name].userData,
		Min:               f.Min,
		Max:               f.Max,
		GraceSeconds:      f.GraceSeconds,
		CPUPercent:        f.CPUPercent,
		RequestsPerTarget: f.RequestsPerTarget,
		SubnetIDs:         d.vpc.PrivateSubnetIDs,
		SecurityGroupID:   d.groups.GroupIDs[name],
		SessionKeyARN:     d.sessionKey(),
		KeyARN:            d.keyARN(),
		Ready:             d.ways(),
		Cloud:             d.place(),
		Tags:              d.tags,
	}
	ways := &fleetWays{deployment: d, name: name, fleet: f, args: args, urls: map[string]pulumi.StringInput{}}
	if err := ways.make(); err != nil {
		return err
	}
	if f.TLS == settings.TLSInstance {
		if err := d.fleetIdentity(name, f, args, ways.names); err != nil {
			return err
		}
	}
	made, err := fleet.NewFleet(d.ctx, name, args)
	if err != nil {
		return err
	}
	d.watched.Fleets = append(d.watched.Fleets, operations.Fleet{Workload: name, Group: made.GroupName, Min: f.Min})
	d.fleets[name] = fleetMade{fleet: made, urls: ways.urls}
	return nil
}

// fleetIdentity gives a fleet's machines the certificate that they show to clients, for its host and its load
// balancers' own names, and what they check clients by.
func (d *deployment) fleetIdentity(name string, f settings.Fleet, args *fleet.Args, names []pulumi.StringInput) error {
	server := authority.ServerArgs{CommonName: name, Names: names}
	if f.Host != "" {
		server.Hosts = []string{f.Host}
	}
	shown, err := d.vouches.Server(d.ctx, name, server)
	if err != nil {
		return err
	}
	identity, err := fleet.NewIdentity(d.ctx, name+"-identity", &fleet.IdentityArgs{
		Path:              identityPath(d.ctx, name),
		ServerKey:         shown.PrivateKey,
		ServerCertificate: shown.Certificate,
		ClientAuthorities: d.vouches.ClientAuthorities,
		RevocationLists:   d.vouches.RevocationLists,
		KeyARN:            d.keyARN(),
		Tags:              d.tags,
	})
	if err != nil {
		return err
	}
	args.ParameterARNs = identity.ParameterARNs
	args.Ready = append(args.Ready, identity.Ready...)
	return nil
}

// identityPath is below which a fleet's machines find their certificates in Parameter Store. They are told it before
// the parameters are made, so that Pulumi cannot choose the names.
func identityPath(ctx *pulumi.Context, name string) string {
	return "/" + ctx.Project() + "/" + ctx.Stack() + "/" + name
}
