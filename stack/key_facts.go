package stack

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ebs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/tags"
	"torii/stack/settings"
)

// lookUpWork says whether people's work needs the stack's key: that of its workloads, or what is left of those that were
// taken out, whose volumes and snapshots still bear the stack's tags.
func lookUpWork(ctx *pulumi.Context, s settings.Settings) (bool, error) {
	if s.KeepsWork() || s.Security.Key != settings.KeyStack {
		return s.KeepsWork(), nil
	}
	stack := tags.ForStack(ctx.Project(), ctx.Stack())
	volumes, err := ebs.GetEbsVolumes(ctx, &ebs.GetEbsVolumesArgs{Filters: []ebs.GetEbsVolumesFilter{
		{Name: "tag-key", Values: []string{tags.DataKey}},
		{Name: "tag:Project", Values: []string{stack["Project"]}}, {Name: "tag:Stack", Values: []string{stack["Stack"]}},
	}})
	if err != nil {
		return false, fmt.Errorf("asking AWS for volumes that the stack's key is needed for: %w", err)
	}
	snapshots, err := ebs.GetSnapshotIds(ctx, &ebs.GetSnapshotIdsArgs{
		Owners: []string{"self"},
		Filters: []ebs.GetSnapshotIdsFilter{
			{Name: "tag-key", Values: []string{tags.DataKey}},
			{Name: "tag:Project", Values: []string{stack["Project"]}}, {Name: "tag:Stack", Values: []string{stack["Stack"]}},
		},
	})
	if err != nil {
		return false, fmt.Errorf("asking AWS for snapshots that the stack's key is needed for: %w", err)
	}
	return len(volumes.Ids)+len(snapshots.Ids) > 0, nil
}
