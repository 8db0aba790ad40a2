//go:build integration

package edge_test

import (
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	classic "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	classictypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stands is what AWS says of the two load balancers and their certificates.
type stands struct {
	classic   classictypes.LoadBalancerDescription
	network   elbtypes.LoadBalancer
	listener  elbtypes.Listener
	uploaded  *x509.Certificate // in IAM, with its ARN; nil without
	arn       string
	imported  *x509.Certificate // in ACM, under the network listener's ARN; nil without
	classicOn *classic.Client
	networkOn *elb.Client
}

func (b *bench) look() stands {
	b.Helper()
	s := stands{classicOn: classic.NewFromConfig(b.aws()), networkOn: elb.NewFromConfig(b.aws())}
	described, err := s.classicOn.DescribeLoadBalancers(b.Context(), &classic.DescribeLoadBalancersInput{})
	require.NoError(b, err)
	require.Len(b, described.LoadBalancerDescriptions, 1)
	s.classic = described.LoadBalancerDescriptions[0]
	balancers, err := s.networkOn.DescribeLoadBalancers(b.Context(), &elb.DescribeLoadBalancersInput{})
	require.NoError(b, err)
	require.Len(b, balancers.LoadBalancers, 1)
	s.network = balancers.LoadBalancers[0]
	listeners, err := s.networkOn.DescribeListeners(b.Context(), &elb.DescribeListenersInput{LoadBalancerArn: s.network.LoadBalancerArn})
	require.NoError(b, err)
	require.Len(b, listeners.Listeners, 1)
	s.listener = listeners.Listeners[0]

	users := iam.NewFromConfig(b.aws())
	all, err := users.ListServerCertificates(b.Context(), &iam.ListServerCertificatesInput{})
	require.NoError(b, err)
	for _, each := range all.ServerCertificateMetadataList {
		require.Nil(b, s.uploaded, "two certificates in IAM")
		found, err := users.GetServerCertificate(b.Context(), &iam.GetServerCertificateInput{ServerCertificateName: each.ServerCertificateName})
		require.NoError(b, err)
		s.arn = aws.ToString(each.Arn)
		s.uploaded = parse(b.T, found.ServerCertificate.CertificateBody)
	}
	for _, each := range s.listener.Certificates {
		found, err := acm.NewFromConfig(b.aws()).GetCertificate(b.Context(), &acm.GetCertificateInput{CertificateArn: each.CertificateArn})
		require.NoError(b, err)
		s.imported = parse(b.T, found.Certificate)
	}
	return s
}

func parse(t *testing.T, text *string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(aws.ToString(text)))
	require.NotNil(t, block)
	parsed, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	return parsed
}

// ports are a classic load balancer's listeners: protocol and port outside and inside, the
// certificate's ARN and the policies.
func ports(of classictypes.LoadBalancerDescription) map[int32][]any {
	all := map[int32][]any{}
	for _, each := range of.ListenerDescriptions {
		l := each.Listener
		all[l.LoadBalancerPort] = []any{
			aws.ToString(l.Protocol), aws.ToString(l.InstanceProtocol), aws.ToInt32(l.InstancePort),
			aws.ToString(l.SSLCertificateId), append([]string{}, each.PolicyNames...),
		}
	}
	return all
}

// checkTargets looks at the network load balancer's group of targets and its attributes.
func (b *bench) checkTargets(s stands) {
	b.Helper()
	groups, err := s.networkOn.DescribeTargetGroups(b.Context(), &elb.DescribeTargetGroupsInput{LoadBalancerArn: s.network.LoadBalancerArn})
	require.NoError(b, err)
	require.Len(b, groups.TargetGroups, 1)
	g := groups.TargetGroups[0]
	assert.Equal(b, g.TargetGroupArn, s.listener.DefaultActions[0].TargetGroupArn)
	assert.Equal(b, []any{elbtypes.ProtocolEnumTcp, int32(8080), elbtypes.TargetTypeEnumInstance},
		[]any{g.Protocol, aws.ToInt32(g.Port), g.TargetType})
	assert.Equal(b, []any{elbtypes.ProtocolEnumHttp, "/well", "200-399", int32(15), int32(5), int32(2), int32(3)}, []any{
		g.HealthCheckProtocol, aws.ToString(g.HealthCheckPath), aws.ToString(g.Matcher.HttpCode), aws.ToInt32(g.HealthCheckIntervalSeconds),
		aws.ToInt32(g.HealthCheckTimeoutSeconds), aws.ToInt32(g.HealthyThresholdCount), aws.ToInt32(g.UnhealthyThresholdCount),
	})
	found := map[string]string{}
	attributes, err := s.networkOn.DescribeTargetGroupAttributes(b.Context(), &elb.DescribeTargetGroupAttributesInput{
		TargetGroupArn: g.TargetGroupArn,
	})
	require.NoError(b, err)
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
	for key, want := range map[string]string{
		"preserve_client_ip.enabled": "false", "deregistration_delay.timeout_seconds": "30",
		"load_balancing.cross_zone.enabled": "true", "access_logs.s3.enabled": "true", "deletion_protection.enabled": "false",
	} {
		assert.Equal(b, want, found[key], key)
	}
}
