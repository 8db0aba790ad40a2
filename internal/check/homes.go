package check

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dlm"
	dlmtypes "github.com/aws/aws-sdk-go-v2/service/dlm/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"torii/internal/machine"
	"torii/internal/tags"
)

// snapshotAge is how old the newest snapshot of a home may be, and a home before it must have one: they are taken every
// day, and one may fail.
const snapshotAge = 48 * time.Hour

// filteredAtOnce is how many values AWS takes in one filter.
const filteredAtOnce = 200

// home is a volume of somebody's, or of a hub's users.
type home struct {
	name     string // hub, or lab/ken-2
	workload string
	volumeID string
	instance string // that should have it; "" when it does not matter
}

// homes are the volumes that the outputs name, by workload and name.
func (o Outputs) homes() []home {
	var all []home
	for _, name := range sorted(o.Hubs) {
		all = append(all, home{name: name, workload: name, volumeID: o.Hubs[name].VolumeID})
	}
	for _, team := range sorted(o.Notebooks) {
		for _, name := range sorted(o.Notebooks[team]) {
			n := o.Notebooks[team][name]
			all = append(all, home{name: team + "/" + name, workload: team, volumeID: n.VolumeID, instance: n.InstanceID})
		}
	}
	for _, team := range sorted(o.KeptHomes) {
		for _, name := range sorted(o.KeptHomes[team]) {
			all = append(all, home{name: team + "/" + name, workload: team, volumeID: o.KeptHomes[team][name]})
		}
	}
	return all
}

// volumes are the homes' volumes by their identifier; those that are gone are left out.
func (a *asker) volumes(ctx context.Context, homes []home) (map[string]ec2types.Volume, error) {
	var ids []string
	for _, each := range homes {
		ids = append(ids, each.volumeID)
	}
	all := map[string]ec2types.Volume{}
	for some := range slices.Chunk(ids, filteredAtOnce) {
		pages := ec2.NewDescribeVolumesPaginator(a.AWS.EC2, &ec2.DescribeVolumesInput{
			Filters: []ec2types.Filter{filter("volume-id", some...)},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("describing volumes: %w", err)
			}
			for _, volume := range page.Volumes {
				all[aws.ToString(volume.VolumeId)] = volume
			}
		}
	}
	return all, nil
}

// snapshots asks whether homes are being saved.
func (a *asker) snapshots(ctx context.Context) ([]Finding, error) {
	homes := a.Outputs.homes()
	if len(homes) == 0 {
		return nil, nil
	}
	volumes, err := a.volumes(ctx, homes)
	if err != nil {
		return nil, err
	}
	schedules := map[string]*Finding{} // by workload; nil when it is fine
	var all []Finding
	for _, each := range homes {
		if _, known := schedules[each.workload]; !known {
			finding, err := a.schedule(ctx, each.workload)
			if err != nil {
				return all, err
			}
			schedules[each.workload] = finding
			if finding != nil {
				all = append(all, *finding)
			}
		}
		volume, there := volumes[each.volumeID]
		what := "snapshots " + each.name
		if !there {
			all = append(all, failed(what, "the volume "+each.volumeID+" is gone",
				"make a new one from its newest snapshot, as docs/operations.md says"))
			continue
		}
		newest, err := a.newestSnapshot(ctx, each.volumeID)
		if err != nil {
			return all, err
		}
		all = append(all, judgeSnapshot(what, aws.ToTime(volume.CreateTime), newest, a.Now()))
	}
	return all, nil
}

// schedule judges what takes the snapshots of a workload's homes. It returns nil when that is fine.
func (a *asker) schedule(ctx context.Context, workload string) (*Finding, error) {
	found, err := a.AWS.DLM.GetLifecyclePolicies(ctx, &dlm.GetLifecyclePoliciesInput{
		TargetTags: []string{tags.DataKey + "=" + machine.DataTagValue(a.tags, workload)},
	})
	if err != nil {
		return nil, fmt.Errorf("asking for the snapshot schedule of %s: %w", workload, err)
	}
	return judgeSchedule("snapshots "+workload, found.Policies), nil
}

func judgeSchedule(what string, policies []dlmtypes.LifecyclePolicySummary) *Finding {
	why := "no schedule takes them"
	for _, policy := range policies {
		if policy.State == dlmtypes.GettablePolicyStateValuesEnabled {
			return nil
		}
		why = fmt.Sprintf("their schedule %s is %s", aws.ToString(policy.PolicyId), policy.State)
	}
	f := failed(what, why, "pulumi up --refresh turns it on again")
	return &f
}

// newestSnapshot is when the newest complete snapshot of a volume was begun, nil when there is none.
func (a *asker) newestSnapshot(ctx context.Context, volumeID string) (*time.Time, error) {
	var newest *time.Time
	pages := ec2.NewDescribeSnapshotsPaginator(a.AWS.EC2, &ec2.DescribeSnapshotsInput{
		OwnerIds: []string{"self"},
		Filters:  []ec2types.Filter{filter("volume-id", volumeID), filter("status", string(ec2types.SnapshotStateCompleted))},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("describing snapshots of %s: %w", volumeID, err)
		}
		for _, each := range page.Snapshots {
			if newest == nil || aws.ToTime(each.StartTime).After(*newest) {
				newest = each.StartTime
			}
		}
	}
	return newest, nil
}

// judgeSnapshot judges the newest snapshot of a volume, nil when it has none.
func judgeSnapshot(what string, made time.Time, newest *time.Time, now time.Time) Finding {
	look := "see why the schedule takes none: its policy in Data Lifecycle Manager, and its role"
	switch {
	case newest != nil && now.Sub(*newest) < snapshotAge:
		return fine(what, "the newest is %s old", hours(now.Sub(*newest)))
	case now.Sub(made) < snapshotAge:
		return fine(what, "the volume is %s old; its first is due within a day", hours(now.Sub(made)))
	case newest == nil:
		return failed(what, "there is none, and the volume is "+hours(now.Sub(made))+" old", look)
	}
	return failed(what, "the newest is "+hours(now.Sub(*newest))+" old", look)
}

// hours says how long something is: in hours below two days, else in days.
func hours(long time.Duration) string {
	if long < time.Hour {
		return "less than an hour"
	}
	if long < snapshotAge {
		return count(int(long/time.Hour), "hour")
	}
	return count(int(long/(24*time.Hour)), "day")
}
