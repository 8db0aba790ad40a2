//go:build integration

package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

func TestScalingPolicyIsEnabledUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(w.group(w.createTemplate(w.template()), "1"))
	put := func(enabled *bool) scalingtypes.ScalingPolicy {
		t.Helper()
		ask(t, w.scaling.PutScalingPolicy, &autoscaling.PutScalingPolicyInput{
			AutoScalingGroupName: aws.String("hub"), PolicyName: aws.String("cpu"), PolicyType: aws.String("TargetTrackingScaling"), Enabled: enabled,
			TargetTrackingConfiguration: &scalingtypes.TargetTrackingConfiguration{
				TargetValue: aws.Float64(60), PredefinedMetricSpecification: &scalingtypes.PredefinedMetricSpecification{
					PredefinedMetricType: scalingtypes.MetricTypeASGAverageCPUUtilization,
				},
			},
		})
		found := ask(t, w.scaling.DescribePolicies, &autoscaling.DescribePoliciesInput{AutoScalingGroupName: aws.String("hub")})
		if len(found.ScalingPolicies) != 1 {
			t.Fatalf("policies: %+v", found.ScalingPolicies)
		}
		return found.ScalingPolicies[0]
	}
	policy := put(nil)
	if policy.Enabled == nil || !*policy.Enabled {
		t.Errorf("enabled: %v", policy.Enabled)
	}
	if policy.PredictiveScalingConfiguration != nil {
		t.Errorf("predictions that nobody asked for: %+v", *policy.PredictiveScalingConfiguration)
	}
	if tracked := policy.TargetTrackingConfiguration; tracked == nil || *tracked.TargetValue != 60 {
		t.Errorf("target: %+v", tracked)
	}
	if off := put(aws.Bool(false)); off.Enabled == nil || *off.Enabled {
		t.Errorf("switched off, enabled: %v", off.Enabled)
	}
}
