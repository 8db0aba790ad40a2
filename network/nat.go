package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// natGateway makes a NAT gateway with a fixed public address in a public subnet. Both
// wait for the internet gateway: no property says so, and AWS refuses the one or the
// other without it, and on the way down.
func (b *wayOutBuilder) natGateway(in subnet) (target, error) {
	vpc := b.args.VPC
	role := "nat-" + in.zone
	address, err := ec2.NewEip(b.ctx, vpc.name+"-"+role, &ec2.EipArgs{
		Domain: pulumi.String("vpc"),
		Tags:   b.args.Tags.Named(role),
	}, pulumi.Parent(b.self), b.moved(), pulumi.DependsOn([]pulumi.Resource{vpc.InternetGateway}))
	if err != nil {
		return target{}, fmt.Errorf("creating address of NAT gateway in %s: %w", in.zone, err)
	}
	gateway, err := ec2.NewNatGateway(b.ctx, vpc.name+"-"+role, &ec2.NatGatewayArgs{
		SubnetId:     in.subnet.ID(),
		AllocationId: address.AllocationId,
		Tags:         b.args.Tags.Named(role),
		// An address serves one gateway, so the old one must let go of it first.
	}, pulumi.Parent(b.self), b.moved(), pulumi.DependsOn([]pulumi.Resource{vpc.InternetGateway}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return target{}, fmt.Errorf("creating NAT gateway in %s: %w", in.zone, err)
	}
	b.self.GatewayIDs[in.zone] = gateway.ID().ToStringOutput()
	return target{gatewayID: gateway.ID().ToStringOutput().ToStringPtrOutput()}, nil
}
