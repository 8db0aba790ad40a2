package operations

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// alarm makes an alarm, whose mails come when it goes off and when it is over. Its name is Pulumi's, so that a topic's
// reader finds the stack in the description.
func (b *builder) alarm(a alarm) error {
	of := limits[a.entry]
	threshold := of.threshold
	if a.threshold != 0 {
		threshold = a.threshold
	}
	args := &cloudwatch.MetricAlarmArgs{
		AlarmDescription:   pulumi.String(a.description(b.args.Tags.Word())),
		ComparisonOperator: pulumi.String(of.compare),
		Threshold:          pulumi.Float64(threshold),
		EvaluationPeriods:  pulumi.Int(of.periods),
		TreatMissingData:   pulumi.String(of.missing),
		AlarmActions:       pulumi.Array{b.self.TopicARN},
		OkActions:          pulumi.Array{b.self.TopicARN},
		Tags:               b.args.Tags.Named(a.name),
	}
	if a.expression == "" {
		a.metrics[0].watched(args, of.seconds)
	} else {
		args.MetricQueries = a.queries(of.seconds)
	}
	made, err := cloudwatch.NewMetricAlarm(b.ctx, a.name, args, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{b.granted}))
	if err != nil {
		return fmt.Errorf("creating alarm %s: %w", a.name, err)
	}
	b.self.AlarmNames[a.name] = made.Name
	return nil
}

// description is what a mail says: where, what, and where to read on.
func (a alarm) description(stack string) string {
	return fmt.Sprintf("%s: %s. See docs/runbook.md, %s", stack, a.says, a.entry)
}

// watched has an alarm look at one metric.
func (m metric) watched(args *cloudwatch.MetricAlarmArgs, seconds int) {
	args.Namespace, args.MetricName = pulumi.String(m.namespace), pulumi.String(m.name)
	args.Dimensions, args.Period = m.dimensionMap(), pulumi.Int(seconds)
	if m.percentile() {
		args.ExtendedStatistic = pulumi.String(m.stat)
		// Of few requests, one slow one would be one in twenty.
		args.EvaluateLowSampleCountPercentiles = pulumi.String("ignore")
		return
	}
	args.Statistic = pulumi.String(m.stat)
}

// queries have an alarm look at an expression.
func (a alarm) queries(seconds int) cloudwatch.MetricAlarmMetricQueryArray {
	all := cloudwatch.MetricAlarmMetricQueryArray{&cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String("result"), Expression: pulumi.String(a.expression), ReturnData: pulumi.Bool(true),
		Label: pulumi.String(string(a.entry)),
	}}
	for i, each := range a.metrics {
		all = append(all, &cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String(a.ids[i]),
			Metric: &cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace: pulumi.String(each.namespace), MetricName: pulumi.String(each.name),
				Dimensions: each.dimensionMap(), Period: pulumi.Int(seconds), Stat: pulumi.String(each.stat),
			},
		})
	}
	return all
}

func (m metric) dimensionMap() pulumi.StringMap {
	all := pulumi.StringMap{}
	for _, each := range m.dimensions {
		all[each.name] = each.value
	}
	return all
}
