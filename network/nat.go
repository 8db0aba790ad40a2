package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// wayOut makes the NAT gateways and points the private subnets at them. With one
// gateway, all zones go through the first; with one per zone, each through its own.
func (b *builder) wayOut(public, private []subnet) error {
	var gateways []*ec2.NatGateway
	switch b.args.NAT {
	case NATNone:
		return nil
	case NATGateway:
		gateway, err := b.natGateway(public[0])
		if err != nil {
			return err
		}
		for range private {
			gateways = append(gateways, gateway)
		}
	case NATGatewayPerZone:
		for _, each := range public {
			gateway, err := b.natGateway(each)
			if err != nil {
				return err
			}
			gateways = append(gateways, gateway)
		}
	default:
		return fmt.Errorf("creating the way out: %q is not a kind of NAT", b.args.NAT)
	}
	for i, each := range private {
		if err := b.route("private-"+each.zone+"-out", &ec2.RouteArgs{
			RouteTableId:         each.routes.ID(),
			DestinationCidrBlock: pulumi.String(everywhere),
			NatGatewayId:         gateways[i].ID(),
		}); err != nil {
			return err
		}
	}
	return nil
}

// natGateway makes a NAT gateway with a fixed public address in a public subnet. Both
// wait for the internet gateway: no property says so, and AWS refuses the one or the
// other without it, and on the way down.
func (b *builder) natGateway(in subnet) (*ec2.NatGateway, error) {
	role := "nat-" + in.zone
	address, err := ec2.NewEip(b.ctx, b.name+"-"+role, &ec2.EipArgs{
		Domain: pulumi.String("vpc"),
		Tags:   b.args.Tags.Named(role),
	}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{b.self.InternetGateway}))
	if err != nil {
		return nil, fmt.Errorf("creating address of NAT gateway in %s: %w", in.zone, err)
	}
	gateway, err := ec2.NewNatGateway(b.ctx, b.name+"-"+role, &ec2.NatGatewayArgs{
		SubnetId:     in.subnet.ID(),
		AllocationId: address.AllocationId,
		Tags:         b.args.Tags.Named(role),
		// An address serves one gateway, so the old one must let go of it first.
	}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{b.self.InternetGateway}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("creating NAT gateway in %s: %w", in.zone, err)
	}
	return gateway, nil
}
