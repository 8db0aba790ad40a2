package check

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	classic "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	classictypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeClassic has a classic load balancer in each of two VPCs.
type fakeClassic struct{ classicAPI }

func (fakeClassic) DescribeLoadBalancers(
	context.Context, *classic.DescribeLoadBalancersInput, ...func(*classic.Options),
) (*classic.DescribeLoadBalancersOutput, error) {
	listening := func(arn *string) classictypes.ListenerDescription {
		return classictypes.ListenerDescription{Listener: &classictypes.Listener{SSLCertificateId: arn}}
	}
	return &classic.DescribeLoadBalancersOutput{LoadBalancerDescriptions: []classictypes.LoadBalancerDescription{
		{LoadBalancerName: aws.String("theirs"), VPCId: aws.String("vpc-2"), ListenerDescriptions: []classictypes.ListenerDescription{
			listening(aws.String("arn:aws:iam::1:server-certificate/theirs")),
		}},
		{LoadBalancerName: aws.String("ours"), VPCId: aws.String("vpc-1"), ListenerDescriptions: []classictypes.ListenerDescription{
			listening(nil), listening(aws.String("")), listening(aws.String("arn:aws:iam::1:server-certificate/ours")),
		}},
	}}, nil
}

func (fakeClassic) DescribeTags(
	_ context.Context, in *classic.DescribeTagsInput, _ ...func(*classic.Options),
) (*classic.DescribeTagsOutput, error) {
	var out classic.DescribeTagsOutput
	for i := range in.LoadBalancerNames {
		out.TagDescriptions = append(out.TagDescriptions, classictypes.TagDescription{
			LoadBalancerName: &in.LoadBalancerNames[i], Tags: []classictypes.Tag{
				{Key: aws.String("Project"), Value: aws.String("torii")}, {Key: aws.String("Stack"), Value: aws.String("prod")},
				{Key: aws.String("Name"), Value: aws.String("torii-prod-web-clb")},
			},
		})
	}
	return &out, nil
}

// fakeELB has a gate of ours, whose listeners are given, and one of another stack in the same VPC.
type fakeELB struct {
	elbAPI
	listeners []elbtypes.Listener
}

func (fakeELB) DescribeLoadBalancers(
	context.Context, *elb.DescribeLoadBalancersInput, ...func(*elb.Options),
) (*elb.DescribeLoadBalancersOutput, error) {
	return &elb.DescribeLoadBalancersOutput{LoadBalancers: []elbtypes.LoadBalancer{
		{LoadBalancerArn: aws.String("theirs"), VpcId: aws.String("vpc-1")}, {LoadBalancerArn: aws.String("gate"), VpcId: aws.String("vpc-1")},
	}}, nil
}

func (fakeELB) DescribeTags(_ context.Context, in *elb.DescribeTagsInput, _ ...func(*elb.Options)) (*elb.DescribeTagsOutput, error) {
	var out elb.DescribeTagsOutput
	for i, arn := range in.ResourceArns {
		stack := "prod"
		if arn == "theirs" {
			stack = "second"
		}
		out.TagDescriptions = append(out.TagDescriptions, elbtypes.TagDescription{ResourceArn: &in.ResourceArns[i], Tags: []elbtypes.Tag{
			{Key: aws.String("Project"), Value: aws.String("torii")}, {Key: aws.String("Stack"), Value: aws.String(stack)},
			{Key: aws.String("Name"), Value: aws.String("torii-" + stack + "-gate")},
		}})
	}
	return &out, nil
}

func (f fakeELB) DescribeListeners(_ context.Context, in *elb.DescribeListenersInput, _ ...func(*elb.Options)) (*elb.DescribeListenersOutput, error) {
	if aws.ToString(in.LoadBalancerArn) != "gate" {
		return &elb.DescribeListenersOutput{Listeners: []elbtypes.Listener{{Certificates: []elbtypes.Certificate{{}}}}}, nil
	}
	return &elb.DescribeListenersOutput{Listeners: f.listeners}, nil
}

func (fakeELB) DescribeListenerCertificates(
	_ context.Context, in *elb.DescribeListenerCertificatesInput, _ ...func(*elb.Options),
) (*elb.DescribeListenerCertificatesOutput, error) {
	if in.Marker == nil {
		return &elb.DescribeListenerCertificatesOutput{
			Certificates: []elbtypes.Certificate{{CertificateArn: aws.String("arn:aws:acm:::certificate/default")}}, NextMarker: aws.String("more"),
		}, nil
	}
	return &elb.DescribeListenerCertificatesOutput{Certificates: []elbtypes.Certificate{
		{CertificateArn: aws.String("arn:aws:acm:::certificate/added")}, {CertificateArn: aws.String("arn:aws:acm:::certificate/default")},
	}}, nil
}

// TestCertificateARNs wants the certificates of all the stack's listeners, each once, and of no other's.
func TestCertificateARNs(t *testing.T) {
	t.Parallel()
	ask := func(mode string) (*asker, []string) {
		a := &asker{tags: map[string]string{"Project": "torii", "Stack": "prod"}, Options: Options{
			AWS: AWS{Classic: fakeClassic{}, ELB: fakeELB{listeners: []elbtypes.Listener{
				{}, // HTTP has none
				{ListenerArn: aws.String("https"), Certificates: []elbtypes.Certificate{{}}, MutualAuthentication: &elbtypes.MutualAuthenticationAttributes{
					Mode: aws.String(mode),
				}},
			}}},
			Outputs: Outputs{VPCID: "vpc-1", LoadBalancerARN: "gate", Fleets: map[string]Fleet{"web": {URLs: map[string]string{"clb": "x"}}}},
		}}
		arns, err := a.certificateARNs(t.Context())
		require.NoError(t, err)
		return a, arns
	}
	a, arns := ask("off")
	assert.Equal(t, []string{
		"arn:aws:acm:::certificate/added", "arn:aws:acm:::certificate/default", "arn:aws:iam::1:server-certificate/ours",
	}, arns)
	assert.False(t, a.mutual)
	a, _ = ask("verify")
	assert.True(t, a.mutual, "the gate asks clients for a certificate")
}
