//go:build integration

package network_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
	"torii/network"
)

const (
	zoneA = "ap-northeast-1a"
	zoneC = "ap-northeast-1c"
)

// TestWayOutChangesItsKind takes a network from the gateway of old stacks to instances and
// back. Nothing but the NAT and its routes changes, and there is always a way out.
func TestWayOutChangesItsKind(t *testing.T) {
	l := newLive(t)
	l.up("as before", wanted{asBefore: true})
	old := l.routes()
	require.NotEmpty(t, aws.ToString(old[zoneA].NatGatewayId))
	require.Equal(t, old[zoneA].NatGatewayId, old[zoneC].NatGatewayId)

	gateway := wanted{nat: network.NATGateway}
	require.Equal(t, []string{"create ec2/securityGroup:SecurityGroup nat"}, steps(l.up("as now", gateway)))
	require.Equal(t, old, l.routes())

	instance := wanted{nat: network.NATInstance, instanceType: "t4g.nano"}
	toInstance := steps(l.up("gateway to instance", instance))
	require.ElementsMatch(t, []string{
		"create ssm/parameter:Parameter way-out-nat-image-newest-1",
		"create ec2/networkInterface:NetworkInterface way-out-nat-ap-northeast-1a",
		"create ec2/eip:Eip way-out-nat-ap-northeast-1a",
		"create ec2/launchTemplate:LaunchTemplate way-out-nat-ap-northeast-1a",
		"create autoscaling/group:Group way-out-nat-ap-northeast-1a",
		"update ec2/route:Route network-private-ap-northeast-1a-out",
		"update ec2/route:Route network-private-ap-northeast-1c-out",
		"delete ec2/natGateway:NatGateway network-nat-ap-northeast-1a",
		"delete ec2/eip:Eip network-nat-ap-northeast-1a",
	}, toInstance)
	for _, zone := range zones {
		route := "update ec2/route:Route network-private-" + zone + "-out"
		before(t, toInstance, "create autoscaling/group:Group way-out-nat-ap-northeast-1a", route)
		before(t, toInstance, route, "delete ec2/natGateway:NatGateway network-nat-ap-northeast-1a")
	}
	l.leadsTo(zoneA, zoneA)
	l.leadsTo(zoneC, zoneA)
	l.heals(instance)

	back := steps(l.up("instance to gateway", gateway))
	for _, zone := range zones {
		route := "update ec2/route:Route network-private-" + zone + "-out"
		before(t, back, "create ec2/natGateway:NatGateway network-nat-ap-northeast-1a", route)
		before(t, back, route, "delete autoscaling/group:Group way-out-nat-ap-northeast-1a")
	}
	now := l.routes()
	require.NotEmpty(t, aws.ToString(now[zoneA].NatGatewayId))
	require.Equal(t, now[zoneA].NatGatewayId, now[zoneC].NatGatewayId)
	require.Empty(t, aws.ToString(now[zoneA].NetworkInterfaceId))

	l.up("an instance per zone", wanted{nat: network.NATInstancePerZone, instanceType: "t4g.nano"})
	l.leadsTo(zoneA, zoneA)
	l.leadsTo(zoneC, zoneC)
	result, err := localdeploy.Destroy(t.Context(), l.spec)
	require.NoError(t, err)
	t.Logf("destroy: %v in %s", result.Changes, result.Duration)
	left, err := l.spec.Server.Resources(t.Context())
	require.NoError(t, err)
	require.Empty(t, left.Without(l.baseline))
}

// leadsTo checks that a zone's private subnet goes out through the NAT instance of a zone,
// and what that is.
func (l *live) leadsTo(from, zone string) {
	l.Helper()
	route := l.routes()[from]
	require.Empty(l, aws.ToString(route.NatGatewayId))
	instance, group := l.natInstance(zone)
	require.Len(l, instance.NetworkInterfaces, 1)
	door := instance.NetworkInterfaces[0]
	require.Equal(l, aws.ToString(route.NetworkInterfaceId), *door.NetworkInterfaceId)
	require.False(l, *door.SourceDestCheck)
	require.Nil(l, instance.IamInstanceProfile)
	end, err := l.ec2.DescribeInstanceAttribute(l.Context(), &ec2.DescribeInstanceAttributeInput{
		InstanceId: instance.InstanceId, Attribute: ec2types.InstanceAttributeNameInstanceInitiatedShutdownBehavior,
	})
	require.NoError(l, err)
	require.Equal(l, "terminate", aws.ToString(end.InstanceInitiatedShutdownBehavior.Value))
	require.Equal(l, "required", string(instance.MetadataOptions.HttpTokens))
	require.Equal(l, int32(1), *instance.MetadataOptions.HttpPutResponseHopLimit)
	require.Equal(l, []string{zone}, group.AvailabilityZones)
	require.Empty(l, aws.ToString(group.VPCZoneIdentifier))
	addresses, err := l.ec2.DescribeAddresses(l.Context(), &ec2.DescribeAddressesInput{
		PublicIps: []string{aws.ToString(instance.PublicIpAddress)},
	})
	require.NoError(l, err)
	require.Equal(l, *door.NetworkInterfaceId, aws.ToString(addresses.Addresses[0].NetworkInterfaceId))
	subnets, err := l.ec2.DescribeSubnets(l.Context(), &ec2.DescribeSubnetsInput{SubnetIds: []string{*instance.SubnetId}})
	require.NoError(l, err)
	inPublic := func(tag ec2types.Tag) bool { return *tag.Value == "torii-way-public-"+zone }
	require.True(l, slices.ContainsFunc(subnets.Subnets[0].Tags, inPublic))
}

// heals checks that an instance that dies, and one that has another type, has a successor
// with the same interface and address, to which the same routes lead.
func (l *live) heals(now wanted) {
	l.Helper()
	routes := l.routes()
	first, _ := l.natInstance(zoneA)
	_, err := l.ec2.TerminateInstances(l.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{*first.InstanceId}})
	require.NoError(l, err)
	l.waitInService()
	second, _ := l.natInstance(zoneA)
	require.NotEqual(l, *first.InstanceId, *second.InstanceId)
	require.Equal(l, *first.PublicIpAddress, *second.PublicIpAddress)
	require.Equal(l, routes, l.routes())
	require.Empty(l, steps(l.up("second up, after somebody ended it", now)))

	now.instanceType = "t4g.micro"
	require.Equal(l, []string{
		"update ec2/launchTemplate:LaunchTemplate way-out-nat-ap-northeast-1a", "update autoscaling/group:Group way-out-nat-ap-northeast-1a",
	}, steps(l.up("another type", now)))
	l.waitInService()
	third, _ := l.natInstance(zoneA)
	require.Equal(l, "t4g.micro", string(third.InstanceType))
	require.Equal(l, *first.PublicIpAddress, *third.PublicIpAddress)
	require.Equal(l, routes, l.routes())
}
