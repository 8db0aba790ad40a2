package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// publicSubnets makes the subnets that have a route to the internet. Only the gate and
// NAT stand in them, and neither needs an address given at launch.
func (b *builder) publicSubnets() ([]subnet, error) {
	gateway, err := ec2.NewInternetGateway(b.ctx, b.name+"-internet", &ec2.InternetGatewayArgs{
		VpcId: b.vpc.ID(),
		Tags:  b.args.Tags.Named("internet"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, fmt.Errorf("creating internet gateway: %w", err)
	}
	b.self.InternetGateway = gateway
	table, err := b.routeTable("public")
	if err != nil {
		return nil, err
	}
	b.self.publicOut, err = b.route("public-internet", &ec2.RouteArgs{
		RouteTableId:         table.ID(),
		DestinationCidrBlock: pulumi.String(everywhere),
		GatewayId:            gateway.ID(),
	})
	if err != nil {
		return nil, err
	}
	if b.args.DualStack {
		if _, err := b.route("public-internet-ipv6", &ec2.RouteArgs{
			RouteTableId:             table.ID(),
			DestinationIpv6CidrBlock: pulumi.String("::/0"),
			GatewayId:                gateway.ID(),
		}); err != nil {
			return nil, err
		}
	}
	subnets := make([]subnet, 0, len(b.plan))
	for _, zone := range b.plan {
		args := &ec2.SubnetArgs{
			VpcId:               b.vpc.ID(),
			AvailabilityZone:    pulumi.String(zone.Zone),
			CidrBlock:           pulumi.String(zone.Public),
			MapPublicIpOnLaunch: pulumi.Bool(false),
		}
		if b.args.DualStack {
			args.Ipv6CidrBlock = b.vpc.Ipv6CidrBlock.ApplyT(func(block string) (string, error) {
				return ipv6Subnet(block, zone.Slot)
			}).(pulumi.StringOutput)
		}
		made, err := b.subnet("public", zone.Zone, args, table)
		if err != nil {
			return nil, err
		}
		subnets = append(subnets, made)
	}
	return subnets, nil
}

// privateSubnets makes the subnets that nothing outside can reach. Each has a route
// table of its own, so that another way out changes routes and nothing else.
func (b *builder) privateSubnets() ([]subnet, error) {
	subnets := make([]subnet, 0, len(b.plan))
	for _, zone := range b.plan {
		table, err := b.routeTable("private-" + zone.Zone)
		if err != nil {
			return nil, err
		}
		made, err := b.subnet("private", zone.Zone, &ec2.SubnetArgs{
			VpcId:            b.vpc.ID(),
			AvailabilityZone: pulumi.String(zone.Zone),
			CidrBlock:        pulumi.String(zone.Private),
		}, table)
		if err != nil {
			return nil, err
		}
		subnets = append(subnets, made)
	}
	return subnets, nil
}

// subnet makes one subnet and binds it to its route table.
func (b *builder) subnet(tier, zone string, args *ec2.SubnetArgs, table *ec2.RouteTable) (subnet, error) {
	role := tier + "-" + zone
	args.Tags = b.args.Tags.Named(role)
	made, err := ec2.NewSubnet(b.ctx, b.name+"-"+role, args, pulumi.Parent(b.self))
	if err != nil {
		return subnet{}, fmt.Errorf("creating %s subnet %s: %w", tier, zone, err)
	}
	association, err := ec2.NewRouteTableAssociation(b.ctx, b.name+"-"+role, &ec2.RouteTableAssociationArgs{
		SubnetId:     made.ID(),
		RouteTableId: table.ID(),
	}, pulumi.Parent(b.self), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return subnet{}, fmt.Errorf("binding %s subnet %s to its routes: %w", tier, zone, err)
	}
	b.self.Ready = append(b.self.Ready, association)
	return subnet{zone: zone, subnet: made, routes: table}, nil
}

func (b *builder) routeTable(role string) (*ec2.RouteTable, error) {
	table, err := ec2.NewRouteTable(b.ctx, b.name+"-"+role, &ec2.RouteTableArgs{
		VpcId: b.vpc.ID(),
		Tags:  b.args.Tags.Named(role),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, fmt.Errorf("creating route table %s: %w", role, err)
	}
	return table, nil
}

// route makes one route. AWS has one per table and destination, so a replacement must
// go before its successor comes.
func (b *builder) route(role string, args *ec2.RouteArgs) (*ec2.Route, error) {
	route, err := ec2.NewRoute(b.ctx, b.name+"-"+role, args, pulumi.Parent(b.self), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("creating route %s: %w", role, err)
	}
	return route, nil
}
