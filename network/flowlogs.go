package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/key"
	"torii/internal/policy"
)

// aggregationSeconds is how much traffic one flow log record sums up; AWS knows 60 and
// 600. The longer makes a tenth of the records, and so of the bill.
const aggregationSeconds = 600

// flowLogs records who talked to whom, and who was turned away.
func (b *builder) flowLogs() error {
	group, err := cloudwatch.NewLogGroup(b.ctx, b.name+"-flows", &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(b.args.LogRetentionDays),
		KmsKeyId:        key.Ptr(b.args.KeyARN),
		Tags:            b.args.Tags.Named("flows"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating log group of the flow logs: %w", err)
	}
	b.self.FlowLogGroup = group.Name
	trust, err := policy.Trust("vpc-flow-logs.amazonaws.com", b.args.AccountID)
	if err != nil {
		return fmt.Errorf("creating role of the flow logs: %w", err)
	}
	role, err := iam.NewRole(b.ctx, b.name+"-flows", &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(trust),
		Tags:             b.args.Tags.Named("flows"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating role of the flow logs: %w", err)
	}
	grant, err := iam.NewRolePolicy(b.ctx, b.name+"-flows", &iam.RolePolicyArgs{
		Role: role.ID(),
		Policy: group.Arn.ApplyT(func(arn string) (string, error) {
			return policy.JSON(policy.Statement{
				Sid: "WriteFlowLogs",
				Actions: []string{
					"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents",
				},
				Resources: []string{arn + ":*"},
			})
		}).(pulumi.StringOutput),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("granting the flow logs their log group: %w", err)
	}
	_, err = ec2.NewFlowLog(b.ctx, b.name+"-flows", &ec2.FlowLogArgs{
		VpcId:                  b.vpc.ID().ToStringOutput(),
		TrafficType:            pulumi.String("ALL"),
		LogDestinationType:     pulumi.String("cloud-watch-logs"),
		LogDestination:         group.Arn,
		IamRoleArn:             role.Arn,
		MaxAggregationInterval: pulumi.Int(aggregationSeconds),
		Tags:                   b.args.Tags.Named("flows"),
		// Nothing in a flow log can be changed, and AWS refuses a second one like it.
	}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{grant}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("creating flow logs: %w", err)
	}
	return nil
}
