//go:build integration

package localaws_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// takeover is a launch template whose instances take an interface over.
func (w *world) takeover(door string) *types.RequestLaunchTemplateData {
	data := w.template()
	data.SecurityGroupIds = nil
	data.NetworkInterfaces = []types.LaunchTemplateInstanceNetworkInterfaceSpecificationRequest{{
		DeviceIndex: aws.Int32(0), NetworkInterfaceId: &door, DeleteOnTermination: aws.Bool(false),
	}}
	return data
}

// groupOf is a group of one instance in a zone, without a subnet.
func (w *world) groupOf(template string) *autoscaling.CreateAutoScalingGroupInput {
	group := w.group(template, "1")
	group.VPCZoneIdentifier, group.TargetGroupARNs = nil, nil
	group.AvailabilityZones = []string{region + "a"}
	return group
}

func TestAnInterfaceOutlivesItsInstances(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	door := *ask(t, w.ec2.CreateNetworkInterface, &ec2.CreateNetworkInterfaceInput{
		SubnetId: &w.subnets[0], Groups: []string{w.security},
	}).NetworkInterface.NetworkInterfaceId
	ask(t, w.ec2.ModifyNetworkInterfaceAttribute, &ec2.ModifyNetworkInterfaceAttributeInput{
		NetworkInterfaceId: &door, SourceDestCheck: &types.AttributeBooleanValue{Value: aws.Bool(false)},
	})
	address := ask(t, w.ec2.AllocateAddress, &ec2.AllocateAddressInput{Domain: types.DomainTypeVpc})
	ask(t, w.ec2.AssociateAddress, &ec2.AssociateAddressInput{AllocationId: address.AllocationId, NetworkInterfaceId: &door})
	table := ask(t, w.ec2.CreateRouteTable, &ec2.CreateRouteTableInput{VpcId: &w.vpc}).RouteTable.RouteTableId
	ask(t, w.ec2.CreateRoute, &ec2.CreateRouteInput{
		RouteTableId: table, DestinationCidrBlock: aws.String("0.0.0.0/0"), NetworkInterfaceId: &door,
	})
	template := w.createTemplate(w.takeover(door))

	// check looks at the one instance, and returns its id.
	check := func() string {
		t.Helper()
		_, instance := w.member()
		require.Len(t, instance.NetworkInterfaces, 1)
		own := instance.NetworkInterfaces[0]
		assert.Equal(t, door, *own.NetworkInterfaceId)
		assert.False(t, *own.Attachment.DeleteOnTermination)
		assert.False(t, *own.SourceDestCheck)
		assert.Equal(t, w.subnets[0], *instance.SubnetId)
		assert.Equal(t, w.vpc, *instance.VpcId)
		assert.Equal(t, *address.PublicIp, aws.ToString(instance.PublicIpAddress))
		require.Len(t, instance.SecurityGroups, 1)
		assert.Equal(t, w.security, *instance.SecurityGroups[0].GroupId)
		found := ask(t, w.ec2.DescribeNetworkInterfaces, &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{door}})
		assert.Equal(t, types.NetworkInterfaceStatusInUse, found.NetworkInterfaces[0].Status)
		assert.Equal(t, *instance.InstanceId, *found.NetworkInterfaces[0].Attachment.InstanceId)
		routes := ask(t, w.ec2.DescribeRouteTables, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{*table}}).RouteTables[0].Routes
		require.Len(t, routes, 2)
		assert.Equal(t, door, aws.ToString(routes[1].NetworkInterfaceId))
		return *instance.InstanceId
	}
	w.create(w.groupOf(template))
	first := check()

	_, err := w.ec2.RunInstances(t.Context(), &ec2.RunInstancesInput{
		MinCount: aws.Int32(1), MaxCount: aws.Int32(1), LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: &template},
	})
	refused(t, err, "InvalidNetworkInterface.InUse", "Interface: ["+door+"] in use.")
	_, err = w.ec2.RunInstances(t.Context(), &ec2.RunInstancesInput{
		MinCount: aws.Int32(1), MaxCount: aws.Int32(1), LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: &template},
		SubnetId: &w.subnets[0],
	})
	refused(t, err, "InvalidParameterCombination", "a network interface ID and a subnet")

	// Somebody ends the instance, and then the template changes.
	ask(t, w.ec2.TerminateInstances, &ec2.TerminateInstancesInput{InstanceIds: []string{first}})
	second := check()
	assert.NotEqual(t, first, second)
	w.createVersion(template, w.takeover(door))
	ask(t, w.scaling.StartInstanceRefresh, w.refresh(template, "2", nil))
	assert.NotEqual(t, second, check())

	ask(t, w.scaling.DeleteAutoScalingGroup, &autoscaling.DeleteAutoScalingGroupInput{
		AutoScalingGroupName: aws.String("hub"), ForceDelete: aws.Bool(true),
	})
	free := ask(t, w.ec2.DescribeNetworkInterfaces, &ec2.DescribeNetworkInterfacesInput{
		NetworkInterfaceIds: []string{door},
	}).NetworkInterfaces[0]
	assert.Equal(t, types.NetworkInterfaceStatusAvailable, free.Status)
	assert.Nil(t, free.Attachment)
	ask(t, w.ec2.DisassociateAddress, &ec2.DisassociateAddressInput{PublicIp: address.PublicIp})
	ask(t, w.ec2.DeleteNetworkInterface, &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: &door})
}

func TestAnInstanceWaitsForItsLaunchHook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before, err := w.server.Resources(t.Context())
	require.NoError(t, err)
	template := w.createTemplate(w.template())
	group := w.group(template, "1")
	group.LifecycleHookSpecificationList = []scalingtypes.LifecycleHookSpecification{{
		LifecycleHookName: aws.String("ready"), LifecycleTransition: aws.String("autoscaling:EC2_INSTANCE_LAUNCHING"),
		HeartbeatTimeout: aws.Int32(240), DefaultResult: aws.String("CONTINUE"),
	}}
	w.create(group)
	hooks := ask(t, w.scaling.DescribeLifecycleHooks, &autoscaling.DescribeLifecycleHooksInput{
		AutoScalingGroupName: aws.String("hub"),
	}).LifecycleHooks
	require.Len(t, hooks, 1)
	assert.Equal(t, int32(240), *hooks[0].HeartbeatTimeout)
	assert.Equal(t, "CONTINUE", *hooks[0].DefaultResult)
	assert.Nil(t, hooks[0].NotificationTargetARN)

	// waits sees the one instance wait, and then, untold, go on. It returns its id.
	waits := func() string {
		t.Helper()
		member, _ := w.member()
		assert.Equal(t, scalingtypes.LifecycleStatePendingWait, member.LifecycleState)
		require.Eventually(t, func() bool {
			now, _ := w.member()
			return now.LifecycleState == scalingtypes.LifecycleStateInService
		}, 5*time.Second, 100*time.Millisecond)
		return *member.InstanceId
	}
	first := waits()
	// So does the one that comes in its place.
	ask(t, w.ec2.TerminateInstances, &ec2.TerminateInstancesInput{InstanceIds: []string{first}})
	assert.NotEqual(t, first, waits())

	ask(t, w.scaling.DeleteAutoScalingGroup, &autoscaling.DeleteAutoScalingGroupInput{
		AutoScalingGroupName: aws.String("hub"), ForceDelete: aws.Bool(true),
	})
	ask(t, w.ec2.DeleteLaunchTemplate, &ec2.DeleteLaunchTemplateInput{LaunchTemplateId: &template})
	after, err := w.server.Resources(t.Context())
	require.NoError(t, err)
	assert.Zero(t, after.Without(before).Count(), after.Without(before))
}
