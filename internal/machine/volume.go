package machine

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ebs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/key"
	"torii/internal/tags"
)

// Volume describes a volume of homes.
type Volume struct {
	Zone          string           // availability zone; a change would replace it
	GiB           int              // may grow, never shrink
	SnapshotID    string           // that it is made from; "" for an empty one
	FinalSnapshot bool             // takes a snapshot before it is deleted
	Protect       bool             // refuses its deletion
	Workload      string           // that it belongs to, for DataTagValue
	Tags          pulumi.StringMap // more than the stack's and the workload's
}

// DataTagValue is the value of the tag by which a workload's volumes are known: to the
// snapshots' schedule, to policies, and to the program, which looks volumes up before it
// plans one.
func DataTagValue(stack tags.Set, workload string) string { return stack.Prefix() + workload }

// Volume makes a volume, encrypted, which outlives every instance.
func (m Maker) Volume(name string, v Volume) (*ebs.Volume, error) {
	named := m.Tags.Named(name)
	named[tags.DataKey] = pulumi.String(DataTagValue(m.Tags, v.Workload))
	maps.Copy(named, v.Tags)
	args := &ebs.VolumeArgs{
		AvailabilityZone: pulumi.String(v.Zone),
		Type:             pulumi.String("gp3"),
		Size:             pulumi.Int(v.GiB),
		Encrypted:        pulumi.Bool(true),
		KmsKeyId:         key.Ptr(m.KeyARN),
		FinalSnapshot:    pulumi.Bool(v.FinalSnapshot),
		Tags:             named,
	}
	if v.SnapshotID != "" {
		args.SnapshotId = pulumi.String(v.SnapshotID)
	}
	// A replaced volume is an empty one. Protection stops the preview that would do it.
	// Another key would replace it too, so that a volume keeps the key that it was made with.
	volume, err := ebs.NewVolume(m.Ctx, name, args, pulumi.Parent(m.Parent), pulumi.Protect(v.Protect),
		pulumi.IgnoreChanges([]string{"kmsKeyId"}))
	if err != nil {
		return nil, fmt.Errorf("creating volume %s: %w", name, err)
	}
	return volume, nil
}
