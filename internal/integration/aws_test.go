//go:build integration

package integration

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dlm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	classic "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/stretchr/testify/require"
)

// clients ask the local AWS, and no other.
type clients struct {
	t       *testing.T
	acm     *acm.Client
	alarms  *cloudwatch.Client
	budgets *budgets.Client
	classic *classic.Client
	dlm     *dlm.Client
	ec2     *ec2.Client
	ecs     *ecs.Client
	elb     *elb.Client
	events  *eventbridge.Client
	groups  *autoscaling.Client
	iam     *iam.Client
	kms     *kms.Client
	logs    *cloudwatchlogs.Client
	queues  *sqs.Client
	route53 *route53.Client
	s3      *s3.Client
	scaling *applicationautoscaling.Client
	secrets *secretsmanager.Client
	sns     *sns.Client
	ssm     *ssm.Client
	trails  *cloudtrail.Client
	waf     *wafv2.Client
}

// asked is the configuration of whoever asks the local AWS.
func (s *site) asked() aws.Config {
	return aws.Config{
		Region:       s.region,
		BaseEndpoint: aws.String(s.server.URL),
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
}

func (s *site) ask() clients {
	config := s.asked()
	return clients{
		t: s.t, acm: acm.NewFromConfig(config), alarms: cloudwatch.NewFromConfig(config), budgets: budgets.NewFromConfig(config), classic: classic.NewFromConfig(config), ec2: ec2.NewFromConfig(config), ecs: ecs.NewFromConfig(config),
		elb: elb.NewFromConfig(config), logs: cloudwatchlogs.NewFromConfig(config),
		route53: route53.NewFromConfig(config), scaling: applicationautoscaling.NewFromConfig(config),
		waf: wafv2.NewFromConfig(config), dlm: dlm.NewFromConfig(config), groups: autoscaling.NewFromConfig(config),
		trails: cloudtrail.NewFromConfig(config), events: eventbridge.NewFromConfig(config), kms: kms.NewFromConfig(config),
		sns: sns.NewFromConfig(config), queues: sqs.NewFromConfig(config),
		iam: iam.NewFromConfig(config), secrets: secretsmanager.NewFromConfig(config), ssm: ssm.NewFromConfig(config),
		s3: s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true }),
	}
}

func testContext() context.Context { return context.Background() }

// vpc is the VPC that Torii made: the one with its tag.
func (c clients) vpc() ec2types.Vpc {
	c.t.Helper()
	found, err := c.ec2.DescribeVpcs(c.t.Context(), &ec2.DescribeVpcsInput{Filters: ours()})
	require.NoError(c.t, err)
	require.Len(c.t, found.Vpcs, 1)
	return found.Vpcs[0]
}

func ours() []ec2types.Filter {
	return []ec2types.Filter{{Name: aws.String("tag:Project"), Values: []string{"torii"}}}
}

func inVPC(id *string) []ec2types.Filter {
	return []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{aws.ToString(id)}}}
}

// routesOf are the routes of the table that a subnet is bound to.
func (c clients) routesOf(subnet string) []ec2types.Route {
	c.t.Helper()
	found, err := c.ec2.DescribeRouteTables(c.t.Context(), &ec2.DescribeRouteTablesInput{
		Filters: []ec2types.Filter{{Name: aws.String("association.subnet-id"), Values: []string{subnet}}},
	})
	require.NoError(c.t, err)
	require.Len(c.t, found.RouteTables, 1, "subnet %s is bound to no table of its own", subnet)
	return found.RouteTables[0].Routes
}

// rules are the security group rules of the VPC, by the name of their group's party.
func (c clients) rules(vpc *string) map[string][]ec2types.SecurityGroupRule {
	c.t.Helper()
	groups, err := c.ec2.DescribeSecurityGroups(c.t.Context(), &ec2.DescribeSecurityGroupsInput{Filters: inVPC(vpc)})
	require.NoError(c.t, err)
	all := map[string][]ec2types.SecurityGroupRule{}
	for _, group := range groups.SecurityGroups {
		name := aws.ToString(group.GroupName)
		if name != "default" {
			name = aws.ToString(group.Description)
		}
		found, err := c.ec2.DescribeSecurityGroupRules(c.t.Context(), &ec2.DescribeSecurityGroupRulesInput{
			Filters: []ec2types.Filter{{Name: aws.String("group-id"), Values: []string{aws.ToString(group.GroupId)}}},
		})
		require.NoError(c.t, err)
		all[name] = found.SecurityGroupRules
	}
	return all
}

// gate is the load balancer, and its listeners by port.
func (c clients) gate() (elbtypes.LoadBalancer, map[int32]elbtypes.Listener) {
	c.t.Helper()
	found, err := c.elb.DescribeLoadBalancers(c.t.Context(), &elb.DescribeLoadBalancersInput{})
	require.NoError(c.t, err)
	require.Len(c.t, found.LoadBalancers, 1)
	gate := found.LoadBalancers[0]
	listeners, err := c.elb.DescribeListeners(c.t.Context(), &elb.DescribeListenersInput{LoadBalancerArn: gate.LoadBalancerArn})
	require.NoError(c.t, err)
	ports := map[int32]elbtypes.Listener{}
	for _, listener := range listeners.Listeners {
		ports[aws.ToInt32(listener.Port)] = listener
	}
	return gate, ports
}

// services are the ECS services of the only cluster, by the family of what they run.
func (c clients) services() map[string]ecstypes.Service {
	c.t.Helper()
	clusters, err := c.ecs.ListClusters(c.t.Context(), &ecs.ListClustersInput{})
	require.NoError(c.t, err)
	require.Len(c.t, clusters.ClusterArns, 1)
	listed, err := c.ecs.ListServices(c.t.Context(), &ecs.ListServicesInput{Cluster: aws.String(clusters.ClusterArns[0])})
	require.NoError(c.t, err)
	described, err := c.ecs.DescribeServices(c.t.Context(), &ecs.DescribeServicesInput{
		Cluster: aws.String(clusters.ClusterArns[0]), Services: listed.ServiceArns,
	})
	require.NoError(c.t, err)
	all := map[string]ecstypes.Service{}
	for _, service := range described.Services {
		task, err := c.ecs.DescribeTaskDefinition(c.t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: service.TaskDefinition})
		require.NoError(c.t, err)
		all[aws.ToString(task.TaskDefinition.Family)] = service
	}
	return all
}
