package bastion

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/machine"
	"torii/internal/tags"
)

// rootGiB is what Amazon Linux 2023's own image takes; nothing more is put there.
const rootGiB = 8

// inService is the metric that the alarm watches: how many machines of the group run.
const inService = "GroupInServiceInstances"

// template says how the machine is started. It carries the team's tag, by which people's
// policies know it.
func (b *builder) template(profile *iam.InstanceProfile, userData pulumi.StringInput) (*ec2.LaunchTemplate, error) {
	image, err := b.maker().Image(b.name, b.args.Image)
	if err != nil {
		return nil, err
	}
	return b.maker().Template(b.name, machine.Template{
		Image:            image,
		InstanceType:     b.args.InstanceType,
		UserData:         userData,
		SecurityGroupIDs: pulumi.StringArray{b.args.SecurityGroupID},
		Profile:          profile,
		RootGiB:          rootGiB,
		InstanceTags:     pulumi.StringMap{tags.TeamKey: pulumi.String(TeamTag(b.args.Tags, b.name))},
	})
}

// group holds the machine while there is one. How many that are is its users' to say, so
// that a deployment leaves alone what runs: it neither ends it nor, when the template
// changes, replaces it. The next one is of the new template.
func (b *builder) group(template *ec2.LaunchTemplate, granted pulumi.Resource) (*autoscaling.Group, error) {
	group, err := autoscaling.NewGroup(b.ctx, b.name, &autoscaling.GroupArgs{
		MinSize:                pulumi.Int(0),
		MaxSize:                pulumi.Int(1),
		DesiredCapacity:        pulumi.Int(0),
		VpcZoneIdentifiers:     b.args.SubnetIDs,
		LaunchTemplate:         machine.Latest(template),
		HealthCheckType:        pulumi.String("EC2"),
		EnabledMetrics:         pulumi.ToStringArray([]string{inService}),
		WaitForCapacityTimeout: pulumi.String("0"), // somebody's start is not the deployment's to wait for
		Tags: append(b.maker().GroupTags(b.name),
			&autoscaling.GroupTagArgs{
				Key: pulumi.String(tags.TeamKey), Value: pulumi.String(TeamTag(b.args.Tags, b.name)), PropagateAtLaunch: pulumi.Bool(false),
			},
			&autoscaling.GroupTagArgs{
				Key: pulumi.String(tags.BastionHoursKey), Value: pulumi.String(strconv.Itoa(b.args.Hours)), PropagateAtLaunch: pulumi.Bool(false),
			}),
	}, pulumi.Parent(b.self), pulumi.IgnoreChanges([]string{"desiredCapacity"}),
		pulumi.DependsOn(append([]pulumi.Resource{granted}, b.args.Ready...)))
	if err != nil {
		return nil, fmt.Errorf("creating Auto Scaling group of %s: %w", b.name, err)
	}
	return group, nil
}

// night ends the machine every night, whatever keeps it from ending itself.
func (b *builder) night(group *autoscaling.Group) error {
	name := b.name + "-night"
	_, err := autoscaling.NewSchedule(b.ctx, name, &autoscaling.ScheduleArgs{
		ScheduledActionName:  pulumi.String(name),
		AutoscalingGroupName: group.Name,
		Recurrence:           pulumi.Sprintf("0 %d * * *", b.args.NightHourUTC),
		MinSize:              pulumi.Int(0),
		MaxSize:              pulumi.Int(1),
		DesiredCapacity:      pulumi.Int(0),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("ending %s every night: %w", b.name, err)
	}
	return nil
}

// alarm goes off when a machine was there in each minute of a day, which neither its own
// timer nor the night should let happen. An hour without a word from the group counts as
// one without a machine, or a new stack would begin in alarm.
func (b *builder) alarm(group *autoscaling.Group) error {
	name := AlarmName(b.name)
	args := &cloudwatch.MetricAlarmArgs{
		AlarmDescription: pulumi.Sprintf("The bastion of %s has been up for more than a day. Its timer and its end every night "+
			"have failed: end it with scripts/bastion down, and look at the Auto Scaling group.", b.args.Tags["Stack"]),
		Namespace:          pulumi.String("AWS/AutoScaling"),
		MetricName:         pulumi.String(inService),
		Dimensions:         pulumi.StringMap{"AutoScalingGroupName": group.Name},
		Statistic:          pulumi.String("Minimum"),
		ComparisonOperator: pulumi.String("GreaterThanOrEqualToThreshold"),
		Threshold:          pulumi.Float64(1),
		Period:             pulumi.Int(3600),
		EvaluationPeriods:  pulumi.Int(24), // times the period: the most AWS allows
		TreatMissingData:   pulumi.String("notBreaching"),
		Tags:               b.args.Tags.Named(name),
	}
	if b.args.AlarmTopicARN != nil {
		args.AlarmActions = pulumi.Array{b.args.AlarmTopicARN}
	}
	if _, err := cloudwatch.NewMetricAlarm(b.ctx, name, args, pulumi.Parent(b.self)); err != nil {
		return fmt.Errorf("creating alarm of %s: %w", b.name, err)
	}
	return nil
}
