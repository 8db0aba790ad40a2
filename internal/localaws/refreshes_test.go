//go:build integration

package localaws_test

import (
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// refresh asks for what the provider asks for, with the change.
func (w *world) refresh(template, version string, change func(*autoscaling.StartInstanceRefreshInput)) *autoscaling.StartInstanceRefreshInput {
	input := &autoscaling.StartInstanceRefreshInput{
		AutoScalingGroupName: aws.String("hub"),
		Strategy:             scalingtypes.RefreshStrategyRolling,
		DesiredConfiguration: &scalingtypes.DesiredConfiguration{
			LaunchTemplate: &scalingtypes.LaunchTemplateSpecification{LaunchTemplateId: &template, Version: &version},
		},
		Preferences: &scalingtypes.RefreshPreferences{
			MinHealthyPercentage: aws.Int32(0), MaxHealthyPercentage: aws.Int32(100), InstanceWarmup: aws.Int32(60),
			AutoRollback: aws.Bool(true), SkipMatching: aws.Bool(false),
		},
	}
	if change != nil {
		change(input)
	}
	return input
}

// latest returns the latest refresh of the group.
func (w *world) latest() scalingtypes.InstanceRefresh {
	w.Helper()
	return ask(w.T, w.scaling.DescribeInstanceRefreshes,
		&autoscaling.DescribeInstanceRefreshesInput{AutoScalingGroupName: aws.String("hub")}).InstanceRefreshes[0]
}

func TestRefreshReplacesTheInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen()
	template := w.createTemplate(w.template())
	w.create(w.group(template, "1"))
	first, old := w.member()

	// A change of type and image.
	changed := w.template()
	changed.ImageId, changed.InstanceType = aws.String("ami-00000000000000002"), types.InstanceTypeT3Large
	w.createVersion(template, changed)
	id := ask(t, w.scaling.StartInstanceRefresh, w.refresh(template, "2", nil)).InstanceRefreshId
	if got := w.latest(); *got.InstanceRefreshId != *id || got.Status != "Successful" || *got.PercentageComplete != 100 ||
		*got.InstancesToUpdate != 0 || got.EndTime == nil || *got.Preferences.InstanceWarmup != 60 ||
		*got.Preferences.MinHealthyPercentage != 0 || *got.DesiredConfiguration.LaunchTemplate.Version != "2" {
		t.Errorf("refresh: %+v", got)
	}
	second, instance := w.member()
	if *second.InstanceId == *first.InstanceId || *second.LaunchTemplate.Version != "2" || instance.InstanceType != "t3.large" ||
		*instance.ImageId != *changed.ImageId {
		t.Errorf("the instance is %s (before %s), version %s, type %s, image %s",
			*second.InstanceId, *first.InstanceId, *second.LaunchTemplate.Version, instance.InstanceType, *instance.ImageId)
	}
	if v := w.groups()[0].LaunchTemplate.Version; *v != "2" {
		t.Errorf("the group has version %s, not the desired one", *v)
	}
	if state := w.instance(*old.InstanceId).State.Name; state != types.InstanceStateNameTerminated {
		t.Errorf("the old instance is %s", state)
	}
	if got, want := w.health(), map[string]string{*second.InstanceId: "healthy"}; !maps.Equal(got, want) {
		t.Errorf("targets: %v, want %v", got, want)
	}

	// Once more, with nothing changed: replaces always, unless told to skip what matches.
	ask(t, w.scaling.StartInstanceRefresh, w.refresh(template, "2", func(in *autoscaling.StartInstanceRefreshInput) {
		in.Preferences.SkipMatching = aws.Bool(true)
	}))
	if same, _ := w.member(); *same.InstanceId != *second.InstanceId {
		t.Error("an instance that matches was replaced")
	}
	ask(t, w.scaling.StartInstanceRefresh, w.refresh(template, "2", nil))
	if third, _ := w.member(); *third.InstanceId == *second.InstanceId {
		t.Error("an instance that matches was not replaced")
	}
	if all := ask(t, w.scaling.DescribeInstanceRefreshes, &autoscaling.DescribeInstanceRefreshesInput{
		AutoScalingGroupName: aws.String("hub"), InstanceRefreshIds: []string{*id},
	}).InstanceRefreshes; len(all) != 1 || *all[0].InstanceRefreshId != *id {
		t.Errorf("the first refresh: %+v", all)
	}
}

func TestRefreshOfAnUpdatedGroupUsesItsTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	template := w.createTemplate(w.template())
	w.create(w.group(template, "1"))
	changed := w.template()
	changed.InstanceType = types.InstanceTypeT3Large
	w.createVersion(template, changed)
	first, _ := w.member()
	ask(t, w.scaling.UpdateAutoScalingGroup, &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String("hub"), LaunchTemplate: w.group(template, "2").LaunchTemplate,
	})
	if same, _ := w.member(); *same.InstanceId != *first.InstanceId || *same.LaunchTemplate.Version != "1" {
		t.Errorf("the update alone left %s of version %s", *same.InstanceId, *same.LaunchTemplate.Version)
	}
	ask(t, w.scaling.StartInstanceRefresh, w.refresh(template, "", func(in *autoscaling.StartInstanceRefreshInput) {
		in.DesiredConfiguration, in.Preferences = nil, &scalingtypes.RefreshPreferences{SkipMatching: aws.Bool(true)}
	}))
	second, instance := w.member()
	if *second.LaunchTemplate.Version != "2" || instance.InstanceType != "t3.large" {
		t.Errorf("after the refresh: version %s, type %s", *second.LaunchTemplate.Version, instance.InstanceType)
	}
	if got := w.latest().Preferences; *got.MinHealthyPercentage != 90 || *got.InstanceWarmup != 900 || *got.AutoRollback {
		t.Errorf("preferences that nobody chose: %+v", got)
	}
}

func TestRefreshesThatAWSRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	template := w.createTemplate(w.template())
	w.create(w.group(template, "1"))
	first, _ := w.member()
	for _, c := range []struct {
		name, want string
		change     func(*autoscaling.StartInstanceRefreshInput)
	}{
		{"of no group", "AutoScalingGroup 'gone' not found", func(in *autoscaling.StartInstanceRefreshInput) { in.AutoScalingGroupName = aws.String("gone") }},
		{"a rollback to nothing", "AutoRollback parameter cannot be set to true", func(in *autoscaling.StartInstanceRefreshInput) { in.DesiredConfiguration = nil }},
		{"a rollback to what moves", "not $Latest or $Default", func(in *autoscaling.StartInstanceRefreshInput) {
			in.DesiredConfiguration.LaunchTemplate.Version = aws.String("$Latest")
		}},
		{"only a maximum", "must also specify MinHealthyPercentage", func(in *autoscaling.StartInstanceRefreshInput) { in.Preferences.MinHealthyPercentage = nil }},
		{"too far apart", "not greater than 100", func(in *autoscaling.StartInstanceRefreshInput) { in.Preferences.MaxHealthyPercentage = aws.Int32(110) }},
		{"a template that cannot launch", "must contain the parameter ImageId", func(in *autoscaling.StartInstanceRefreshInput) {
			broken := w.template()
			broken.ImageId = nil
			w.createVersion(template, broken)
			in.DesiredConfiguration.LaunchTemplate.Version = aws.String("2")
		}},
	} {
		_, err := w.scaling.StartInstanceRefresh(t.Context(), w.refresh(template, "1", c.change))
		t.Log(c.name)
		refused(t, err, "ValidationError", c.want)
	}
	if same, _ := w.member(); *same.InstanceId != *first.InstanceId {
		t.Error("a refused refresh replaced the instance")
	}
	if v := w.groups()[0].LaunchTemplate.Version; *v != "1" {
		t.Errorf("a refused refresh left the group with version %s", *v)
	}
}

func TestRefreshWaitsForAProtectedInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	template := w.createTemplate(w.template())
	group := w.group(template, "1")
	group.NewInstancesProtectedFromScaleIn = aws.Bool(true)
	w.create(group)
	first, _ := w.member()
	name := &autoscaling.CancelInstanceRefreshInput{AutoScalingGroupName: aws.String("hub")}
	_, err := w.scaling.CancelInstanceRefresh(t.Context(), name)
	refused(t, err, "ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh")

	id := ask(t, w.scaling.StartInstanceRefresh, w.refresh(template, "1", nil)).InstanceRefreshId
	if got := w.latest(); got.Status != "InProgress" || *got.PercentageComplete != 0 || *got.InstancesToUpdate != 1 || got.EndTime != nil {
		t.Errorf("refresh: %+v", got)
	}
	_, err = w.scaling.StartInstanceRefresh(t.Context(), w.refresh(template, "1", nil))
	refused(t, err, "InstanceRefreshInProgress", "already in progress")
	if cancelled := ask(t, w.scaling.CancelInstanceRefresh, name); *cancelled.InstanceRefreshId != *id || w.latest().Status != "Cancelled" {
		t.Errorf("cancelled %s, status %s", *cancelled.InstanceRefreshId, w.latest().Status)
	}
	if same, _ := w.member(); *same.InstanceId != *first.InstanceId {
		t.Error("the protected instance was replaced")
	}
	ask(t, w.scaling.StartInstanceRefresh, w.refresh(template, "1", func(in *autoscaling.StartInstanceRefreshInput) {
		in.Preferences.ScaleInProtectedInstances = scalingtypes.ScaleInProtectedInstancesRefresh
	}))
	if other, _ := w.member(); *other.InstanceId == *first.InstanceId || w.latest().Status != "Successful" {
		t.Errorf("told to, it replaced nothing: %s", w.latest().Status)
	}
}
