package fleet

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/machine"
)

const (
	// rootGiB holds the system and the web server; nothing of anybody's is on it.
	rootGiB = 20

	// warmupSeconds is how long a new machine's CPU says nothing of the load, since it is
	// still installing; and how long one must hold before the next is replaced.
	warmupSeconds = 120

	// While machines are replaced none is missing, and there are half as many again at most:
	// each new one answers before an old one goes.
	minHealthyPercent = 100
	maxHealthyPercent = 150
)

// groupMetrics are what an Auto Scaling group says of itself, which costs nothing.
var groupMetrics = []string{
	"GroupDesiredCapacity", "GroupInServiceInstances", "GroupMaxSize", "GroupMinSize",
	"GroupPendingInstances", "GroupTerminatingInstances", "GroupTotalInstances",
}

// group keeps as many machines alive as scaling wants. Pulumi never says how many that
// are: between Min and Max, the number belongs to scaling.
func (b *builder) group(profile *iam.InstanceProfile, granted pulumi.Resource) (*autoscaling.Group, error) {
	image, err := b.maker().Image(b.name, b.args.Image)
	if err != nil {
		return nil, err
	}
	template, err := b.maker().Template(b.name, machine.Template{
		Image:            image,
		InstanceType:     b.args.InstanceType,
		UserData:         encoded(b.args.UserData),
		SecurityGroupIDs: pulumi.StringArray{b.args.SecurityGroupID},
		Profile:          profile,
		RootGiB:          rootGiB,
		// Else AWS tells the CPU every five minutes, and scaling by it comes too late.
		DetailedMonitoring: b.args.CPUPercent > 0,
	})
	if err != nil {
		return nil, err
	}
	group, err := autoscaling.NewGroup(b.ctx, b.name, &autoscaling.GroupArgs{
		MinSize:            pulumi.Int(b.args.Min),
		MaxSize:            pulumi.Int(b.args.Max),
		VpcZoneIdentifiers: b.args.SubnetIDs,
		LaunchTemplate:     machine.Latest(template),
		TargetGroupArns:    b.args.TargetGroupARNs,
		LoadBalancers:      b.args.ClassicNames,
		// A machine that a load balancer finds unwell is replaced, not only a dead one.
		HealthCheckType:        pulumi.String("ELB"),
		HealthCheckGracePeriod: pulumi.Int(b.args.GraceSeconds),
		DefaultInstanceWarmup:  pulumi.Int(min(warmupSeconds, b.args.GraceSeconds)),
		EnabledMetrics:         pulumi.ToStringArray(groupMetrics),
		// The provider does not wait for machines. When Min changes it would wait for exactly as
		// many as there were at the last deployment, and fail when scaling has changed that.
		WaitForCapacityTimeout: pulumi.String("0"),
		InstanceRefresh: &autoscaling.GroupInstanceRefreshArgs{
			Strategy: pulumi.String("Rolling"),
			Preferences: &autoscaling.GroupInstanceRefreshPreferencesArgs{
				MinHealthyPercentage: pulumi.Int(minHealthyPercent),
				MaxHealthyPercentage: pulumi.Int(maxHealthyPercent),
				AutoRollback:         pulumi.Bool(true),
			},
		},
		Tags: b.maker().GroupTags(b.name),
	}, pulumi.Parent(b.self), pulumi.DependsOn(append([]pulumi.Resource{granted}, b.args.Ready...)))
	if err != nil {
		return nil, fmt.Errorf("creating Auto Scaling group of %s: %w", b.name, err)
	}
	return group, nil
}
