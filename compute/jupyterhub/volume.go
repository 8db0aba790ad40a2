package jupyterhub

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dlm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ebs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/policy"
	"torii/internal/tags"
)

// Volume describes the volume of homes and of the hub's state.
type Volume struct {
	Zone          string // availability zone; a change would replace it
	GiB           int    // may grow, never shrink
	SnapshotID    string // that it is made from; "" for an empty one
	FinalSnapshot bool   // takes a snapshot before it is deleted
	SnapshotDays  int    // daily snapshots that are kept
}

// DataTag is the key of the tag by which a hub's volume is known: to the snapshots'
// schedule, to the policy that lets the instance attach it, and to the program, which
// looks it up before it plans one.
const DataTag = "ToriiData"

// DataTagValue is the tag's value, one for each hub of a stack.
func DataTagValue(stack tags.Set, name string) string { return stack.Prefix() + name }

// snapshotTime is when snapshots are taken, in UTC: the small hours in Japan.
const snapshotTime = "18:00"

// volume makes the volume. It is never attached by Pulumi: whichever instance lives
// attaches it itself, since an Auto Scaling group brings instances that Pulumi has never
// heard of.
func (b *builder) volume() (*ebs.Volume, error) {
	v := b.args.Volume
	named := b.args.Tags.Named(b.name + "-data")
	named[DataTag] = pulumi.String(DataTagValue(b.args.Tags, b.name))
	args := &ebs.VolumeArgs{
		AvailabilityZone: pulumi.String(v.Zone),
		Type:             pulumi.String("gp3"),
		Size:             pulumi.Int(v.GiB),
		Encrypted:        pulumi.Bool(true),
		FinalSnapshot:    pulumi.Bool(v.FinalSnapshot),
		Tags:             named,
	}
	if v.SnapshotID != "" {
		args.SnapshotId = pulumi.String(v.SnapshotID)
	}
	// A replaced volume is an empty one. Protection stops the preview that would do it.
	volume, err := ebs.NewVolume(b.ctx, b.name+"-data", args, pulumi.Parent(b.self), pulumi.Protect(b.args.Protect))
	if err != nil {
		return nil, fmt.Errorf("creating data volume of %s: %w", b.name, err)
	}
	return volume, nil
}

// snapshots takes one every day and keeps the last ones.
func (b *builder) snapshots() error {
	role, granted, err := b.snapshotRole()
	if err != nil {
		return err
	}
	_, err = dlm.NewLifecyclePolicy(b.ctx, b.name+"-snapshots", &dlm.LifecyclePolicyArgs{
		Description:      pulumi.String("Daily snapshots of the homes of " + b.name),
		ExecutionRoleArn: role.Arn,
		State:            pulumi.String("ENABLED"),
		PolicyDetails: &dlm.LifecyclePolicyPolicyDetailsArgs{
			PolicyType:    pulumi.String("EBS_SNAPSHOT_MANAGEMENT"),
			ResourceTypes: pulumi.ToStringArray([]string{"VOLUME"}),
			TargetTags:    pulumi.StringMap{DataTag: pulumi.String(DataTagValue(b.args.Tags, b.name))},
			Schedules: dlm.LifecyclePolicyPolicyDetailsScheduleArray{&dlm.LifecyclePolicyPolicyDetailsScheduleArgs{
				Name: pulumi.String("daily"),
				CreateRule: &dlm.LifecyclePolicyPolicyDetailsScheduleCreateRuleArgs{
					Interval: pulumi.Int(24), IntervalUnit: pulumi.String("HOURS"), Times: pulumi.String(snapshotTime),
				},
				RetainRule: &dlm.LifecyclePolicyPolicyDetailsScheduleRetainRuleArgs{Count: pulumi.Int(b.args.Volume.SnapshotDays)},
				CopyTags:   pulumi.Bool(true),
			}},
		},
		Tags: b.args.Tags.Named(b.name + "-snapshots"),
		// Two policies cannot name one tag, not even for a moment.
	}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{granted}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("scheduling snapshots of %s: %w", b.name, err)
	}
	return nil
}

// snapshotRole is the role in which AWS takes the snapshots.
func (b *builder) snapshotRole() (*iam.Role, pulumi.Resource, error) {
	trust, err := policy.Trust("dlm.amazonaws.com", b.args.Cloud.AccountID)
	if err != nil {
		return nil, nil, fmt.Errorf("creating snapshot role of %s: %w", b.name, err)
	}
	role, err := iam.NewRole(b.ctx, b.name+"-snapshots", &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(trust),
		Tags:             b.args.Tags.Named(b.name + "-snapshots"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, nil, fmt.Errorf("creating snapshot role of %s: %w", b.name, err)
	}
	document, err := SnapshotPolicy(b.args.Cloud, DataTagValue(b.args.Tags, b.name))
	if err != nil {
		return nil, nil, fmt.Errorf("granting snapshot role of %s: %w", b.name, err)
	}
	granted, err := iam.NewRolePolicy(b.ctx, b.name+"-snapshots", &iam.RolePolicyArgs{
		Role: role.ID(), Policy: pulumi.String(document),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, nil, fmt.Errorf("granting snapshot role of %s: %w", b.name, err)
	}
	return role, granted, nil
}
