package jupyterhub

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"

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
	// The instance carries the volume's tag too, or its role could not attach the one to
	// the other.
	instanceTags := b.args.Tags.Named(b.name)
	instanceTags[tags.DataKey] = pulumi.String(machine.DataTagValue(b.args.Tags, b.name))
	specifications := ec2.LaunchTemplateTagSpecificationArray{&ec2.LaunchTemplateTagSpecificationArgs{
		ResourceType: pulumi.String("instance"), Tags: instanceTags,
	}}
	for _, kind := range []string{"volume", "network-interface"} {
		specifications = append(specifications, &ec2.LaunchTemplateTagSpecificationArgs{
			ResourceType: pulumi.String(kind), Tags: b.args.Tags.Named(b.name),
		})
	}
	template, err := ec2.NewLaunchTemplate(b.ctx, b.name, &ec2.LaunchTemplateArgs{
		ImageId:             image.ToStringOutput().ToStringPtrOutput(),
		InstanceType:        pulumi.String(b.args.InstanceType),
		UserData:            userData.ToStringOutput().ToStringPtrOutput(),
		VpcSecurityGroupIds: pulumi.StringArray{b.args.SecurityGroupID},
		IamInstanceProfile:  &ec2.LaunchTemplateIamInstanceProfileArgs{Arn: profile.Arn},
		MetadataOptions: &ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(1),
		},
		BlockDeviceMappings: ec2.LaunchTemplateBlockDeviceMappingArray{&ec2.LaunchTemplateBlockDeviceMappingArgs{
			DeviceName: pulumi.String(machine.RootDevice),
			Ebs: &ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
				VolumeType: pulumi.String("gp3"), VolumeSize: pulumi.Int(rootGiB),
				Encrypted: pulumi.String("true"), DeleteOnTermination: pulumi.String("true"),
			},
		}},
		TagSpecifications:    specifications,
		UpdateDefaultVersion: pulumi.Bool(true),
		Tags:                 b.args.Tags.Named(b.name),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, fmt.Errorf("creating launch template of %s: %w", b.name, err)
	}
	return template, nil
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
	var groupTags autoscaling.GroupTagArray
	named := b.args.Tags.Named(b.name)
	keys := make([]string, 0, len(named))
	for key := range named {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		groupTags = append(groupTags, &autoscaling.GroupTagArgs{
			Key: pulumi.String(key), Value: named[key], PropagateAtLaunch: pulumi.Bool(false), // the template tags instances
		})
	}
	group, err := autoscaling.NewGroup(b.ctx, b.name, &autoscaling.GroupArgs{
		MinSize:            pulumi.Int(1),
		MaxSize:            pulumi.Int(1),
		DesiredCapacity:    pulumi.Int(1),
		VpcZoneIdentifiers: pulumi.StringArray{b.args.SubnetID},
		LaunchTemplate: &autoscaling.GroupLaunchTemplateArgs{
			Id:      template.ID().ToStringOutput().ToStringPtrOutput(),
			Version: template.LatestVersion.ApplyT(strconv.Itoa).(pulumi.StringOutput).ToStringPtrOutput(),
		},
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
		Tags: groupTags,
	}, pulumi.Parent(b.self), pulumi.DependsOn(append([]pulumi.Resource{granted}, b.args.Ready...)))
	if err != nil {
		return nil, fmt.Errorf("creating Auto Scaling group of %s: %w", b.name, err)
	}
	return group, nil
}
