//go:build integration

package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	route53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What AWS must say of system A, part by part.

func checkNetwork(t *testing.T, c clients) {
	vpc := c.vpc()
	assert.Equal(t, "10.0.0.0/16", aws.ToString(vpc.CidrBlock))
	for _, attribute := range []ec2types.VpcAttributeName{ec2types.VpcAttributeNameEnableDnsHostnames, ec2types.VpcAttributeNameEnableDnsSupport} {
		found, err := c.ec2.DescribeVpcAttribute(t.Context(), &ec2.DescribeVpcAttributeInput{VpcId: vpc.VpcId, Attribute: attribute})
		require.NoError(t, err)
		value := found.EnableDnsSupport
		if attribute == ec2types.VpcAttributeNameEnableDnsHostnames {
			value = found.EnableDnsHostnames
		}
		assert.True(t, aws.ToBool(value.Value), attribute)
	}
	subnets, err := c.ec2.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{Filters: inVPC(vpc.VpcId)})
	require.NoError(t, err)
	places := map[string]string{}
	for _, subnet := range subnets.Subnets {
		assert.False(t, aws.ToBool(subnet.MapPublicIpOnLaunch))
		places[aws.ToString(subnet.CidrBlock)] = aws.ToString(subnet.AvailabilityZone)
	}
	assert.Equal(t, map[string]string{
		"10.0.0.0/20": "ap-northeast-1a", "10.0.32.0/20": "ap-northeast-1c",
		"10.0.128.0/21": "ap-northeast-1a", "10.0.144.0/21": "ap-northeast-1c",
	}, places)
	checkWaysOut(t, c, 1)

	acls, err := c.ec2.DescribeNetworkAcls(t.Context(), &ec2.DescribeNetworkAclsInput{
		Filters: append(inVPC(vpc.VpcId), ours()...),
	})
	require.NoError(t, err)
	require.Len(t, acls.NetworkAcls, 3)
	for _, acl := range acls.NetworkAcls {
		if aws.ToBool(acl.IsDefault) {
			assert.Empty(t, acl.Associations, "subnets have lists of their own")
			assert.Empty(t, slices.DeleteFunc(acl.Entries, func(e ec2types.NetworkAclEntry) bool {
				return e.RuleAction == ec2types.RuleActionDeny
			}), "the VPC's default list lets nothing pass")
			continue
		}
		assert.Len(t, acl.Associations, 2, "each tier's ACL is that of its two subnets")
		for _, entry := range acl.Entries {
			if entry.RuleAction == ec2types.RuleActionAllow {
				assert.Equal(t, "6", aws.ToString(entry.Protocol), "only TCP is let through")
			}
		}
	}
	endpoints, err := c.ec2.DescribeVpcEndpoints(t.Context(), &ec2.DescribeVpcEndpointsInput{Filters: inVPC(vpc.VpcId)})
	require.NoError(t, err)
	require.Len(t, endpoints.VpcEndpoints, 1)
	assert.Equal(t, "com.amazonaws.ap-northeast-1.s3", aws.ToString(endpoints.VpcEndpoints[0].ServiceName))
	assert.Contains(t, aws.ToString(endpoints.VpcEndpoints[0].PolicyDocument),
		`"Condition":{"StringEquals":{"aws:SourceVpc":["`+aws.ToString(vpc.VpcId)+`"]}}`, "others only read")
	assert.Equal(t, ec2types.VpcEndpointTypeGateway, endpoints.VpcEndpoints[0].VpcEndpointType)
	assert.Len(t, endpoints.VpcEndpoints[0].RouteTableIds, 2)
}

// checkWaysOut wants the tasks' subnets to leave through NAT gateways only.
func checkWaysOut(t *testing.T, c clients, gateways int) {
	used := map[string]bool{}
	for family, service := range c.services() {
		for _, subnet := range service.NetworkConfiguration.AwsvpcConfiguration.Subnets {
			out := 0
			for _, route := range c.routesOf(subnet) {
				assert.False(t, strings.HasPrefix(aws.ToString(route.GatewayId), "igw-"), "%s: %s leads straight to the internet", family, subnet)
				if aws.ToString(route.DestinationCidrBlock) == "0.0.0.0/0" {
					out++
					require.NotNil(t, route.NatGatewayId)
					used[*route.NatGatewayId] = true
				}
			}
			assert.Equal(t, 1, out, "default routes of %s", subnet)
		}
	}
	assert.Len(t, used, gateways)
}

func checkFirewall(t *testing.T, c clients) {
	vpc := c.vpc()
	rules := c.rules(vpc.VpcId)
	require.ElementsMatch(t, []string{"default", "torii gateway", "torii site"}, keys(rules))
	assert.Empty(t, rules["default"], "the VPC's default group has no rules")

	gate, _ := c.gate()
	require.Len(t, gate.SecurityGroups, 1)
	inbound := slices.DeleteFunc(slices.Clone(rules["torii site"]), func(r ec2types.SecurityGroupRule) bool { return aws.ToBool(r.IsEgress) })
	require.Len(t, inbound, 1, "the service's group has one inbound rule")
	assert.Equal(t, gate.SecurityGroups[0], aws.ToString(inbound[0].ReferencedGroupInfo.GroupId))
	assert.Equal(t, int32(80), aws.ToInt32(inbound[0].FromPort))
	assert.Equal(t, int32(80), aws.ToInt32(inbound[0].ToPort))

	for name, group := range rules {
		for _, rule := range group {
			assert.NotEmpty(t, aws.ToString(rule.Description), "%s says not why", name)
			if aws.ToString(rule.CidrIpv4) == "" {
				continue
			}
			if aws.ToBool(rule.IsEgress) {
				assert.Equal(t, "torii site", name)
				assert.Equal(t, int32(443), aws.ToInt32(rule.FromPort))
				assert.Equal(t, int32(443), aws.ToInt32(rule.ToPort))
			} else {
				assert.Equal(t, "torii gateway", name, "no group but the gate's admits addresses")
				assert.Contains(t, []int32{80, 443}, aws.ToInt32(rule.FromPort))
			}
		}
	}
}

func checkGate(t *testing.T, c clients) {
	gate, listeners := c.gate()
	assert.Equal(t, elbtypes.LoadBalancerSchemeEnumInternetFacing, gate.Scheme)
	assert.Equal(t, elbtypes.LoadBalancerTypeEnumApplication, gate.Type)
	found, err := c.elb.DescribeLoadBalancerAttributes(t.Context(), &elb.DescribeLoadBalancerAttributesInput{LoadBalancerArn: gate.LoadBalancerArn})
	require.NoError(t, err)
	attributes := map[string]string{}
	for _, attribute := range found.Attributes {
		attributes[aws.ToString(attribute.Key)] = aws.ToString(attribute.Value)
	}
	for key, want := range map[string]string{
		"routing.http.drop_invalid_header_fields.enabled": "true", "routing.http2.enabled": "true",
		"idle_timeout.timeout_seconds": "60", "deletion_protection.enabled": "false", "access_logs.s3.enabled": "true",
	} {
		assert.Equal(t, want, attributes[key], key)
	}
	checkBucket(t, c, attributes["access_logs.s3.bucket"])

	require.Len(t, listeners, 2)
	require.Len(t, listeners[80].DefaultActions, 1)
	redirect := listeners[80].DefaultActions[0].RedirectConfig
	require.NotNil(t, redirect)
	assert.Equal(t, elbtypes.RedirectActionStatusCodeEnumHttp301, redirect.StatusCode)
	assert.Equal(t, "HTTPS", aws.ToString(redirect.Protocol))
	assert.Equal(t, "443", aws.ToString(redirect.Port))
	assert.Equal(t, elbtypes.ProtocolEnumHttps, listeners[443].Protocol)
	assert.Equal(t, "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", aws.ToString(listeners[443].SslPolicy))
	require.Len(t, listeners[443].DefaultActions, 1)
	require.NotNil(t, listeners[443].DefaultActions[0].FixedResponseConfig)
	assert.Equal(t, "404", aws.ToString(listeners[443].DefaultActions[0].FixedResponseConfig.StatusCode))
	assert.Equal(t, map[string]string{"www.example.jp": "16606"}, c.hosts(listeners[443]))
}

// hosts are the hosts that a listener's rules lead on, with their priorities.
func (c clients) hosts(listener elbtypes.Listener) map[string]string {
	c.t.Helper()
	found, err := c.elb.DescribeRules(c.t.Context(), &elb.DescribeRulesInput{ListenerArn: listener.ListenerArn})
	require.NoError(c.t, err)
	all := map[string]string{}
	for _, rule := range found.Rules {
		for _, condition := range rule.Conditions {
			if condition.HostHeaderConfig == nil {
				continue
			}
			for _, host := range condition.HostHeaderConfig.Values {
				all[host] = aws.ToString(rule.Priority)
			}
		}
	}
	return all
}

func checkBucket(t *testing.T, c clients, bucket string) {
	require.NotEmpty(t, bucket)
	encryption, err := c.s3.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: &bucket})
	require.NoError(t, err)
	assert.Equal(t, s3types.ServerSideEncryptionAes256,
		encryption.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm)
	block, err := c.s3.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: &bucket})
	require.NoError(t, err)
	for _, on := range []*bool{
		block.PublicAccessBlockConfiguration.BlockPublicAcls, block.PublicAccessBlockConfiguration.BlockPublicPolicy,
		block.PublicAccessBlockConfiguration.IgnorePublicAcls, block.PublicAccessBlockConfiguration.RestrictPublicBuckets,
	} {
		assert.True(t, aws.ToBool(on))
	}
	policy, err := c.s3.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &bucket})
	require.NoError(t, err)
	assert.Contains(t, aws.ToString(policy.Policy), "arn:aws:iam::582318560864:root", "Tokyo's load balancers write as this account")
	assert.Contains(t, aws.ToString(policy.Policy), "aws:SecureTransport")
}

func checkNames(t *testing.T, c clients) {
	gate, listeners := c.gate()
	require.Len(t, listeners[443].Certificates, 1)
	certificate := c.certificate(listeners[443].Certificates[0].CertificateArn)
	assert.Equal(t, acmtypes.CertificateStatusIssued, certificate.Status)
	assert.Equal(t, "www.example.jp", aws.ToString(certificate.DomainName))
	assert.Equal(t, acmtypes.ValidationMethodDns, certificate.DomainValidationOptions[0].ValidationMethod)

	records := c.records()
	alias := records["www.example.jp. A"]
	require.NotNil(t, alias.AliasTarget)
	assert.Equal(t, aws.ToString(gate.DNSName), strings.TrimSuffix(aws.ToString(alias.AliasTarget.DNSName), "."))
	assert.Equal(t, aws.ToString(gate.CanonicalHostedZoneId), aws.ToString(alias.AliasTarget.HostedZoneId))
	proof := certificate.DomainValidationOptions[0].ResourceRecord
	validation := records[aws.ToString(proof.Name)+" CNAME"]
	require.Len(t, validation.ResourceRecords, 1)
	assert.Equal(t, aws.ToString(proof.Value), aws.ToString(validation.ResourceRecords[0].Value))
}

func (c clients) certificate(arn *string) *acmtypes.CertificateDetail {
	c.t.Helper()
	found, err := c.acm.DescribeCertificate(c.t.Context(), &acm.DescribeCertificateInput{CertificateArn: arn})
	require.NoError(c.t, err)
	return found.Certificate
}

// records are the records of the only hosted zone, by name and type.
func (c clients) records() map[string]route53types.ResourceRecordSet {
	c.t.Helper()
	zones, err := c.route53.ListHostedZones(c.t.Context(), &route53.ListHostedZonesInput{})
	require.NoError(c.t, err)
	require.Len(c.t, zones.HostedZones, 1)
	found, err := c.route53.ListResourceRecordSets(c.t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: zones.HostedZones[0].Id})
	require.NoError(c.t, err)
	all := map[string]route53types.ResourceRecordSet{}
	for _, record := range found.ResourceRecordSets {
		all[aws.ToString(record.Name)+" "+string(record.Type)] = record
	}
	return all
}

func checkWebACL(t *testing.T, c clients) {
	gate, _ := c.gate()
	found, err := c.waf.GetWebACLForResource(t.Context(), &wafv2.GetWebACLForResourceInput{ResourceArn: gate.LoadBalancerArn})
	require.NoError(t, err)
	acl := found.WebACL
	require.NotNil(t, acl, "the gate has no web ACL")
	assert.NotNil(t, acl.DefaultAction.Block)
	assert.Nil(t, acl.DefaultAction.Allow)
	var names []string
	var geo waftypes.Rule
	for _, rule := range acl.Rules {
		names = append(names, aws.ToString(rule.Name))
		assert.True(t, rule.VisibilityConfig.CloudWatchMetricsEnabled, aws.ToString(rule.Name))
		if rule.Statement.GeoMatchStatement != nil {
			geo = rule
		}
	}
	assert.ElementsMatch(t, []string{"ip-reputation", "common", "known-bad-inputs", "rate-limit", "allowed-countries"}, names)
	assert.Equal(t, []waftypes.CountryCode{waftypes.CountryCodeJp}, geo.Statement.GeoMatchStatement.CountryCodes)
	assert.NotNil(t, geo.Action.Allow)
	for _, rule := range acl.Rules {
		assert.LessOrEqual(t, rule.Priority, geo.Priority, "letting a country in comes last")
	}
	logging, err := c.waf.GetLoggingConfiguration(t.Context(), &wafv2.GetLoggingConfigurationInput{ResourceArn: acl.ARN})
	require.NoError(t, err)
	require.Len(t, logging.LoggingConfiguration.LogDestinationConfigs, 1)
	assert.Contains(t, logging.LoggingConfiguration.LogDestinationConfigs[0], ":log-group:aws-waf-logs-gate-")
}

func checkService(t *testing.T, c clients) {
	services := c.services()
	require.Equal(t, []string{"torii-fargate-web-site"}, keys(services))
	service := services["torii-fargate-web-site"]
	network := service.NetworkConfiguration.AwsvpcConfiguration
	assert.Equal(t, ecstypes.AssignPublicIpDisabled, network.AssignPublicIp)
	assert.Len(t, network.Subnets, 2)
	assert.Len(t, network.SecurityGroups, 1)
	assert.Equal(t, ecstypes.LaunchTypeFargate, service.LaunchType)
	assert.Equal(t, int32(2), service.DesiredCount)
	assert.Equal(t, int32(2), service.RunningCount)
	breaker := service.DeploymentConfiguration.DeploymentCircuitBreaker
	assert.True(t, breaker.Enable && breaker.Rollback)
	require.Len(t, service.LoadBalancers, 1)
	assert.Equal(t, int32(80), aws.ToInt32(service.LoadBalancers[0].ContainerPort))

	described, err := c.ecs.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: service.TaskDefinition})
	require.NoError(t, err)
	task := described.TaskDefinition
	assert.Equal(t, []string{"256", "512"}, []string{aws.ToString(task.Cpu), aws.ToString(task.Memory)})
	require.Len(t, task.ContainerDefinitions, 1)
	container := task.ContainerDefinitions[0]
	assert.Equal(t, "public.ecr.aws/docker/library/nginx:1.28.0", aws.ToString(container.Image))
	assert.True(t, aws.ToBool(container.ReadonlyRootFilesystem))
	assert.Len(t, container.MountPoints, 3)

	groups, err := c.elb.DescribeTargetGroups(t.Context(), &elb.DescribeTargetGroupsInput{
		TargetGroupArns: []string{aws.ToString(service.LoadBalancers[0].TargetGroupArn)},
	})
	require.NoError(t, err)
	require.Len(t, groups.TargetGroups, 1)
	assert.Equal(t, elbtypes.TargetTypeEnumIp, groups.TargetGroups[0].TargetType)
	assert.Equal(t, "/", aws.ToString(groups.TargetGroups[0].HealthCheckPath))
	assert.Equal(t, int32(15), aws.ToInt32(groups.TargetGroups[0].HealthCheckIntervalSeconds))

	scaling, err := c.scaling.DescribeScalingPolicies(t.Context(), &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs,
	})
	require.NoError(t, err)
	var metrics []string
	for _, policy := range scaling.ScalingPolicies {
		metrics = append(metrics, string(policy.TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.PredefinedMetricType))
	}
	assert.ElementsMatch(t, []string{"ECSServiceAverageCPUUtilization", "ALBRequestCountPerTarget"}, metrics)
}

func checkLogs(t *testing.T, c clients) {
	found, err := c.logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	require.NoError(t, err)
	require.Len(t, found.LogGroups, 3, "flow logs, WAF, the service")
	for _, group := range found.LogGroups {
		assert.Equal(t, int32(90), aws.ToInt32(group.RetentionInDays), aws.ToString(group.LogGroupName))
	}
	flows, err := c.ec2.DescribeFlowLogs(t.Context(), &ec2.DescribeFlowLogsInput{})
	require.NoError(t, err)
	require.Len(t, flows.FlowLogs, 1)
	assert.Equal(t, ec2types.TrafficTypeAll, flows.FlowLogs[0].TrafficType)
	assert.Equal(t, aws.ToString(c.vpc().VpcId), aws.ToString(flows.FlowLogs[0].ResourceId))
}

func checkSecondWorkload(t *testing.T, c clients, before ecstypes.Service) {
	_, listeners := c.gate()
	assert.Equal(t, map[string]string{"www.example.jp": "16606", "api.example.jp": "24567"}, c.hosts(listeners[443]))
	served, err := c.elb.DescribeListenerCertificates(t.Context(), &elb.DescribeListenerCertificatesInput{ListenerArn: listeners[443].ListenerArn})
	require.NoError(t, err)
	names := map[string]bool{}
	for _, each := range served.Certificates {
		certificate := c.certificate(each.CertificateArn)
		assert.Equal(t, acmtypes.CertificateStatusIssued, certificate.Status)
		names[aws.ToString(certificate.DomainName)] = true
	}
	assert.ElementsMatch(t, []string{"www.example.jp", "api.example.jp"}, keys(names))
	assert.Contains(t, c.records(), "api.example.jp. A")

	services := c.services()
	require.ElementsMatch(t, []string{"torii-fargate-web-site", "torii-fargate-web-api"}, keys(services))
	after := services["torii-fargate-web-site"]
	assert.Equal(t, before.ServiceArn, after.ServiceArn)
	assert.Equal(t, before.TaskDefinition, after.TaskDefinition)
	assert.Equal(t, before.LoadBalancers, after.LoadBalancers)
	assert.Equal(t, int32(1), services["torii-fargate-web-api"].DesiredCount)

	rules := c.rules(c.vpc().VpcId)
	require.Contains(t, rules, "torii api")
	inbound := slices.DeleteFunc(slices.Clone(rules["torii api"]), func(r ec2types.SecurityGroupRule) bool { return aws.ToBool(r.IsEgress) })
	require.Len(t, inbound, 1)
	assert.Equal(t, int32(8080), aws.ToInt32(inbound[0].FromPort))
}

func keys[V any](m map[string]V) []string {
	all := make([]string, 0, len(m))
	for key := range m {
		all = append(all, key)
	}
	return all
}
