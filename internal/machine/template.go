package machine

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/key"
)

// Template describes how instances are started.
type Template struct {
	Image            pulumi.StringInput
	InstanceType     string
	UserData         pulumi.StringInput      // in base64
	SecurityGroupIDs pulumi.StringArrayInput // nil with NetworkInterfaceID, which has its own
	// NetworkInterfaceID is one that the instance takes over, with its addresses; nil for a
	// new one. A group whose template has it can hold one instance only.
	NetworkInterfaceID pulumi.StringInput
	Profile            *iam.InstanceProfile // nil for instances that get no credentials
	RootGiB            int                  // disk that the system is on
	DetailedMonitoring bool                 // metrics each minute instead of every five, for scaling by them; AWS bills it
	EndsWhenOff        bool                 // an instance that powers itself off is terminated, not only stopped
	InstanceTags       pulumi.StringMap     // more than the stack's; of instances only
}

// Template makes a launch template whose instances keep their credentials to themselves
// (IMDSv2, hop limit 1) and have encrypted disks.
func (m Maker) Template(name string, t Template) (*ec2.LaunchTemplate, error) {
	instanceTags := m.Tags.Named(name)
	maps.Copy(instanceTags, t.InstanceTags)
	specifications := ec2.LaunchTemplateTagSpecificationArray{&ec2.LaunchTemplateTagSpecificationArgs{
		ResourceType: pulumi.String("instance"), Tags: instanceTags,
	}}
	kinds := []string{"volume", "network-interface"}
	args := &ec2.LaunchTemplateArgs{
		ImageId:      t.Image.ToStringOutput().ToStringPtrOutput(),
		InstanceType: pulumi.String(t.InstanceType),
		UserData:     t.UserData.ToStringOutput().ToStringPtrOutput(),
		MetadataOptions: &ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(1),
		},
		BlockDeviceMappings: ec2.LaunchTemplateBlockDeviceMappingArray{&ec2.LaunchTemplateBlockDeviceMappingArgs{
			DeviceName: pulumi.String(RootDevice),
			Ebs: &ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
				VolumeType: pulumi.String("gp3"), VolumeSize: pulumi.Int(t.RootGiB),
				Encrypted: pulumi.String("true"), KmsKeyId: key.Ptr(m.KeyARN), DeleteOnTermination: pulumi.String("true"),
			},
		}},
		UpdateDefaultVersion: pulumi.Bool(true),
		Tags:                 m.Tags.Named(name),
	}
	if t.Profile != nil {
		args.IamInstanceProfile = &ec2.LaunchTemplateIamInstanceProfileArgs{Arn: t.Profile.Arn}
	}
	if t.EndsWhenOff {
		args.InstanceInitiatedShutdownBehavior = pulumi.String("terminate")
	}
	if t.DetailedMonitoring {
		args.Monitoring = &ec2.LaunchTemplateMonitoringArgs{Enabled: pulumi.Bool(true)}
	}
	if t.NetworkInterfaceID == nil {
		args.VpcSecurityGroupIds = t.SecurityGroupIDs
	} else {
		kinds = kinds[:1] // the interface is there, with tags of its own
		args.NetworkInterfaces = ec2.LaunchTemplateNetworkInterfaceArray{&ec2.LaunchTemplateNetworkInterfaceArgs{
			DeviceIndex:         pulumi.Int(0),
			NetworkInterfaceId:  t.NetworkInterfaceID.ToStringOutput().ToStringPtrOutput(),
			DeleteOnTermination: pulumi.String("false"),
		}}
	}
	for _, kind := range kinds {
		specifications = append(specifications, &ec2.LaunchTemplateTagSpecificationArgs{
			ResourceType: pulumi.String(kind), Tags: m.Tags.Named(name),
		})
	}
	args.TagSpecifications = specifications
	template, err := ec2.NewLaunchTemplate(m.Ctx, name, args, pulumi.Parent(m.Parent))
	if err != nil {
		return nil, fmt.Errorf("creating launch template of %s: %w", name, err)
	}
	return template, nil
}

// Latest is a template's newest version, by its number: "$Latest" would never tell a group
// that there is something new.
func Latest(template *ec2.LaunchTemplate) *autoscaling.GroupLaunchTemplateArgs {
	return &autoscaling.GroupLaunchTemplateArgs{
		Id:      template.ID().ToStringOutput().ToStringPtrOutput(),
		Version: template.LatestVersion.ApplyT(strconv.Itoa).(pulumi.StringOutput).ToStringPtrOutput(),
	}
}

// GroupTags are the tags of an Auto Scaling group itself; the template tags instances.
func (m Maker) GroupTags(name string) autoscaling.GroupTagArray {
	named := m.Tags.Named(name)
	var all autoscaling.GroupTagArray
	for _, key := range slices.Sorted(maps.Keys(named)) {
		all = append(all, &autoscaling.GroupTagArgs{
			Key: pulumi.String(key), Value: named[key], PropagateAtLaunch: pulumi.Bool(false),
		})
	}
	return all
}
