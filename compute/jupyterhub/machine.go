package jupyterhub

import (
	"encoding/base64"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/jupyterhub/guest"
	"torii/internal/machine"
	"torii/internal/tags"
)

const (
	// rootGiB holds the system and the environments; nothing of anybody's is on it.
	rootGiB = 30
	// startupSeconds is what an instance may take to install and start the hub.
	startupSeconds = 900
)

// userData is what an instance is started with, as EC2 takes it.
func userData(instance guest.Instance) (string, error) {
	data, err := guest.UserData(instance)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(data), nil
}

// template says how an instance is started.
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
		// The instance carries the volume's tag too, or its role could not attach the one to
		// the other.
		InstanceTags: pulumi.StringMap{tags.DataKey: pulumi.String(machine.DataTagValue(b.args.Tags, b.name))},
	})
}

// group keeps exactly one instance alive. AWS starts another when the machine dies, but
// not when the hub alone is unwell: systemd starts that again, and a new machine would
// take everybody's running notebooks along.
func (b *builder) group(
	profile *iam.InstanceProfile, granted pulumi.Resource, userData pulumi.StringInput,
) (*autoscaling.Group, error) {
	template, err := b.template(profile, userData)
	if err != nil {
		return nil, err
	}
	group, err := autoscaling.NewGroup(b.ctx, b.name, &autoscaling.GroupArgs{
		MinSize:                pulumi.Int(1),
		MaxSize:                pulumi.Int(1),
		DesiredCapacity:        pulumi.Int(1),
		VpcZoneIdentifiers:     pulumi.StringArray{b.args.SubnetID},
		LaunchTemplate:         machine.Latest(template),
		TargetGroupArns:        pulumi.StringArray{b.args.TargetGroupARN},
		HealthCheckType:        pulumi.String("EC2"),
		HealthCheckGracePeriod: pulumi.Int(startupSeconds),
		// The first deployment ends when the hub answers, or says that it does not.
		WaitForElbCapacity:     pulumi.Int(1),
		WaitForCapacityTimeout: pulumi.String(fmt.Sprintf("%ds", startupSeconds)),
		// A new template (type, image, what is installed) replaces the instance. The old one
		// must be gone first, since it holds the volume.
		InstanceRefresh: &autoscaling.GroupInstanceRefreshArgs{
			Strategy: pulumi.String("Rolling"),
			Preferences: &autoscaling.GroupInstanceRefreshPreferencesArgs{
				MinHealthyPercentage: pulumi.Int(0),
				MaxHealthyPercentage: pulumi.Int(100),
				InstanceWarmup:       pulumi.String("60"),
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
