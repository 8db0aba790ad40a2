//go:build integration

package localaws_test

import (
	"encoding/base64"
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// names returns the value of the Name tag, "" without one.
func names(tags []types.Tag) string {
	for _, tag := range tags {
		if *tag.Key == "Name" {
			return *tag.Value
		}
	}
	return ""
}

func TestGroupLaunchesTheVersionThatItNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	template := w.createTemplate(w.template())
	w.profile("second")
	second := &types.RequestLaunchTemplateData{
		ImageId:            aws.String("ami-00000000000000002"),
		InstanceType:       types.InstanceTypeT3Large,
		UserData:           aws.String(base64.StdEncoding.EncodeToString([]byte("second"))),
		SecurityGroupIds:   []string{w.securityGroup("second")},
		IamInstanceProfile: &types.LaunchTemplateIamInstanceProfileSpecificationRequest{Name: aws.String("second")},
		MetadataOptions: &types.LaunchTemplateInstanceMetadataOptionsRequest{
			HttpTokens: types.LaunchTemplateHttpTokensStateRequired, HttpPutResponseHopLimit: aws.Int32(2),
		},
		BlockDeviceMappings: []types.LaunchTemplateBlockDeviceMappingRequest{{
			DeviceName: aws.String("/dev/xvda"),
			Ebs: &types.LaunchTemplateEbsBlockDeviceRequest{
				VolumeSize: aws.Int32(40), VolumeType: types.VolumeTypeGp3, Throughput: aws.Int32(250), Iops: aws.Int32(4000),
			},
		}},
		TagSpecifications: []types.LaunchTemplateTagSpecificationRequest{
			tagged(types.ResourceTypeInstance, "template"), tagged(types.ResourceTypeVolume, "root"),
			tagged(types.ResourceTypeNetworkInterface, "interface"),
		},
	}
	w.createVersion(template, second)
	group := w.group(template, "2")
	group.Tags = []scalingtypes.Tag{{Key: aws.String("Name"), Value: aws.String("group"), PropagateAtLaunch: aws.Bool(true)}}
	w.create(group)

	member, instance := w.member()
	if v := member.LaunchTemplate; *v.Version != "2" || *v.LaunchTemplateId != template {
		t.Errorf("the group shows version %s of %s", *v.Version, *v.LaunchTemplateId)
	}
	if *instance.ImageId != *second.ImageId || instance.InstanceType != "t3.large" || *instance.SubnetId != w.subnets[0] ||
		instance.PublicIpAddress != nil {
		t.Errorf("image %s, type %s, subnet %s, public address %v",
			*instance.ImageId, instance.InstanceType, *instance.SubnetId, instance.PublicIpAddress)
	}
	if o := instance.MetadataOptions; o.HttpTokens != "required" || *o.HttpPutResponseHopLimit != 2 || o.HttpEndpoint != "enabled" {
		t.Errorf("metadata options: %s, %d, %s", o.HttpTokens, *o.HttpPutResponseHopLimit, o.HttpEndpoint)
	}
	if p := instance.IamInstanceProfile; p == nil || *p.Arn != "arn:aws:iam::123456789012:instance-profile/second" {
		t.Errorf("instance profile: %+v", p)
	}
	if g := instance.SecurityGroups; len(g) != 1 || *g[0].GroupId != second.SecurityGroupIds[0] {
		t.Errorf("security groups: %+v", g)
	}
	if name := names(instance.Tags); name != "group" {
		t.Errorf("the instance is called %q; the group's tag goes before the template's", name)
	}
	if name := names(ask(t, w.ec2.DescribeNetworkInterfaces, &ec2.DescribeNetworkInterfacesInput{
		NetworkInterfaceIds: []string{*instance.NetworkInterfaces[0].NetworkInterfaceId},
	}).NetworkInterfaces[0].TagSet); name != "interface" {
		t.Errorf("the interface is called %q", name)
	}
	if d := instance.BlockDeviceMappings; len(d) != 1 || *d[0].DeviceName != "/dev/xvda" || *instance.RootDeviceName != "/dev/xvda" ||
		!*d[0].Ebs.DeleteOnTermination {
		t.Fatalf("devices: %+v", d)
	}
	root := w.volume(*instance.BlockDeviceMappings[0].Ebs.VolumeId)
	if *root.Size != 40 || root.VolumeType != "gp3" || *root.Throughput != 250 || *root.Iops != 4000 || names(root.Tags) != "root" {
		t.Errorf("root volume: %d GiB %s, %d MiB/s, %d IOPS, %q", *root.Size, root.VolumeType, *root.Throughput, *root.Iops, names(root.Tags))
	}
	data := ask(t, w.ec2.DescribeInstanceAttribute, &ec2.DescribeInstanceAttributeInput{
		InstanceId: instance.InstanceId, Attribute: types.InstanceAttributeNameUserData,
	}).UserData
	if *data.Value != *second.UserData {
		t.Errorf("user data: %s", *data.Value)
	}
}

func TestLaunchTemplateKeepsItsOwnTagsApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	template := w.createTemplate(w.template())
	show := func() (types.LaunchTemplate, *types.ResponseLaunchTemplateData) {
		t.Helper()
		return ask(t, w.ec2.DescribeLaunchTemplates, &ec2.DescribeLaunchTemplatesInput{
				LaunchTemplateIds: []string{template},
			}).LaunchTemplates[0],
			ask(t, w.ec2.DescribeLaunchTemplateVersions, &ec2.DescribeLaunchTemplateVersionsInput{
				LaunchTemplateId: &template, Versions: []string{"$Latest"},
			}).LaunchTemplateVersions[0].LaunchTemplateData
	}
	made, data := show()
	if s := data.TagSpecifications; len(s) != 1 || s[0].ResourceType != "instance" || names(s[0].Tags) != "first" {
		t.Errorf("tags of what is launched: %+v", s)
	}
	if name := names(made.Tags); name != "own" {
		t.Errorf("the template is called %q", name)
	}
	ask(t, w.ec2.CreateTags, &ec2.CreateTagsInput{
		Resources: []string{template}, Tags: []types.Tag{{Key: aws.String("Name"), Value: aws.String("new")}},
	})
	if made, _ = show(); names(made.Tags) != "new" {
		t.Errorf("the template is still called %q", names(made.Tags))
	}

	// A template without tags of its own, and a network interface instead of security groups.
	bare := w.template()
	bare.TagSpecifications, bare.SecurityGroupIds, bare.UserData = nil, nil, aws.String("")
	bare.NetworkInterfaces = []types.LaunchTemplateInstanceNetworkInterfaceSpecificationRequest{{
		DeviceIndex: aws.Int32(0), Groups: []string{w.security}, AssociatePublicIpAddress: aws.Bool(false), DeleteOnTermination: aws.Bool(true),
	}}
	w.createVersion(template, bare)
	if _, data = show(); len(data.TagSpecifications) != 0 || data.UserData != nil {
		t.Errorf("the second version has %+v", data)
	}
	w.create(w.group(template, "2"))
	_, instance := w.member()
	if g := instance.SecurityGroups; len(g) != 1 || *g[0].GroupId != w.security || len(instance.NetworkInterfaces) != 1 {
		t.Errorf("security groups %+v, %d interfaces", g, len(instance.NetworkInterfaces))
	}
}

func TestGroupRefusesATemplateThatCannotLaunch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	template := w.createTemplate(w.template())
	for version, c := range []struct {
		name, want string
		change     func(*types.RequestLaunchTemplateData)
	}{
		{"no image", "must contain the parameter ImageId", func(d *types.RequestLaunchTemplateData) { d.ImageId = nil }},
		{"no type", "must contain the parameter InstanceType", func(d *types.RequestLaunchTemplateData) { d.InstanceType = "" }},
		{"a security group that is gone", "The security group 'sg-0' does not exist",
			func(d *types.RequestLaunchTemplateData) { d.SecurityGroupIds = []string{"sg-0"} }},
		{"a profile that is gone", "Value (gone) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
			func(d *types.RequestLaunchTemplateData) { d.IamInstanceProfile.Name = aws.String("gone") }},
		{"groups in two places", "may not be specified on the same request", func(d *types.RequestLaunchTemplateData) {
			d.NetworkInterfaces = []types.LaunchTemplateInstanceNetworkInterfaceSpecificationRequest{{
				DeviceIndex: aws.Int32(0), Groups: []string{w.security},
			}}
		}},
	} {
		data := w.template()
		c.change(data)
		w.createVersion(template, data)
		_, err := w.scaling.CreateAutoScalingGroup(t.Context(), w.group(template, string(rune('2'+version))))
		t.Log(c.name)
		refused(t, err, "ValidationError", "You must use a valid fully-formed launch template.")
		refused(t, err, "ValidationError", c.want)
	}
	if groups := w.groups(); len(groups) != 0 {
		t.Errorf("a refused group was made: %+v", groups)
	}
}

func TestTargetsAreHealthyOnceAListenerSendsThemRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(w.group(w.createTemplate(w.template()), "1"))
	first, _ := w.member()
	if got, want := w.health(), map[string]string{*first.InstanceId: "unused"}; !maps.Equal(got, want) {
		t.Errorf("without a listener: %v", got)
	}
	w.listen()
	if got, want := w.health(), map[string]string{*first.InstanceId: "healthy"}; !maps.Equal(got, want) {
		t.Errorf("with a listener: %v", got)
	}
	// Somebody ends the instance: the group starts another, which takes its place everywhere.
	ask(t, w.ec2.TerminateInstances, &ec2.TerminateInstancesInput{InstanceIds: []string{*first.InstanceId}})
	second, _ := w.member()
	if got, want := w.health(), map[string]string{*second.InstanceId: "healthy"}; !maps.Equal(got, want) {
		t.Errorf("after the first one's end: %v, want %v", got, want)
	}
}

func TestGroupSpreadsOverItsSubnets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	group := w.group(w.createTemplate(w.template()), "1")
	group.VPCZoneIdentifier = aws.String(w.subnets[0] + "," + w.subnets[1])
	group.MaxSize, group.DesiredCapacity = aws.Int32(4), aws.Int32(4)
	w.create(group)
	var zones []string
	for _, each := range w.groups()[0].Instances {
		zones = append(zones, *each.AvailabilityZone)
	}
	slices.Sort(zones)
	if want := []string{region + "a", region + "a", region + "c", region + "c"}; !slices.Equal(zones, want) {
		t.Errorf("zones: %v", zones)
	}
}

func TestGroupKeepsItsSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	group := w.group(w.createTemplate(w.template()), "1")
	group.HealthCheckGracePeriod = nil
	group.DefaultInstanceWarmup, group.MaxInstanceLifetime = aws.Int32(60), aws.Int32(864000)
	group.InstanceMaintenancePolicy = &scalingtypes.InstanceMaintenancePolicy{MinHealthyPercentage: aws.Int32(0), MaxHealthyPercentage: aws.Int32(100)}
	w.create(group)
	made := w.groups()[0]
	if aws.ToInt32(made.DefaultInstanceWarmup) != 60 || aws.ToInt32(made.MaxInstanceLifetime) != 864000 || *made.HealthCheckGracePeriod != 0 ||
		made.InstanceMaintenancePolicy == nil || *made.InstanceMaintenancePolicy.MaxHealthyPercentage != 100 {
		t.Errorf("made %+v", made)
	}
	ask(t, w.scaling.UpdateAutoScalingGroup, &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String("hub"), DefaultCooldown: aws.Int32(10), TerminationPolicies: []string{"OldestInstance"},
		InstanceMaintenancePolicy: &scalingtypes.InstanceMaintenancePolicy{MinHealthyPercentage: aws.Int32(-1), MaxHealthyPercentage: aws.Int32(-1)},
	})
	now := w.groups()[0]
	if aws.ToInt32(now.DefaultInstanceWarmup) != 60 || *now.DefaultCooldown != 10 || !slices.Equal(now.TerminationPolicies, []string{"OldestInstance"}) ||
		now.InstanceMaintenancePolicy != nil {
		t.Errorf("updated %+v", now)
	}
}

func TestGroupIsDeletedAfterItsInstances(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	template := w.createTemplate(w.template())
	before, err := w.server.Resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	group := w.group(template, "1")
	group.NewInstancesProtectedFromScaleIn = aws.Bool(true)
	w.create(group)
	member, instance := w.member()
	if found, err := w.server.Resources(t.Context()); err != nil || !slices.Equal(found["ec2"]["Instance"], []string{*member.InstanceId}) {
		t.Errorf("what exists: %v, %v", found["ec2"], err)
	}
	name := aws.String("hub")
	_, err = w.scaling.DeleteAutoScalingGroup(t.Context(), &autoscaling.DeleteAutoScalingGroupInput{AutoScalingGroupName: name})
	refused(t, err, "ResourceInUse", "while there are instances")
	ask(t, w.scaling.DeleteAutoScalingGroup, &autoscaling.DeleteAutoScalingGroupInput{AutoScalingGroupName: name, ForceDelete: aws.Bool(true)})
	if groups := w.groups(); len(groups) != 0 {
		t.Errorf("left: %+v", groups)
	}
	if state := w.instance(*instance.InstanceId).State.Name; state != types.InstanceStateNameTerminated {
		t.Errorf("the protected instance is %s", state)
	}

	// The way of the provider: none wanted, wait until there are none, then delete.
	w.create(w.group(template, "1"))
	ask(t, w.scaling.UpdateAutoScalingGroup, &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: name, MinSize: aws.Int32(0), MaxSize: aws.Int32(0), DesiredCapacity: aws.Int32(0),
	})
	if left := w.groups()[0].Instances; len(left) != 0 || len(w.health()) != 0 {
		t.Errorf("drained, but left are %+v, and as targets %v", left, w.health())
	}
	ask(t, w.scaling.DeleteAutoScalingGroup, &autoscaling.DeleteAutoScalingGroupInput{AutoScalingGroupName: name})
	after, err := w.server.Resources(t.Context())
	if left := after.Without(before); err != nil || left.Count() != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
