// Package network makes the private network: a VPC with public and private subnets,
// their routes, the way out, network ACLs, flow logs and private endpoints.
package network

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/tags"
)

const vpcToken = "torii:network:VPC"

// VPCArgs describes the network. All of it decides how many resources exist, so all of
// it is plain values.
type VPCArgs struct {
	CIDR             string    // Required. IPv4 range, /16 to /22.
	Zones            []string  // Required. One public and one private subnet is made in each.
	DualStack        bool      // Optional. Adds an IPv6 range from Amazon to the VPC and its public subnets.
	Traffic          []Traffic // Required. What the network ACLs let pass.
	LogRetentionDays int       // Required. Of the flow logs.
	Region           string    // Required. AWS region.
	AccountID        string    // Required. AWS account, in whose name flow logs are written and the S3 endpoint is used.
	Tags             tags.Set  // Required.

	KeyARN pulumi.StringInput // Optional. Defaults to AWS's own key.
}

// VPC is the network.
type VPC struct {
	pulumi.ResourceState

	ID               pulumi.StringOutput      // of the VPC
	PublicSubnetIDs  pulumi.StringArrayOutput // in the order of Zones
	PrivateSubnetIDs pulumi.StringArrayOutput // in the order of Zones
	S3PrefixListID   pulumi.StringOutput      // names S3's addresses in security group rules
	FlowLogGroup     pulumi.StringOutput      // who talked to whom, and who was turned away

	// Ready is for ordering: what lets packets through the subnets. Naming the component would
	// not do: Go's SDK finds a component's parts while they are being registered, and may miss
	// the last ones.
	Ready []pulumi.Resource

	// InternetGateway is for ordering: what gets a public address needs it attached.
	InternetGateway pulumi.Resource

	// What a way out needs to know.
	name            string
	cidr            string
	tiers           Tiers
	public, private []subnet
	publicOut       pulumi.Resource // the public subnets' route to the internet
}

// builder carries what the parts of a VPC share while it is made.
type builder struct {
	ctx  *pulumi.Context
	name string
	args *VPCArgs
	plan []ZoneSubnets
	self *VPC
	vpc  *ec2.Vpc
}

// NewVPC makes the network. It fails when the range or the zones cannot be planned, or
// the traffic leads somewhere that network ACLs do not know.
func NewVPC(ctx *pulumi.Context, name string, args *VPCArgs, opts ...pulumi.ResourceOption) (*VPC, error) {
	if len(args.Zones) == 0 {
		return nil, errors.New("creating network: no zones are given")
	}
	plan, err := PlanSubnets(args.CIDR, args.Zones)
	if err != nil {
		return nil, err
	}
	where, err := PlanTiers(args.CIDR)
	if err != nil {
		return nil, err
	}
	self := &VPC{name: name, cidr: args.CIDR, tiers: where}
	if err := ctx.RegisterComponentResource(vpcToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering network %s: %w", name, err)
	}
	vpc, err := ec2.NewVpc(ctx, name+"-vpc", &ec2.VpcArgs{
		CidrBlock: pulumi.String(args.CIDR),
		// Both are needed before an endpoint can answer under the service's own name.
		EnableDnsSupport:             pulumi.Bool(true),
		EnableDnsHostnames:           pulumi.Bool(true),
		AssignGeneratedIpv6CidrBlock: pulumi.Bool(args.DualStack),
		Tags:                         args.Tags.Named("vpc"),
	}, pulumi.Parent(self))
	if err != nil {
		return nil, fmt.Errorf("creating VPC: %w", err)
	}
	self.ID = vpc.ID().ToStringOutput()
	b := &builder{ctx: ctx, name: name, args: args, plan: plan, self: self, vpc: vpc}
	if err := b.lockDefaults(); err != nil {
		return nil, err
	}
	public, err := b.publicSubnets()
	if err != nil {
		return nil, err
	}
	private, err := b.privateSubnets()
	if err != nil {
		return nil, err
	}
	if err := b.s3Endpoint(private); err != nil {
		return nil, err
	}
	if err := b.acls(public, private); err != nil {
		return nil, err
	}
	if err := b.flowLogs(); err != nil {
		return nil, err
	}
	self.public, self.private = public, private
	self.PublicSubnetIDs = ids(public)
	self.PrivateSubnetIDs = ids(private)
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{
		"id":               self.ID,
		"publicSubnetIds":  self.PublicSubnetIDs,
		"privateSubnetIds": self.PrivateSubnetIDs,
	})
}

// lockDefaults takes every rule out of the security group and the network ACL that AWS makes with a VPC, so that a machine
// that forgets to name its group, and a subnet that nobody gave a list, can neither reach nor be reached.
func (b *builder) lockDefaults() error {
	_, err := ec2.NewDefaultSecurityGroup(b.ctx, b.name+"-default-group", &ec2.DefaultSecurityGroupArgs{
		VpcId: b.vpc.ID(),
		Tags:  b.args.Tags.Named("default-unused"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("emptying the default security group: %w", err)
	}
	_, err = ec2.NewDefaultNetworkAcl(b.ctx, b.name+"-default-acl", &ec2.DefaultNetworkAclArgs{
		DefaultNetworkAclId: b.vpc.DefaultNetworkAclId,
		Tags:                b.args.Tags.Named("default-unused"),
		// Subnets fall back to it while their own list is replaced, and AWS lets none be without.
	}, pulumi.Parent(b.self), pulumi.IgnoreChanges([]string{"subnetIds"}))
	if err != nil {
		return fmt.Errorf("emptying the default network ACL: %w", err)
	}
	return nil
}

// subnet is one of a zone's two subnets with the table that routes it.
type subnet struct {
	zone   string
	subnet *ec2.Subnet
	routes *ec2.RouteTable
}

func ids(subnets []subnet) pulumi.StringArrayOutput {
	all := make(pulumi.StringArray, len(subnets))
	for i, s := range subnets {
		all[i] = s.subnet.ID().ToStringOutput()
	}
	return all.ToStringArrayOutput()
}
