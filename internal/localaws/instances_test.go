//go:build integration

package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestInstanceHasItsGroupsAndNoPublicAddress asks as the provider does when an instance must have none.
func TestInstanceHasItsGroupsAndNoPublicAddress(t *testing.T) {
	t.Parallel()
	client := ec2.NewFromConfig(config(start(t, options(t, t.TempDir()))))
	subnets, err := client.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{})
	require.NoError(t, err)
	group, err := client.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: aws.String("lab"), Description: aws.String("lab"), VpcId: subnets.Subnets[0].VpcId,
	})
	require.NoError(t, err)
	started, err := client.RunInstances(t.Context(), &ec2.RunInstancesInput{
		ImageId: aws.String("ami-12345678"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
		NetworkInterfaces: []ec2types.InstanceNetworkInterfaceSpecification{{
			DeviceIndex: aws.Int32(0), AssociatePublicIpAddress: aws.Bool(false),
			SubnetId: subnets.Subnets[0].SubnetId, Groups: []string{aws.ToString(group.GroupId)},
		}},
	})
	require.NoError(t, err)
	id := started.Instances[0].InstanceId
	_, err = client.ModifyInstanceAttribute(t.Context(), &ec2.ModifyInstanceAttributeInput{
		InstanceId: id, InstanceInitiatedShutdownBehavior: &ec2types.AttributeValue{Value: aws.String("terminate")},
	})
	require.NoError(t, err)
	end, err := client.DescribeInstanceAttribute(t.Context(), &ec2.DescribeInstanceAttributeInput{
		InstanceId: id, Attribute: ec2types.InstanceAttributeNameInstanceInitiatedShutdownBehavior,
	})
	require.NoError(t, err)
	assert.Equal(t, "terminate", aws.ToString(end.InstanceInitiatedShutdownBehavior.Value))

	found, err := client.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{})
	require.NoError(t, err)
	instance := found.Reservations[0].Instances[0]
	require.Len(t, instance.SecurityGroups, 1)
	assert.Equal(t, group.GroupId, instance.SecurityGroups[0].GroupId)
	assert.Nil(t, instance.PublicIpAddress)
	require.Len(t, instance.NetworkInterfaces, 1)
	assert.Nil(t, instance.NetworkInterfaces[0].Association)
	assert.Nil(t, instance.NetworkInterfaces[0].PrivateIpAddresses[0].Association)
}
