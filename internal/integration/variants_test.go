//go:build integration

package integration

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNoWayToTheInternet has endpoints only, and IPv6 at the gate.
func TestNoWayToTheInternet(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sealed", "example.jp")
	chosen := stackFile(t, "examples/Pulumi.fargate-web.yaml")
	chosen.set("torii:network/nat", "none")
	chosen.set("torii:network/endpoints", []string{"ecr", "logs"})
	chosen.set("torii:network/dualStack", true)
	chosen.set("torii:workloads/site/image", "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/site:1")
	s.up("first up", chosen)
	c := s.ask()

	vpc := c.vpc()
	gateways, err := c.ec2.DescribeNatGateways(t.Context(), &ec2.DescribeNatGatewaysInput{})
	require.NoError(t, err)
	assert.Empty(t, gateways.NatGateways)
	checkSealed(t, c, vpc.VpcId)

	gate, _ := c.gate()
	assert.Equal(t, elbtypes.IpAddressTypeDualstack, gate.IpAddressType)
	assert.Contains(t, c.records(), "www.example.jp. AAAA")

	s.unchanged(chosen)
	s.destroyed(chosen)
}

// checkSealed wants the service's group to reach the endpoints' group and S3's prefix
// list, and nothing by address.
func checkSealed(t *testing.T, c clients, vpc *string) {
	endpoints, err := c.ec2.DescribeVpcEndpoints(t.Context(), &ec2.DescribeVpcEndpointsInput{Filters: inVPC(vpc)})
	require.NoError(t, err)
	services := map[string]string{}
	group := ""
	for _, endpoint := range endpoints.VpcEndpoints {
		services[aws.ToString(endpoint.ServiceName)] = string(endpoint.VpcEndpointType)
		if endpoint.VpcEndpointType == ec2types.VpcEndpointTypeInterface {
			assert.True(t, aws.ToBool(endpoint.PrivateDnsEnabled))
			require.Len(t, endpoint.Groups, 1)
			group = aws.ToString(endpoint.Groups[0].GroupId)
		}
	}
	assert.Equal(t, map[string]string{
		"com.amazonaws.ap-northeast-1.s3": "Gateway", "com.amazonaws.ap-northeast-1.logs": "Interface",
		"com.amazonaws.ap-northeast-1.ecr.api": "Interface", "com.amazonaws.ap-northeast-1.ecr.dkr": "Interface",
	}, services)
	prefixes := 0
	for _, rule := range c.rules(vpc)["torii site"] {
		if !aws.ToBool(rule.IsEgress) {
			continue
		}
		assert.Equal(t, int32(443), aws.ToInt32(rule.FromPort))
		assert.Nil(t, rule.CidrIpv4)
		if rule.PrefixListId != nil {
			prefixes++
			continue
		}
		require.NotNil(t, rule.ReferencedGroupInfo)
		assert.Equal(t, group, aws.ToString(rule.ReferencedGroupInfo.GroupId))
	}
	assert.Equal(t, 1, prefixes)
}
