//go:build integration

package edge_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	classic "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	classictypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/edge"
	"torii/internal/recorder"
	"torii/internal/tags"
)

// both stands a classic and a network load balancer on the ground, changed by change.
func both(change func(*edge.BalancerArgs)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		vpc, args, err := ground(ctx)
		if err != nil {
			return err
		}
		change(&args)
		if _, err := edge.NewClassic(ctx, "web-clb", &args); err != nil {
			return err
		}
		_, err = edge.NewNetworkBalancer(ctx, "web-nlb", &edge.NetworkBalancerArgs{BalancerArgs: args, VPCID: vpc.ID()})
		return err
	}
}

func TestBalancersStand(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var warnings []string
	for _, said := range b.up(both(func(*edge.BalancerArgs) {})).Diagnostics {
		warnings = append(warnings, said.Severity+": "+strings.TrimSpace(said.Message))
	}
	assert.ElementsMatch(t, []string{
		"warning: web-clb is a classic load balancer, which no web application firewall can guard: " +
			"who comes from which country, how often, and with what attacks is not checked there",
		"warning: web-nlb is a network load balancer, which no web application firewall can guard: " +
			"who comes from which country, how often, and with what attacks is not checked there",
	}, warnings)
	s := b.look()

	assert.Equal(t, map[int32][]any{
		80:  {"HTTP", "HTTP", int32(8080), "", []string{}},
		443: {"HTTPS", "HTTP", int32(8080), s.arn, []string{"tls"}},
	}, ports(s.classic))
	assert.Equal(t, "internet-facing", aws.ToString(s.classic.Scheme))
	assert.Len(t, s.classic.Subnets, 2)
	assert.Equal(t, s.network.SecurityGroups, s.classic.SecurityGroups)
	assert.Equal(t, &classictypes.HealthCheck{
		Target: aws.String("HTTP:8080/well"), Interval: aws.Int32(15), Timeout: aws.Int32(5),
		HealthyThreshold: aws.Int32(2), UnhealthyThreshold: aws.Int32(3),
	}, s.classic.HealthCheck)
	policies, err := s.classicOn.DescribeLoadBalancerPolicies(t.Context(), &classic.DescribeLoadBalancerPoliciesInput{
		LoadBalancerName: s.classic.LoadBalancerName, PolicyNames: []string{"tls"},
	})
	require.NoError(t, err)
	assert.Equal(t, "SSLNegotiationPolicyType", aws.ToString(policies.PolicyDescriptions[0].PolicyTypeName))
	attribute := policies.PolicyDescriptions[0].PolicyAttributeDescriptions[0]
	assert.Equal(t, []string{"Reference-Security-Policy", "ELBSecurityPolicy-TLS-1-2-2017-01"},
		[]string{aws.ToString(attribute.AttributeName), aws.ToString(attribute.AttributeValue)})
	attributes, err := s.classicOn.DescribeLoadBalancerAttributes(t.Context(), &classic.DescribeLoadBalancerAttributesInput{
		LoadBalancerName: s.classic.LoadBalancerName,
	})
	require.NoError(t, err)
	a := attributes.LoadBalancerAttributes
	assert.True(t, a.CrossZoneLoadBalancing.Enabled)
	assert.Equal(t, classictypes.ConnectionDraining{Enabled: true, Timeout: aws.Int32(30)}, *a.ConnectionDraining)
	assert.Equal(t, int32(75), aws.ToInt32(a.ConnectionSettings.IdleTimeout))
	assert.True(t, a.AccessLog.Enabled)
	assert.Equal(t, int32(5), aws.ToInt32(a.AccessLog.EmitInterval))
	assert.Regexp(t, "^web-clb-access-logs-", aws.ToString(a.AccessLog.S3BucketName))

	assert.Equal(t, []string{"web-clb.internal"}, s.uploaded.DNSNames)
	assert.Equal(t, 2048, s.uploaded.PublicKey.(*rsa.PublicKey).N.BitLen())
	assert.Equal(t, 365*24*time.Hour, s.uploaded.NotAfter.Sub(s.uploaded.NotBefore))
	assert.Equal(t, []string{aws.ToString(s.network.DNSName)}, s.imported.DNSNames)
	assert.IsType(t, &ecdsa.PublicKey{}, s.imported.PublicKey)

	assert.Equal(t, elbtypes.LoadBalancerTypeEnumNetwork, s.network.Type)
	assert.Regexp(t, ":loadbalancer/net/web-nlb-", aws.ToString(s.network.LoadBalancerArn))
	assert.Len(t, s.network.AvailabilityZones, 2)
	assert.Equal(t, []any{int32(443), elbtypes.ProtocolEnumTls, "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"},
		[]any{aws.ToInt32(s.listener.Port), s.listener.Protocol, aws.ToString(s.listener.SslPolicy)})
	b.checkTargets(s)
	b.destroy()
}

func TestSelfSignedCertificatesAreRenewedEarly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	program := both(func(*edge.BalancerArgs) {})
	b.up(program)
	before := b.look()

	ends := func(in time.Duration) {
		b.state("tls:index/selfSignedCert:SelfSignedCert", func(outputs map[string]any) {
			outputs["validityEndTime"] = time.Now().Add(in).UTC().Format(time.RFC3339)
		})
	}
	ends(31 * 24 * time.Hour)
	assert.Empty(t, work(b.up(program)), "a certificate with a month to live is left alone")
	ends(29 * 24 * time.Hour)
	renewed := b.up(program)
	assert.ElementsMatch(t, []string{
		"create-replacement tls:index/selfSignedCert:SelfSignedCert web-clb-certificate",
		"create-replacement tls:index/selfSignedCert:SelfSignedCert web-nlb-certificate",
		"create-replacement aws:iam/serverCertificate:ServerCertificate web-clb-certificate",
		"update aws:acm/certificate:Certificate web-nlb-certificate",
		"update aws:elb/loadBalancer:LoadBalancer web-clb",
		"update aws:elb/listenerPolicy:ListenerPolicy web-clb-tls",
		"delete-replaced aws:iam/serverCertificate:ServerCertificate web-clb-certificate",
		"delete-replaced tls:index/selfSignedCert:SelfSignedCert web-clb-certificate",
		"delete-replaced tls:index/selfSignedCert:SelfSignedCert web-nlb-certificate",
	}, work(renewed))

	after := b.look()
	assert.NotEqual(t, before.arn, after.arn)
	assert.NotEqual(t, before.uploaded.SerialNumber, after.uploaded.SerialNumber)
	assert.NotEqual(t, before.imported.SerialNumber, after.imported.SerialNumber)
	assert.Equal(t, before.listener, after.listener, "ACM's certificate keeps its ARN")
	assert.Equal(t, before.classic.DNSName, after.classic.DNSName)
	assert.Equal(t, []any{"HTTPS", "HTTP", int32(8080), after.arn, []string{"tls"}}, ports(after.classic)[443],
		"the new listener must not fall back to AWS's default policy, which lets TLS 1.0 in")
	b.destroy()
}

// issued stands both on one certificate of ACM.
func issued(ctx *pulumi.Context) error {
	zone, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{Name: pulumi.StringRef(recorder.Domain)})
	if err != nil {
		return err
	}
	certificate, err := edge.NewCertificate(ctx, "web-certificate", &edge.CertificateArgs{
		Kind: edge.CertificateACM, Hosts: []string{"www.example.jp"}, ZoneID: zone.ZoneId, Role: "web-certificate", Tags: tags.Set{},
	})
	if err != nil {
		return err
	}
	return both(func(args *edge.BalancerArgs) {
		args.Kind, args.Host, args.CertificateARN = edge.CertificateACM, "www.example.jp", certificate.ARN
	})(ctx)
}

func TestTLSIsSwitchedOffAndOnAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.up(both(func(*edge.BalancerArgs) {}))
	before := b.look()

	off := b.up(both(func(args *edge.BalancerArgs) { args.TLS = false }))
	s := b.look()
	assert.Equal(t, map[int32][]any{80: {"HTTP", "HTTP", int32(8080), "", []string{}}}, ports(s.classic))
	assert.Equal(t, []any{int32(80), elbtypes.ProtocolEnumTcp}, []any{aws.ToInt32(s.listener.Port), s.listener.Protocol})
	assert.Nil(t, s.uploaded)
	own, err := s.networkOn.DescribeLoadBalancerAttributes(t.Context(), &elb.DescribeLoadBalancerAttributesInput{
		LoadBalancerArn: s.network.LoadBalancerArn,
	})
	require.NoError(t, err)
	assert.Contains(t, own.Attributes, elbtypes.LoadBalancerAttribute{Key: aws.String("access_logs.s3.enabled"), Value: aws.String("false")},
		"the bucket is gone")

	on := b.up(issued)
	for _, step := range append(off.Steps, on.Steps...) {
		assert.False(t, step.Replace, "%s %s is replaced", step.Type, step.Name)
	}
	s = b.look()
	assert.Equal(t, before.classic.DNSName, s.classic.DNSName)
	assert.Equal(t, before.network.LoadBalancerArn, s.network.LoadBalancerArn)
	assert.Equal(t, []string{"www.example.jp"}, s.imported.DNSNames)
	assert.Equal(t, []any{"HTTPS", "HTTP", int32(8080), aws.ToString(s.listener.Certificates[0].CertificateArn), []string{"tls"}},
		ports(s.classic)[443])
	b.destroy()
}
