//go:build integration

package edge_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	classic "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	classictypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/edge"
)

func through(args *edge.BalancerArgs) {
	args.TLS, args.PassThrough, args.Port, args.HealthPort = false, true, 443, 8081
}

// checkThrough looks at two load balancers that let TLS through to one port.
func (b *bench) checkThrough(port int32) stands {
	b.Helper()
	s := b.look()
	assert.Equal(b, map[int32][]any{443: {"TCP", "TCP", port, "", []string{}}}, ports(s.classic))
	assert.Equal(b, "HTTP:8081/well", aws.ToString(s.classic.HealthCheck.Target))
	assert.Equal(b, []classictypes.BackendServerDescription{{InstancePort: aws.Int32(port), PolicyNames: []string{"proxy"}}},
		s.classic.BackendServerDescriptions)
	policies, err := s.classicOn.DescribeLoadBalancerPolicies(b.Context(), &classic.DescribeLoadBalancerPoliciesInput{
		LoadBalancerName: s.classic.LoadBalancerName,
	})
	require.NoError(b, err)
	assert.Equal(b, []classictypes.PolicyDescription{{
		PolicyName: aws.String("proxy"), PolicyTypeName: aws.String("ProxyProtocolPolicyType"),
		PolicyAttributeDescriptions: []classictypes.PolicyAttributeDescription{{
			AttributeName: aws.String("ProxyProtocol"), AttributeValue: aws.String("true"),
		}},
	}}, policies.PolicyDescriptions)

	assert.Equal(b, []any{int32(443), elbtypes.ProtocolEnumTcp, 0},
		[]any{aws.ToInt32(s.listener.Port), s.listener.Protocol, len(s.listener.Certificates)})
	groups, err := s.networkOn.DescribeTargetGroups(b.Context(), &elb.DescribeTargetGroupsInput{LoadBalancerArn: s.network.LoadBalancerArn})
	require.NoError(b, err)
	require.Len(b, groups.TargetGroups, 1)
	g := groups.TargetGroups[0]
	assert.Equal(b, []any{elbtypes.ProtocolEnumTcp, port, elbtypes.ProtocolEnumHttp, "8081", "/well"}, []any{
		g.Protocol, aws.ToInt32(g.Port), g.HealthCheckProtocol, aws.ToString(g.HealthCheckPort), aws.ToString(g.HealthCheckPath),
	})
	attributes, err := s.networkOn.DescribeTargetGroupAttributes(b.Context(), &elb.DescribeTargetGroupAttributesInput{
		TargetGroupArn: g.TargetGroupArn,
	})
	require.NoError(b, err)
	found := map[string]string{}
	for _, each := range attributes.Attributes {
		found[aws.ToString(each.Key)] = aws.ToString(each.Value)
	}
	own, err := s.networkOn.DescribeLoadBalancerAttributes(b.Context(), &elb.DescribeLoadBalancerAttributesInput{
		LoadBalancerArn: s.network.LoadBalancerArn,
	})
	require.NoError(b, err)
	for _, each := range own.Attributes {
		found[aws.ToString(each.Key)] = aws.ToString(each.Value)
	}
	assert.Equal(b, []string{"true", "false", "false"}, []string{
		found["proxy_protocol_v2.enabled"], found["preserve_client_ip.enabled"], found["access_logs.s3.enabled"],
	})
	return s
}

func TestTLSPassesThrough(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.up(both(through))
	first := b.checkThrough(443)
	assert.Nil(t, first.uploaded)
	b.up(both(func(args *edge.BalancerArgs) { through(args); args.Port = 8443 }))
	b.checkThrough(8443)

	b.up(both(func(*edge.BalancerArgs) {}))
	ends := b.look()
	assert.Equal(t, []any{"HTTPS", "HTTP", int32(8080), ends.arn, []string{"tls"}}, ports(ends.classic)[443])
	assert.Empty(t, ends.classic.BackendServerDescriptions)
	assert.Equal(t, elbtypes.ProtocolEnumTls, ends.listener.Protocol)
	b.checkTargets(ends)

	b.up(both(through))
	again := b.checkThrough(443)
	assert.Equal(t, first.classic.DNSName, again.classic.DNSName, "all of it without another load balancer")
	assert.Equal(t, first.network.LoadBalancerArn, again.network.LoadBalancerArn)
	b.destroy()
}
