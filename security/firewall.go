package security

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/tags"
)

const firewallToken = "torii:security:Firewall"

// FirewallArgs describes a firewall.
type FirewallArgs struct {
	VPCID          pulumi.StringInput // Required.
	Groups         []string           // Required. Parties that get a security group each.
	Flows          []Flow             // Required. Everything that is allowed; nothing else is.
	Standing       Groups             // Optional. Parties whose security group another stack made; here they get rules only.
	S3PrefixListID pulumi.StringInput // Required when a flow goes to S3.
	Network        string             // Required when a flow goes to Network. The VPC's IPv4 range.
	Tags           tags.Set           // Required.
}

// Groups are ids of security groups by party.
type Groups map[string]pulumi.StringInput

// Firewall is one security group per party and one pair of rules per flow.
type Firewall struct {
	pulumi.ResourceState

	// Ready is for ordering: the rules. Naming the component would not do, since Go's SDK finds
	// its parts while they are being registered, and may miss the last ones.
	Ready []pulumi.Resource

	// GroupIDs is each party's security group.
	GroupIDs map[string]pulumi.StringOutput
}

// NewFirewall makes the security groups and rules of a flow table. A flow between two
// groups becomes an outbound rule on the one and an inbound rule on the other; a flow
// from or to somebody without a group has our side only. Fails when Check does.
func NewFirewall(
	ctx *pulumi.Context, name string, args *FirewallArgs, opts ...pulumi.ResourceOption,
) (*Firewall, error) {
	if err := Check(args.parties(), args.Flows); err != nil {
		return nil, fmt.Errorf("checking the flow table: %w", err)
	}
	firewall := &Firewall{GroupIDs: map[string]pulumi.StringOutput{}}
	if err := ctx.RegisterComponentResource(firewallToken, name, firewall, opts...); err != nil {
		return nil, fmt.Errorf("registering firewall %s: %w", name, err)
	}
	for party, id := range args.Standing {
		firewall.GroupIDs[party] = id.ToStringOutput()
	}
	for _, party := range args.Groups {
		group, err := ec2.NewSecurityGroup(ctx, name+"-"+party, &ec2.SecurityGroupArgs{
			VpcId: args.VPCID,
			// A changed description replaces the group, so it never says more than this.
			Description: pulumi.String("torii " + party),
			Tags:        args.Tags.Named(party),
		}, pulumi.Parent(firewall))
		if err != nil {
			return nil, fmt.Errorf("creating security group of %s: %w", party, err)
		}
		firewall.GroupIDs[party] = group.ID().ToStringOutput()
	}
	for _, flow := range args.Flows {
		if err := firewall.allow(ctx, name, flow, args); err != nil {
			return nil, fmt.Errorf("allowing %s to reach %s on port %d: %w", flow.From, flow.To, flow.Port, err)
		}
	}
	return firewall, ctx.RegisterResourceOutputs(firewall, pulumi.Map{})
}

// parties are those that have a security group.
func (a *FirewallArgs) parties() []string {
	return slices.AppendSeq(slices.Clone(a.Groups), maps.Keys(a.Standing))
}

// allow writes the rules of one flow.
func (f *Firewall) allow(ctx *pulumi.Context, name string, flow Flow, args *FirewallArgs) error {
	if flow.To == OtherStacks {
		return nil
	}
	if flow.From != Internet {
		rule := &vpc.SecurityGroupEgressRuleArgs{
			SecurityGroupId: f.GroupIDs[flow.From],
			Description:     pulumi.String(flow.outDescription()),
			IpProtocol:      pulumi.String("tcp"),
			FromPort:        pulumi.Int(flow.Port),
			ToPort:          pulumi.Int(flow.Port),
			Tags:            args.Tags.Named(flow.From + "-to-" + flow.To),
		}
		switch flow.To {
		case Internet:
			rule.CidrIpv4 = pulumi.String(everywhere)
		case S3:
			rule.PrefixListId = args.S3PrefixListID.ToStringOutput().ToStringPtrOutput()
		case Network:
			rule.CidrIpv4 = pulumi.String(args.Network)
		default:
			rule.ReferencedSecurityGroupId = f.GroupIDs[flow.To].ToStringPtrOutput()
		}
		logical := fmt.Sprintf("%s-%s-to-%s-%d", name, flow.From, flow.To, flow.Port)
		made, err := vpc.NewSecurityGroupEgressRule(ctx, logical, rule, pulumi.Parent(f))
		if err != nil {
			return fmt.Errorf("creating outbound rule: %w", err)
		}
		f.Ready = append(f.Ready, made)
	}
	if flow.leadsOut() {
		return nil
	}
	if flow.From != Internet {
		return f.admit(ctx, fmt.Sprintf("%s-%s-from-%s-%d", name, flow.To, flow.From, flow.Port), flow, args,
			func(rule *vpc.SecurityGroupIngressRuleArgs) {
				rule.ReferencedSecurityGroupId = f.GroupIDs[flow.From].ToStringPtrOutput()
			})
	}
	for _, open := range flow.Open {
		logical := fmt.Sprintf("%s-%s-from-%s-%d-%s", name, flow.To, flow.From, flow.Port, nameOf(open))
		err := f.admit(ctx, logical, flow, args, func(rule *vpc.SecurityGroupIngressRuleArgs) {
			if strings.Contains(open, ":") {
				rule.CidrIpv6 = pulumi.String(open)
			} else {
				rule.CidrIpv4 = pulumi.String(open)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// admit writes one inbound rule; from sets whom it admits.
func (f *Firewall) admit(
	ctx *pulumi.Context, logical string, flow Flow, args *FirewallArgs, from func(*vpc.SecurityGroupIngressRuleArgs),
) error {
	rule := &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: f.GroupIDs[flow.To],
		Description:     pulumi.String(flow.inDescription()),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(flow.Port),
		ToPort:          pulumi.Int(flow.Port),
		Tags:            args.Tags.Named(flow.To + "-from-" + flow.From),
	}
	from(rule)
	made, err := vpc.NewSecurityGroupIngressRule(ctx, logical, rule, pulumi.Parent(f))
	if err != nil {
		return fmt.Errorf("creating inbound rule: %w", err)
	}
	f.Ready = append(f.Ready, made)
	return nil
}

// nameOf makes a range fit for a Pulumi name, in which "::" parts a URN.
func nameOf(open string) string { return strings.NewReplacer("/", "_", ":", "-").Replace(open) }
