package edge

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/key"
	"torii/internal/policy"
)

// secretHeaders are left out of the WAF's logs: they let whoever reads them act as the
// person who sent them.
var secretHeaders = []string{"authorization", "cookie"}

// firewall makes the web ACL, its logs, and puts it before the load balancer. It waits
// for the listener: AWS refuses, now and then, to guard a load balancer that has none.
func (b *builder) firewall(listener *lb.Listener) error {
	// With the stack's name, or all stacks of an account and region would count into one metric.
	b.self.WebACLMetric = b.args.Tags.Word() + "-" + b.name
	acl, err := wafv2.NewWebAcl(b.ctx, b.name, &wafv2.WebAclArgs{
		Scope:         pulumi.String("REGIONAL"),
		DefaultAction: b.args.WAF.defaultAction(),
		Rules:         b.args.WAF.ruleArgs(b.lb.DnsName),
		VisibilityConfig: &wafv2.WebAclVisibilityConfigArgs{
			CloudwatchMetricsEnabled: pulumi.Bool(true),
			MetricName:               pulumi.String(b.self.WebACLMetric),
			SampledRequestsEnabled:   pulumi.Bool(true),
		},
		Tags: b.args.Tags.Named("gate"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating web ACL: %w", err)
	}
	b.self.WebACLARN = acl.Arn
	if err := b.firewallLogs(acl); err != nil {
		return err
	}
	_, err = wafv2.NewWebAclAssociation(b.ctx, b.name, &wafv2.WebAclAssociationArgs{
		ResourceArn: b.lb.Arn,
		WebAclArn:   acl.Arn,
		// Deleting an association takes whatever web ACL the load balancer has off it. Were
		// the new one made first, deleting the old would leave no guard at all.
	}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{listener}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("putting the web ACL before the load balancer: %w", err)
	}
	return nil
}

// firewallLogs keeps a log of what the web ACL decided.
func (b *builder) firewallLogs(acl *wafv2.WebAcl) error {
	// WAF writes to groups of this prefix only, and Pulumi makes a physical name from the
	// logical one.
	group, err := cloudwatch.NewLogGroup(b.ctx, "aws-waf-logs-"+b.name, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(b.args.LogRetentionDays),
		KmsKeyId:        key.Ptr(b.args.KeyARN),
		Tags:            b.args.Tags.Named("waf"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating log group of the WAF: %w", err)
	}
	b.self.WebACLLogGroup = group.Name
	// Without a policy of ours, AWS adds to one that all web ACLs of the account share
	// and that can grow too large.
	grant, err := cloudwatch.NewLogResourcePolicy(b.ctx, b.name+"-waf-logs", &cloudwatch.LogResourcePolicyArgs{
		PolicyName: pulumi.String(b.args.Tags.Prefix() + "waf-logs"),
		PolicyDocument: group.Arn.ApplyT(func(arn string) (string, error) {
			return wafLogPolicy(arn, b.args.Cloud)
		}).(pulumi.StringOutput),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("letting the WAF write its log: %w", err)
	}
	var redacted wafv2.WebAclLoggingConfigurationRedactedFieldArray
	for _, header := range secretHeaders {
		redacted = append(redacted, &wafv2.WebAclLoggingConfigurationRedactedFieldArgs{
			SingleHeader: &wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs{Name: pulumi.String(header)},
		})
	}
	_, err = wafv2.NewWebAclLoggingConfiguration(b.ctx, b.name, &wafv2.WebAclLoggingConfigurationArgs{
		ResourceArn:           acl.Arn,
		LogDestinationConfigs: pulumi.StringArray{group.Arn},
		RedactedFields:        redacted,
		// As with the association: deleting the old one would turn the new one's logging off.
	}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{grant}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("turning the WAF's log on: %w", err)
	}
	return nil
}

// wafLogPolicy lets AWS's log delivery write to one group, for this account's web ACLs.
func wafLogPolicy(groupARN string, at account.Place) (string, error) {
	return policy.JSON(policy.Statement{
		Sid:       "WAFWritesItsLog",
		Principal: policy.Principal{Services: []string{"delivery.logs.amazonaws.com"}},
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: []string{strings.TrimSuffix(groupARN, ":*") + ":*"},
		Condition: policy.Condition{
			"StringEquals": {"aws:SourceAccount": {at.AccountID}},
			"ArnLike": {"aws:SourceArn": {
				"arn:" + at.Partition + ":logs:" + at.Region + ":" + at.AccountID + ":*",
			}},
		},
	})
}
