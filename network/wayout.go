package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/machine"
	"torii/internal/tags"
)

const wayOutToken = "torii:network:WayOut"

// NAT is how private subnets reach the internet.
type NAT string

// Ways out.
const (
	NATNone            NAT = "none"              // not at all; endpoints only
	NATGateway         NAT = "gateway"           // one gateway, in the first zone
	NATGatewayPerZone  NAT = "gateway-per-zone"  // one in each zone, so that none needs another
	NATInstance        NAT = "instance"          // one instance, in the first zone
	NATInstancePerZone NAT = "instance-per-zone" // one in each zone
)

// WayOutArgs describes how private subnets reach the internet.
type WayOutArgs struct {
	VPC     *VPC        // Required.
	NAT     NAT         // Required.
	Machine *NATMachine // Required with the instance kinds, which need it each.
	Tags    tags.Set    // Required.
}

// NATMachine describes NAT instances.
type NATMachine struct {
	InstanceType    string             // Required.
	Image           machine.Image      // Required. For the type's architecture.
	SecurityGroupID pulumi.StringInput // Required. Lets in from the VPC and out to the internet what is to be forwarded.
	KeyARN          pulumi.StringInput // Optional. Defaults to AWS's own key.
}

// WayOut is the NAT and the private subnets' routes to it. It stands apart from the VPC
// because NAT instances need a security group, which needs the VPC first. Whatever needs
// the internet to start must wait for it.
type WayOut struct {
	pulumi.ResourceState

	Ready []pulumi.Resource // for ordering: the routes, as VPC.Ready

	GatewayIDs map[string]pulumi.StringOutput // of NAT gateways, by zone
	GroupNames map[string]pulumi.StringOutput // Auto Scaling groups of NAT instances, by zone
}

// wayOutBuilder carries what the parts of a way out share while it is made.
type wayOutBuilder struct {
	ctx  *pulumi.Context
	name string
	args *WayOutArgs
	self *WayOut
}

// target is what routes lead to: one of the two.
type target struct {
	gatewayID   pulumi.StringPtrInput
	interfaceID pulumi.StringPtrInput
	ready       pulumi.Resource // has had the time to forward; nil when its id says that it does
}

// NewWayOut makes the NAT and points the private subnets at it. With one, all zones go
// through the first; with one per zone, each through its own. A change of NAT makes the
// new one, points the routes at it in place, and then deletes the old one.
func NewWayOut(ctx *pulumi.Context, name string, args *WayOutArgs, opts ...pulumi.ResourceOption) (*WayOut, error) {
	self := &WayOut{GatewayIDs: map[string]pulumi.StringOutput{}, GroupNames: map[string]pulumi.StringOutput{}}
	if err := ctx.RegisterComponentResource(wayOutToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering way out %s: %w", name, err)
	}
	b := &wayOutBuilder{ctx: ctx, name: name, args: args, self: self}
	if err := b.build(); err != nil {
		return nil, err
	}
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{})
}

// build makes what the kind of NAT asks for.
func (b *wayOutBuilder) build() error {
	zones := b.args.VPC.public
	switch b.args.NAT {
	case NATNone:
		return nil
	case NATGateway:
		return b.routes(zones[:1], b.natGateway)
	case NATGatewayPerZone:
		return b.routes(zones, b.natGateway)
	}
	natInstance, err := b.natInstances()
	if err != nil {
		return err
	}
	if b.args.NAT == NATInstance {
		zones = zones[:1]
	}
	return b.routes(zones, natInstance)
}

// routes makes a NAT in each of the public subnets given and leads every private subnet to
// the one in its zone, or to the first.
func (b *wayOutBuilder) routes(in []subnet, nat func(subnet) (target, error)) error {
	targets := map[string]target{}
	for _, each := range in {
		made, err := nat(each)
		if err != nil {
			return err
		}
		targets[each.zone] = made
	}
	for _, each := range b.args.VPC.private {
		to, own := targets[each.zone]
		if !own {
			to = targets[in[0].zone]
		}
		if err := b.route(each, to); err != nil {
			return err
		}
	}
	return nil
}

// route leads a private subnet out. Its table has one route to everywhere, which changes in
// place from one kind of NAT to another: there is no moment without any.
func (b *wayOutBuilder) route(from subnet, to target) error {
	opts := []pulumi.ResourceOption{pulumi.Parent(b.self), b.moved(), pulumi.DeleteBeforeReplace(true)}
	if to.ready != nil {
		opts = append(opts, pulumi.DependsOn([]pulumi.Resource{to.ready}))
	}
	route, err := ec2.NewRoute(b.ctx, b.args.VPC.name+"-private-"+from.zone+"-out", &ec2.RouteArgs{
		RouteTableId:         from.routes.ID(),
		DestinationCidrBlock: pulumi.String(everywhere),
		NatGatewayId:         to.gatewayID,
		NetworkInterfaceId:   to.interfaceID,
	}, opts...)
	if err != nil {
		return fmt.Errorf("creating route out of %s: %w", from.zone, err)
	}
	b.self.Ready = append(b.self.Ready, route)
	return nil
}

// moved says that a resource was the VPC's own once, so that stacks of that time keep it.
// Its name begins with the VPC's for the same reason.
func (b *wayOutBuilder) moved() pulumi.ResourceOption {
	return pulumi.Aliases([]pulumi.Alias{{Parent: b.args.VPC}})
}
