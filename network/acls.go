package network

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// acls binds each tier's subnets to a network ACL that admits what the traffic needs.
func (b *builder) acls(public, private []subnet) error {
	planned, err := PlanACLs(b.args.Traffic, b.self.tiers)
	if err != nil {
		return err
	}
	if err := b.acl("public", planned.Public, public); err != nil {
		return err
	}
	return b.acl("private", planned.Private, private)
}

// acl makes one tier's network ACL. Its rules are part of it, so that a preview shows
// the whole list before and after.
func (b *builder) acl(tier string, rules []ACLRule, subnets []subnet) error {
	args := &ec2.NetworkAclArgs{
		VpcId:     b.vpc.ID(),
		SubnetIds: ids(subnets),
		Tags:      b.args.Tags.Named(tier),
	}
	ingress, egress := ec2.NetworkAclIngressArray{}, ec2.NetworkAclEgressArray{}
	for _, rule := range rules {
		var ipv4, ipv6 pulumi.StringPtrInput
		if strings.Contains(rule.CIDR, ":") {
			ipv6 = pulumi.String(rule.CIDR)
		} else {
			ipv4 = pulumi.String(rule.CIDR)
		}
		if rule.Egress {
			egress = append(egress, ec2.NetworkAclEgressArgs{
				RuleNo: pulumi.Int(rule.Number), Action: pulumi.String("allow"), Protocol: pulumi.String("tcp"),
				CidrBlock: ipv4, Ipv6CidrBlock: ipv6, FromPort: pulumi.Int(rule.FromPort), ToPort: pulumi.Int(rule.ToPort),
			})
		} else {
			ingress = append(ingress, ec2.NetworkAclIngressArgs{
				RuleNo: pulumi.Int(rule.Number), Action: pulumi.String("allow"), Protocol: pulumi.String("tcp"),
				CidrBlock: ipv4, Ipv6CidrBlock: ipv6, FromPort: pulumi.Int(rule.FromPort), ToPort: pulumi.Int(rule.ToPort),
			})
		}
	}
	args.Ingress, args.Egress = ingress, egress
	made, err := ec2.NewNetworkAcl(b.ctx, b.name+"-"+tier, args, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating network ACL of the %s subnets: %w", tier, err)
	}
	b.self.Ready = append(b.self.Ready, made)
	return nil
}
