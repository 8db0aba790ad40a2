//go:build integration

package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// TestGroupKeepsToItsLimits: whoever may say how many instances a group has cannot have more
// than the group allows. An instance that ends itself takes its place along.
func TestGroupKeepsToItsLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	group := w.group(w.createTemplate(w.template()), "1")
	group.MinSize, group.MaxSize, group.DesiredCapacity = aws.Int32(0), aws.Int32(1), aws.Int32(0)
	w.create(group)
	set := func(wanted int32) error {
		_, err := w.scaling.SetDesiredCapacity(t.Context(), &autoscaling.SetDesiredCapacityInput{
			AutoScalingGroupName: group.AutoScalingGroupName, DesiredCapacity: &wanted,
		})
		return err
	}
	refused(t, set(2), "ValidationError", "New SetDesiredCapacity value 2 is above max value 1 for the AutoScalingGroup.")
	refused(t, set(-1), "ValidationError", "New SetDesiredCapacity value -1 is below min value 0 for the AutoScalingGroup.")
	if left := w.groups()[0].Instances; len(left) != 0 {
		t.Fatalf("started: %+v", left)
	}

	if err := set(1); err != nil {
		t.Fatal(err)
	}
	_, instance := w.member()
	ask(t, w.scaling.TerminateInstanceInAutoScalingGroup, &autoscaling.TerminateInstanceInAutoScalingGroupInput{
		InstanceId: instance.InstanceId, ShouldDecrementDesiredCapacity: aws.Bool(true),
	})
	if now := w.groups()[0]; *now.DesiredCapacity != 0 || len(now.Instances) != 0 {
		t.Errorf("wants %d, has %+v", *now.DesiredCapacity, now.Instances)
	}
	if state := w.instance(*instance.InstanceId).State.Name; state != types.InstanceStateNameTerminated {
		t.Errorf("the instance is %s", state)
	}
}
