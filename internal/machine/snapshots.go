package machine

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dlm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/policy"
	"torii/internal/tags"
)

// snapshotTime is when snapshots are taken, in UTC: the small hours in Japan.
const snapshotTime = "18:00"

// Snapshots takes one of each of a workload's volumes every day and keeps the last ones. It returns the
// id of the policy that does.
func (m Maker) Snapshots(workload string, keep int) (policyID pulumi.StringOutput, err error) {
	role, granted, err := m.snapshotRole(workload)
	if err != nil {
		return policyID, err
	}
	name := workload + "-snapshots"
	made, err := dlm.NewLifecyclePolicy(m.Ctx, name, &dlm.LifecyclePolicyArgs{
		Description:      pulumi.String("Daily snapshots of the homes of " + workload),
		ExecutionRoleArn: role.Arn,
		State:            pulumi.String("ENABLED"),
		PolicyDetails: &dlm.LifecyclePolicyPolicyDetailsArgs{
			PolicyType:    pulumi.String("EBS_SNAPSHOT_MANAGEMENT"),
			ResourceTypes: pulumi.ToStringArray([]string{"VOLUME"}),
			TargetTags:    pulumi.StringMap{tags.DataKey: pulumi.String(DataTagValue(m.Tags, workload))},
			Schedules: dlm.LifecyclePolicyPolicyDetailsScheduleArray{&dlm.LifecyclePolicyPolicyDetailsScheduleArgs{
				Name: pulumi.String("daily"),
				CreateRule: &dlm.LifecyclePolicyPolicyDetailsScheduleCreateRuleArgs{
					Interval: pulumi.Int(24), IntervalUnit: pulumi.String("HOURS"), Times: pulumi.String(snapshotTime),
				},
				RetainRule: &dlm.LifecyclePolicyPolicyDetailsScheduleRetainRuleArgs{Count: pulumi.Int(keep)},
				CopyTags:   pulumi.Bool(true),
			}},
		},
		Tags: m.Tags.Named(name),
		// Two policies cannot name one tag, not even for a moment.
	}, pulumi.Parent(m.Parent), pulumi.DependsOn([]pulumi.Resource{granted}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return policyID, fmt.Errorf("scheduling snapshots of %s: %w", workload, err)
	}
	return made.ID().ToStringOutput(), nil
}

// snapshotRole is the role in which AWS takes the snapshots.
func (m Maker) snapshotRole(workload string) (*iam.Role, pulumi.Resource, error) {
	trust, err := policy.Trust("dlm.amazonaws.com", m.Cloud.AccountID)
	if err != nil {
		return nil, nil, fmt.Errorf("creating snapshot role of %s: %w", workload, err)
	}
	name := workload + "-snapshots"
	role, err := iam.NewRole(m.Ctx, name, &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(trust),
		Tags:             m.Tags.Named(name),
	}, pulumi.Parent(m.Parent))
	if err != nil {
		return nil, nil, fmt.Errorf("creating snapshot role of %s: %w", workload, err)
	}
	document, err := snapshotPolicy(m.Cloud, DataTagValue(m.Tags, workload))
	if err != nil {
		return nil, nil, fmt.Errorf("granting snapshot role of %s: %w", workload, err)
	}
	granted, err := iam.NewRolePolicy(m.Ctx, name, &iam.RolePolicyArgs{
		Role: role.ID(), Policy: pulumi.String(document),
	}, pulumi.Parent(m.Parent))
	if err != nil {
		return nil, nil, fmt.Errorf("granting snapshot role of %s: %w", workload, err)
	}
	return role, granted, nil
}

// snapshotPolicy lets AWS take and delete the snapshots of one workload's volumes.
func snapshotPolicy(at account.Place, dataTagValue string) (string, error) {
	ours := policy.Condition{"StringEquals": {"aws:ResourceTag/" + tags.DataKey: {dataTagValue}}}
	snapshots := fmt.Sprintf("arn:%s:ec2:%s::snapshot/*", at.Partition, at.Region)
	return policy.JSON(
		policy.Statement{
			Sid: "ListVolumesAndSnapshots", Actions: []string{"ec2:DescribeInstances", "ec2:DescribeSnapshots", "ec2:DescribeVolumes"},
			Resources: []string{"*"}, // the actions know no resource
		},
		policy.Statement{
			Sid: "SnapshotOwnVolume", Actions: []string{"ec2:CreateSnapshot"},
			Resources: []string{fmt.Sprintf("arn:%s:ec2:%s:%s:volume/*", at.Partition, at.Region, at.AccountID)}, Condition: ours,
		},
		policy.Statement{Sid: "MakeSnapshots", Actions: []string{"ec2:CreateSnapshot", "ec2:CreateTags"}, Resources: []string{snapshots}},
		policy.Statement{Sid: "DeleteOwnSnapshots", Actions: []string{"ec2:DeleteSnapshot"}, Resources: []string{snapshots}, Condition: ours},
	)
}
