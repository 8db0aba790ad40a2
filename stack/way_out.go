package stack

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/network"
)

// way makes the way out of the private subnets.
func (d *deployment) way() (err error) {
	n := d.settings.Network
	args := &network.WayOutArgs{VPC: d.vpc, NAT: network.NAT(n.NAT), Tags: d.tags}
	if d.settings.Network.NATInstances() {
		args.Machine = &network.NATMachine{
			InstanceType:    n.NATInstanceType,
			Image:           d.cloud.natImage,
			SecurityGroupID: d.groups.GroupIDs[natParty],
			KeyARN:          d.keyARN(),
		}
	}
	d.wayOut, err = network.NewWayOut(d.ctx, "way-out", args)
	return err
}

// ways are what an instance needs before it can install from the internet and from AWS.
func (d *deployment) ways() []pulumi.Resource {
	ways := slices.Concat(d.vpc.Ready, d.wayOut.Ready, d.groups.Ready)
	if d.private != nil {
		ways = append(ways, d.private.Ready...)
	}
	return ways
}
