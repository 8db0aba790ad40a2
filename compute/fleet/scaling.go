package fleet

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// scaling holds the machines at what was asked for: past it machines are added within
// minutes, below it they are taken away slowly. With both CPU and requests, either can add
// machines, and both must agree before one is taken away.
func (b *builder) scaling(group *autoscaling.Group) error {
	for _, each := range []struct {
		role   string
		target int
		metric string
		label  pulumi.StringInput // nil when the metric is the group's own
	}{
		{"cpu", b.args.CPUPercent, "ASGAverageCPUUtilization", nil},
		{"requests", b.args.RequestsPerTarget, "ALBRequestCountPerTarget", b.args.ALBLabel},
	} {
		if each.target == 0 {
			continue
		}
		metric := &autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs{
			PredefinedMetricType: pulumi.String(each.metric),
		}
		if each.label != nil {
			metric.ResourceLabel = each.label.ToStringOutput().ToStringPtrOutput()
		}
		_, err := autoscaling.NewPolicy(b.ctx, b.name+"-"+each.role, &autoscaling.PolicyArgs{
			AutoscalingGroupName: group.Name,
			PolicyType:           pulumi.String("TargetTrackingScaling"),
			TargetTrackingConfiguration: &autoscaling.PolicyTargetTrackingConfigurationArgs{
				PredefinedMetricSpecification: metric,
				TargetValue:                   pulumi.Float64(float64(each.target)),
			},
		}, pulumi.Parent(b.self))
		if err != nil {
			return fmt.Errorf("creating scaling by %s of %s: %w", each.role, b.name, err)
		}
	}
	return nil
}
