package fargate

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// What scaling holds a service at: past it tasks are added within a minute or two,
// below it they are taken away slowly.
const (
	targetCPUPercent        = 60
	targetRequestsPerMinute = 1000 // per task
	scaleOutCooldownSeconds = 60
	scaleInCooldownSeconds  = 300
)

// scaling keeps the number of tasks between Min and Max, by CPU and by requests.
func (s *Service) scaling(ctx *pulumi.Context, name string, args *ServiceArgs, service pulumi.StringOutput) error {
	target, err := appautoscaling.NewTarget(ctx, name, &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ScalableDimension: pulumi.String("ecs:service:DesiredCount"),
		ResourceId:        pulumi.Sprintf("service/%s/%s", args.Cluster.Name, service),
		MinCapacity:       pulumi.Int(args.Min),
		MaxCapacity:       pulumi.Int(args.Max),
		Tags:              args.Tags.Named(name),
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("creating scaling target of %s: %w", name, err)
	}
	metrics := []struct {
		role   string
		value  float64
		metric *appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs
	}{
		{"cpu", targetCPUPercent, &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
			PredefinedMetricType: pulumi.String("ECSServiceAverageCPUUtilization"),
		}},
		{"requests", targetRequestsPerMinute, &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
			PredefinedMetricType: pulumi.String("ALBRequestCountPerTarget"),
			ResourceLabel:        pulumi.Sprintf("%s/%s", args.LoadBalancerSuffix, args.TargetGroupARNSuffix),
		}},
	}
	for _, each := range metrics {
		_, err := appautoscaling.NewPolicy(ctx, name+"-"+each.role, &appautoscaling.PolicyArgs{
			PolicyType:        pulumi.String("TargetTrackingScaling"),
			ServiceNamespace:  target.ServiceNamespace,
			ScalableDimension: target.ScalableDimension,
			ResourceId:        target.ResourceId,
			TargetTrackingScalingPolicyConfiguration: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
				PredefinedMetricSpecification: each.metric,
				TargetValue:                   pulumi.Float64(each.value),
				ScaleOutCooldown:              pulumi.Int(scaleOutCooldownSeconds),
				ScaleInCooldown:               pulumi.Int(scaleInCooldownSeconds),
			},
		}, pulumi.Parent(s))
		if err != nil {
			return fmt.Errorf("creating scaling by %s of %s: %w", each.role, name, err)
		}
	}
	return nil
}
