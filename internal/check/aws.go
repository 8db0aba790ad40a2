package check

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/dlm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	classic "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
)

type ec2Tag = ec2types.Tag

// AWS is what answers, by service. All of it only reads.
type AWS struct {
	ACM     acmAPI
	Classic classicAPI
	DLM     dlmAPI
	EC2     ec2API
	ECS     ecsAPI
	ELB     elbAPI
	Groups  groupsAPI
	IAM     iamAPI
	Trails  trailsAPI
	WAF     wafAPI
}

// NewAWS makes the clients of one region.
func NewAWS(config aws.Config) AWS {
	return AWS{
		ACM: acm.NewFromConfig(config), Classic: classic.NewFromConfig(config), DLM: dlm.NewFromConfig(config),
		EC2: ec2.NewFromConfig(config), ECS: ecs.NewFromConfig(config), ELB: elb.NewFromConfig(config),
		Groups: autoscaling.NewFromConfig(config), IAM: iam.NewFromConfig(config), Trails: cloudtrail.NewFromConfig(config),
		WAF: wafv2.NewFromConfig(config),
	}
}

type acmAPI interface {
	DescribeCertificate(context.Context, *acm.DescribeCertificateInput, ...func(*acm.Options)) (*acm.DescribeCertificateOutput, error)
	ListTagsForCertificate(
		context.Context, *acm.ListTagsForCertificateInput, ...func(*acm.Options),
	) (*acm.ListTagsForCertificateOutput, error)
}

type classicAPI interface {
	classic.DescribeLoadBalancersAPIClient
	DescribeTags(context.Context, *classic.DescribeTagsInput, ...func(*classic.Options)) (*classic.DescribeTagsOutput, error)
	DescribeInstanceHealth(
		context.Context, *classic.DescribeInstanceHealthInput, ...func(*classic.Options),
	) (*classic.DescribeInstanceHealthOutput, error)
}

type dlmAPI interface {
	GetLifecyclePolicies(
		context.Context, *dlm.GetLifecyclePoliciesInput, ...func(*dlm.Options),
	) (*dlm.GetLifecyclePoliciesOutput, error)
}

type ec2API interface {
	ec2.DescribeInstancesAPIClient
	ec2.DescribeNatGatewaysAPIClient
	ec2.DescribeNetworkInterfacesAPIClient
	ec2.DescribeRouteTablesAPIClient
	ec2.DescribeSnapshotsAPIClient
	ec2.DescribeVolumesAPIClient
	ec2.DescribeVpcsAPIClient
}

type ecsAPI interface {
	ecs.ListServicesAPIClient
	ecs.ListTaskDefinitionsAPIClient
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
}

type elbAPI interface {
	elb.DescribeListenersAPIClient
	elb.DescribeListenerCertificatesAPIClient
	elb.DescribeLoadBalancersAPIClient
	elb.DescribeTargetGroupsAPIClient
	DescribeTags(context.Context, *elb.DescribeTagsInput, ...func(*elb.Options)) (*elb.DescribeTagsOutput, error)
	DescribeTargetHealth(context.Context, *elb.DescribeTargetHealthInput, ...func(*elb.Options)) (*elb.DescribeTargetHealthOutput, error)
}

type groupsAPI interface {
	autoscaling.DescribeAutoScalingGroupsAPIClient
	autoscaling.DescribeInstanceRefreshesAPIClient
}

type iamAPI interface {
	GetServerCertificate(context.Context, *iam.GetServerCertificateInput, ...func(*iam.Options)) (*iam.GetServerCertificateOutput, error)
}

type trailsAPI interface {
	GetTrailStatus(context.Context, *cloudtrail.GetTrailStatusInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailStatusOutput, error)
}

type wafAPI interface {
	GetWebACLForResource(context.Context, *wafv2.GetWebACLForResourceInput, ...func(*wafv2.Options)) (*wafv2.GetWebACLForResourceOutput, error)
}
