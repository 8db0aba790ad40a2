//go:build integration

package integration

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	classic "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
)

// What AWS must say of system C, part by part.

// groupNamed is the Auto Scaling group with a Name tag.
func (c clients) groupNamed(name string) scalingtypes.AutoScalingGroup {
	c.t.Helper()
	found, err := c.groups.DescribeAutoScalingGroups(c.t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
	require.NoError(c.t, err)
	for _, group := range found.AutoScalingGroups {
		for _, tag := range group.Tags {
			if aws.ToString(tag.Key) == "Name" && aws.ToString(tag.Value) == name {
				return group
			}
		}
	}
	require.Fail(c.t, "no Auto Scaling group "+name)
	return scalingtypes.AutoScalingGroup{}
}

// members are the instances of a group that live.
func (c clients) membersOf(group scalingtypes.AutoScalingGroup) []ec2types.Instance {
	c.t.Helper()
	var all []ec2types.Instance
	for _, member := range group.Instances {
		instance := c.instance(aws.ToString(member.InstanceId))
		if instance.State.Name == ec2types.InstanceStateNameRunning {
			all = append(all, instance)
		}
	}
	return all
}

func checkFleet(t *testing.T, c clients) {
	group := c.groupNamed("torii-web-fleet-web")
	assert.Equal(t, []int32{2, 4}, []int32{aws.ToInt32(group.MinSize), aws.ToInt32(group.MaxSize)})
	assert.Equal(t, "ELB", aws.ToString(group.HealthCheckType))
	assert.Equal(t, int32(300), aws.ToInt32(group.HealthCheckGracePeriod))
	machines := c.membersOf(group)
	require.Len(t, machines, 2)
	zones := map[string]bool{}
	for _, machine := range machines {
		assert.Nil(t, machine.PublicIpAddress)
		assert.Equal(t, ec2types.InstanceTypeT3Micro, machine.InstanceType)
		assert.Equal(t, ec2types.HttpTokensStateRequired, machine.MetadataOptions.HttpTokens)
		assert.Contains(t, c.userData(machine), "nginx")
		for _, route := range c.routesOf(aws.ToString(machine.SubnetId)) {
			assert.NotContains(t, aws.ToString(route.GatewayId), "igw-")
		}
		zones[aws.ToString(machine.Placement.AvailabilityZone)] = true
	}
	assert.Len(t, zones, 2)
	policies, err := c.groups.DescribePolicies(t.Context(), &autoscaling.DescribePoliciesInput{AutoScalingGroupName: group.AutoScalingGroupName})
	require.NoError(t, err)
	require.Len(t, policies.ScalingPolicies, 1)
	target := policies.ScalingPolicies[0].TargetTrackingConfiguration
	assert.Equal(t, 60.0, aws.ToFloat64(target.TargetValue))
	assert.Equal(t, scalingtypes.MetricTypeASGAverageCPUUtilization, target.PredefinedMetricSpecification.PredefinedMetricType)
}

func checkClassic(t *testing.T, c clients, up localdeploy.Result) {
	found, err := c.classic.DescribeLoadBalancers(t.Context(), &classic.DescribeLoadBalancersInput{})
	require.NoError(t, err)
	require.Len(t, found.LoadBalancerDescriptions, 1)
	balancer := found.LoadBalancerDescriptions[0]
	assert.Equal(t, "internet-facing", aws.ToString(balancer.Scheme))
	ways := map[int32]string{}
	for _, each := range balancer.ListenerDescriptions {
		ways[each.Listener.LoadBalancerPort] = aws.ToString(each.Listener.Protocol)
		assert.Equal(t, int32(80), aws.ToInt32(each.Listener.InstancePort))
		if aws.ToString(each.Listener.Protocol) == "HTTPS" {
			assert.Contains(t, aws.ToString(each.Listener.SSLCertificateId), ":server-certificate/", "signed here, and uploaded to IAM")
		}
	}
	assert.Equal(t, map[int32]string{80: "HTTP", 443: "HTTPS"}, ways)
	assert.Equal(t, "HTTP:80/", aws.ToString(balancer.HealthCheck.Target))
	attributes, err := c.classic.DescribeLoadBalancerAttributes(t.Context(), &classic.DescribeLoadBalancerAttributesInput{
		LoadBalancerName: balancer.LoadBalancerName,
	})
	require.NoError(t, err)
	assert.True(t, attributes.LoadBalancerAttributes.CrossZoneLoadBalancing.Enabled)
	assert.True(t, attributes.LoadBalancerAttributes.ConnectionDraining.Enabled)
	assert.True(t, attributes.LoadBalancerAttributes.AccessLog.Enabled)
	var members []string
	for _, instance := range balancer.Instances {
		members = append(members, aws.ToString(instance.InstanceId))
	}
	var machines []string
	for _, machine := range c.membersOf(c.groupNamed("torii-web-fleet-web")) {
		machines = append(machines, aws.ToString(machine.InstanceId))
	}
	assert.ElementsMatch(t, machines, members, "the group's machines are behind it")
	assert.Equal(t, map[string]any{"web": "https://" + aws.ToString(balancer.DNSName) + "/"}, up.Outputs["urls"].Value)
}

// checkFleetFirewall wants the rows of the flow table, and no more.
func checkFleetFirewall(t *testing.T, c clients) {
	rules := c.rules(c.vpc().VpcId)
	says := func(group string, egress bool) []string {
		var all []string
		for _, rule := range rules["torii "+group] {
			if aws.ToBool(rule.IsEgress) == egress {
				all = append(all, aws.ToString(rule.Description))
			}
		}
		return all
	}
	assert.ElementsMatch(t, []string{"from web-clb: requests and health checks"}, says("web", false))
	assert.ElementsMatch(t, []string{
		"to internet: packages, AWS, and what the servers call", "to nat: forwarded to the internet",
	}, says("web", true))
	assert.ElementsMatch(t, []string{"from internet: clients", "from internet: redirected to HTTPS by the servers"}, says("web-clb", false))
	assert.ElementsMatch(t, []string{"to web: requests and health checks"}, says("web-clb", true))
	assert.ElementsMatch(t, []string{"from web: forwarded to the internet", "from bastion: forwarded to the internet"}, says("nat", false))
	assert.Empty(t, says("bastion", false), "nothing leads to the bastion")
}

// defaultRoute is where a private subnet's way out leads.
func (c clients) defaultRoute() ec2types.Route {
	c.t.Helper()
	subnet := c.membersOf(c.groupNamed("torii-web-fleet-web"))[0].SubnetId
	for _, route := range c.routesOf(aws.ToString(subnet)) {
		if aws.ToString(route.DestinationCidrBlock) == "0.0.0.0/0" {
			return route
		}
	}
	require.Fail(c.t, "no way out")
	return ec2types.Route{}
}

// checkNATInstance wants one machine on an interface that forwards, with a fixed address and no role.
func checkNATInstance(t *testing.T, c clients) {
	route := c.defaultRoute()
	require.NotNil(t, route.NetworkInterfaceId)
	found, err := c.ec2.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{
		NetworkInterfaceIds: []string{aws.ToString(route.NetworkInterfaceId)},
	})
	require.NoError(t, err)
	card := found.NetworkInterfaces[0]
	assert.False(t, aws.ToBool(card.SourceDestCheck), "or AWS drops what is not for itself")
	require.NotNil(t, card.Association, "a fixed address")
	require.NotNil(t, card.Attachment, "a machine is on it")
	machine := c.instance(aws.ToString(card.Attachment.InstanceId))
	assert.Equal(t, ec2types.InstanceStateNameRunning, machine.State.Name)
	assert.Equal(t, ec2types.InstanceTypeT4gNano, machine.InstanceType)
	assert.Nil(t, machine.IamInstanceProfile, "what faces the internet holds no credentials")
	hooks, err := c.groups.DescribeLifecycleHooks(t.Context(), &autoscaling.DescribeLifecycleHooksInput{
		AutoScalingGroupName: c.groupNamed("torii-web-fleet-nat-ap-northeast-1a").AutoScalingGroupName,
	})
	require.NoError(t, err)
	require.Len(t, hooks.LifecycleHooks, 1)
	assert.Equal(t, int32(240), aws.ToInt32(hooks.LifecycleHooks[0].HeartbeatTimeout), "as long as it may take to come up")
	assert.Equal(t, "CONTINUE", aws.ToString(hooks.LifecycleHooks[0].DefaultResult), "nobody tells the group to go on")
	gateways, err := c.ec2.DescribeNatGateways(t.Context(), &ec2.DescribeNatGatewaysInput{
		Filter: []ec2types.Filter{{Name: aws.String("state"), Values: []string{"available"}}},
	})
	require.NoError(t, err)
	assert.Empty(t, gateways.NatGateways)
}

func checkNATGateway(t *testing.T, c clients) {
	route := c.defaultRoute()
	assert.NotNil(t, route.NatGatewayId)
	found, err := c.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{Filters: []ec2types.Filter{
		{Name: aws.String("instance-type"), Values: []string{"t4g.nano"}}, {Name: aws.String("instance-state-name"), Values: []string{"running"}},
	}})
	require.NoError(t, err)
	assert.Empty(t, found.Reservations, "no NAT instance is left")
}

func checkBastionAtRest(t *testing.T, c clients) {
	group := c.groupNamed("torii-web-fleet-bastion")
	assert.Equal(t, []int32{0, 0, 1}, []int32{aws.ToInt32(group.MinSize), aws.ToInt32(group.DesiredCapacity), aws.ToInt32(group.MaxSize)})
	assert.Empty(t, group.Instances)
	nights, err := c.groups.DescribeScheduledActions(t.Context(), &autoscaling.DescribeScheduledActionsInput{
		AutoScalingGroupName: group.AutoScalingGroupName,
	})
	require.NoError(t, err)
	require.Len(t, nights.ScheduledUpdateGroupActions, 1)
	assert.Equal(t, int32(0), aws.ToInt32(nights.ScheduledUpdateGroupActions[0].DesiredCapacity))
	assert.Equal(t, "0 15 * * *", aws.ToString(nights.ScheduledUpdateGroupActions[0].Recurrence), "midnight in Japan")
	alarms, err := c.alarms.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: aws.String("bastion-up-")})
	require.NoError(t, err)
	require.Len(t, alarms.MetricAlarms, 1)
	alarm := alarms.MetricAlarms[0]
	assert.Equal(t, "GroupInServiceInstances", aws.ToString(alarm.MetricName))
	assert.Equal(t, []int32{3600, 24}, []int32{aws.ToInt32(alarm.Period), aws.ToInt32(alarm.EvaluationPeriods)}, "a whole day")
	require.Len(t, alarm.AlarmActions, 1)
	assert.Contains(t, alarm.AlarmActions[0], ":sessions-", "the topic that hears of sessions")
}

// bastionComesAndGoes does what `make bastion-up` and `make bastion-down` do.
func bastionComesAndGoes(t *testing.T, s *site, c clients, chosen settings) {
	c.t = t
	capacity := func(n int32) {
		_, err := c.groups.SetDesiredCapacity(t.Context(), &autoscaling.SetDesiredCapacityInput{
			AutoScalingGroupName: c.groupNamed("torii-web-fleet-bastion").AutoScalingGroupName, DesiredCapacity: aws.Int32(n),
		})
		require.NoError(t, err)
	}
	capacity(1)
	machines := c.membersOf(c.groupNamed("torii-web-fleet-bastion"))
	require.Len(t, machines, 1)
	assert.Nil(t, machines[0].PublicIpAddress)
	assert.Nil(t, machines[0].KeyName)
	s.unchanged(chosen)
	assert.Len(t, c.membersOf(c.groupNamed("torii-web-fleet-bastion")), 1, "up does not stop it")
	capacity(0)
	assert.Empty(t, c.membersOf(c.groupNamed("torii-web-fleet-bastion")))
}

// serversChange gives the servers another type, which refreshes them one after the other.
func serversChange(t *testing.T, s *site, c clients, chosen settings) {
	c.t = t
	before := c.membersOf(c.groupNamed("torii-web-fleet-web"))
	chosen.set("torii:workloads/web/instanceType", "t3.small")
	result := s.up("another type", chosen)
	assert.Empty(t, replaced(result))
	assert.Equal(t, []string{"aws:ec2/launchTemplate:LaunchTemplate web", "aws:autoscaling/group:Group web"}, updated(result))
	after := c.membersOf(c.groupNamed("torii-web-fleet-web"))
	require.Len(t, after, 2)
	for _, machine := range after {
		assert.Equal(t, ec2types.InstanceTypeT3Small, machine.InstanceType)
		for _, old := range before {
			assert.NotEqual(t, aws.ToString(old.InstanceId), aws.ToString(machine.InstanceId))
		}
	}
	s.unchanged(chosen)
}

// checkEveryBalancer wants the same machines behind each kind of load balancer, and the one
// certificate of their host on all.
func checkEveryBalancer(t *testing.T, c clients) {
	var machines []string
	for _, machine := range c.membersOf(c.groupNamed("torii-everything-web")) {
		machines = append(machines, aws.ToString(machine.InstanceId))
	}
	require.Len(t, machines, 2)
	balancers, err := c.elb.DescribeLoadBalancers(t.Context(), &elb.DescribeLoadBalancersInput{})
	require.NoError(t, err)
	kinds := map[elbtypes.LoadBalancerTypeEnum]bool{}
	certificates := map[string]bool{}
	for _, balancer := range balancers.LoadBalancers {
		kinds[balancer.Type] = true
		listeners, err := c.elb.DescribeListeners(t.Context(), &elb.DescribeListenersInput{LoadBalancerArn: balancer.LoadBalancerArn})
		require.NoError(t, err)
		for _, listener := range listeners.Listeners {
			for _, each := range listener.Certificates {
				certificates[aws.ToString(each.CertificateArn)] = true
			}
		}
	}
	assert.Equal(t, map[elbtypes.LoadBalancerTypeEnum]bool{elbtypes.LoadBalancerTypeEnumApplication: true, elbtypes.LoadBalancerTypeEnumNetwork: true}, kinds)
	old, err := c.classic.DescribeLoadBalancers(t.Context(), &classic.DescribeLoadBalancersInput{})
	require.NoError(t, err)
	require.Len(t, old.LoadBalancerDescriptions, 1)
	for _, each := range old.LoadBalancerDescriptions[0].ListenerDescriptions {
		if id := aws.ToString(each.Listener.SSLCertificateId); id != "" {
			certificates[id] = true
		}
	}
	assert.Len(t, certificates, 1, "one for the host, issued by AWS")
	var behind []string
	for _, instance := range old.LoadBalancerDescriptions[0].Instances {
		behind = append(behind, aws.ToString(instance.InstanceId))
	}
	assert.ElementsMatch(t, machines, behind)
	groups, err := c.elb.DescribeTargetGroups(t.Context(), &elb.DescribeTargetGroupsInput{})
	require.NoError(t, err)
	require.Len(t, groups.TargetGroups, 2)
	for _, group := range groups.TargetGroups {
		health, err := c.elb.DescribeTargetHealth(t.Context(), &elb.DescribeTargetHealthInput{TargetGroupArn: group.TargetGroupArn})
		require.NoError(t, err)
		var registered []string
		for _, each := range health.TargetHealthDescriptions {
			registered = append(registered, aws.ToString(each.Target.Id))
		}
		assert.ElementsMatch(t, machines, registered, aws.ToString(group.TargetGroupName))
	}
	ways := map[string]bool{}
	private, err := c.ec2.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{Filters: append(inVPC(c.vpc().VpcId), ec2types.Filter{
		Name: aws.String("tag:Name"), Values: []string{"torii-everything-private-*"},
	})})
	require.NoError(t, err)
	for _, subnet := range private.Subnets {
		for _, route := range c.routesOf(aws.ToString(subnet.SubnetId)) {
			if route.NetworkInterfaceId != nil {
				ways[aws.ToString(route.NetworkInterfaceId)] = true
			}
		}
	}
	assert.Len(t, ways, 2, "each zone leaves through its own")
}
