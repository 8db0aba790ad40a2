package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	astypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// groups asks whether the machines of each Auto Scaling group are in service: hubs, fleets, NAT instances, the bastion.
func (a *asker) groups(ctx context.Context) ([]Finding, error) {
	expected := map[string]string{} // physical name to what it is called here
	for name, hub := range a.Outputs.Hubs {
		expected[hub.Group] = "machine " + name
	}
	for name, fleet := range a.Outputs.Fleets {
		expected[fleet.Group] = "machines " + name
	}
	if a.Outputs.Bastion != nil {
		expected[a.Outputs.Bastion.Group] = bastion
	}
	nat := a.Outputs.has(func(f Flow) bool { return f.From == natParty })
	if len(expected) == 0 && !nat {
		return nil, nil
	}
	found, err := a.stackGroups(ctx)
	if err != nil {
		return nil, err
	}
	for name, each := range found {
		if role := a.role(groupTags(each)); strings.HasPrefix(role, natParty+"-") {
			expected[name] = "machine " + role
		}
	}
	names := sorted(expected)
	slices.SortFunc(names, func(x, y string) int { return compare(expected[x], expected[y]) })
	var all []Finding
	for _, name := range names {
		group, there := found[name]
		if !there {
			all = append(all, failed(expected[name], "its Auto Scaling group "+name+" is gone",
				"somebody deleted it; pulumi up --refresh makes it again"))
			continue
		}
		refresh, err := a.lastRefresh(ctx, name)
		if err != nil {
			return all, err
		}
		all = append(all, judgeGroup(expected[name], group, refresh, expected[name] == bastion))
	}
	return all, nil
}

func groupTags(group astypes.AutoScalingGroup) map[string]string {
	return tagMap(group.Tags, func(t astypes.TagDescription) (*string, *string) { return t.Key, t.Value })
}

// stackGroups are the stack's Auto Scaling groups, by their physical names.
func (a *asker) stackGroups(ctx context.Context) (map[string]astypes.AutoScalingGroup, error) {
	all := map[string]astypes.AutoScalingGroup{}
	pages := autoscaling.NewDescribeAutoScalingGroupsPaginator(a.AWS.Groups, &autoscaling.DescribeAutoScalingGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("describing Auto Scaling groups: %w", err)
		}
		for _, group := range page.AutoScalingGroups {
			if a.ours(groupTags(group)) {
				all[aws.ToString(group.AutoScalingGroupName)] = group
			}
		}
	}
	return all, nil
}

// lastRefresh is the latest instance refresh of a group, nil when there was none in the last six weeks, after which AWS
// forgets them.
func (a *asker) lastRefresh(ctx context.Context, name string) (*astypes.InstanceRefresh, error) {
	found, err := a.AWS.Groups.DescribeInstanceRefreshes(ctx, &autoscaling.DescribeInstanceRefreshesInput{
		AutoScalingGroupName: aws.String(name), MaxRecords: aws.Int32(1), // the latest comes first
	})
	if err != nil {
		return nil, fmt.Errorf("asking for the instance refreshes of %s: %w", name, err)
	}
	if len(found.InstanceRefreshes) == 0 {
		return nil, nil
	}
	return &found.InstanceRefreshes[0], nil
}

// judgeGroup judges a group; refresh is its latest, or nil, and mayRest tells that it needs no machine.
func judgeGroup(what string, g astypes.AutoScalingGroup, refresh *astypes.InstanceRefresh, mayRest bool) Finding {
	look := "see why they do not start or answer: the group's activity history and the machine's journal"
	desired := int(aws.ToInt32(g.DesiredCapacity))
	if g.Status != nil {
		return failed(what, "its group is being deleted: "+*g.Status, "pulumi up --refresh makes it again")
	}
	if f, bad := judgeRefresh(what, refresh); bad {
		return f
	}
	if desired == 0 {
		if mayRest {
			return fine(what, "none runs, as nobody has asked for it")
		}
		return failed(what, "none is asked for: somebody set the group's size to 0", "set its desired capacity to 1 or more")
	}
	serving, older := 0, 0
	for _, instance := range g.Instances {
		if instance.LifecycleState == astypes.LifecycleStateInService && aws.ToString(instance.HealthStatus) == "Healthy" {
			serving++
		}
		if g.LaunchTemplate != nil && instance.LaunchTemplate != nil &&
			aws.ToString(instance.LaunchTemplate.Version) != aws.ToString(g.LaunchTemplate.Version) {
			older++
		}
	}
	switch {
	case serving < desired:
		return pending(what, fmt.Sprintf("%d of %d in service", serving, desired), look)
	case older > 0 && !mayRest: // a bastion ends itself, and the next one is of the new template
		return failed(what, fmt.Sprintf("%d of %d started from an older launch template than the one asked for", older, len(g.Instances)),
			"start an instance refresh of the group; pulumi up alone sees no difference")
	}
	return fine(what, "%d of %d in service", serving, desired)
}

// judgeRefresh judges the latest replacement of a group's machines; false says that nothing is wrong with it.
func judgeRefresh(what string, refresh *astypes.InstanceRefresh) (Finding, bool) {
	if refresh == nil {
		return Finding{}, false
	}
	why := aws.ToString(refresh.StatusReason)
	if why != "" {
		why = " (" + why + ")"
	}
	again := "mend the image, userData or settings, and deploy again"
	switch refresh.Status {
	case astypes.InstanceRefreshStatusSuccessful:
		return Finding{}, false
	case astypes.InstanceRefreshStatusFailed, astypes.InstanceRefreshStatusRollbackFailed:
		return failed(what, "the last replacement of machines failed"+why, again), true
	case astypes.InstanceRefreshStatusRollbackSuccessful:
		return failed(what, "the new machines did not come into service, and AWS went back to the old ones"+why, again), true
	case astypes.InstanceRefreshStatusCancelled:
		return failed(what, "the last replacement of machines was cancelled half-way"+why, "start an instance refresh of the group"), true
	}
	return pending(what, fmt.Sprintf("machines are being replaced: %d%% done, %s%s",
		aws.ToInt32(refresh.PercentageComplete), refresh.Status, why), "wait some minutes, then ask again"), true
}
