package stack_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
	"torii/stack"
)

const (
	natToken      = "aws:ec2/natGateway:NatGateway"
	routeToken    = "aws:ec2/route:Route"
	endpointToken = "aws:ec2/vpcEndpoint:VpcEndpoint"
	lbToken       = "aws:lb/loadBalancer:LoadBalancer"
	listenerToken = "aws:lb/listener:Listener"
	ruleToken     = "aws:lb/listenerRule:ListenerRule"
	recordToken   = "aws:route53/record:Record"
	serviceToken  = "aws:ecs/service:Service"
	aclToken      = "aws:wafv2/webAcl:WebAcl"
)

// record runs the program with settings over those of the smallest stack.
func record(t *testing.T, config map[string]string) *recorder.Recording {
	t.Helper()
	all := map[string]string{
		"aws:region":      recorder.Region,
		"torii:network":   `{"zones":["ap-northeast-1a","ap-northeast-1c"]}`,
		"torii:edge":      `{"domain":"example.jp"}`,
		"torii:workloads": `{"site":{"kind":"fargate","host":"www.example.jp"}}`,
	}
	maps.Copy(all, config)
	return recorder.MustRun(t, "test", all, stack.Deploy)
}

func TestGateListeners(t *testing.T) {
	recording := record(t, nil)
	require.Len(t, recording.Of(listenerToken), 2)
	https := recording.One(t, listenerToken, "gate-https")
	assert.Equal(t, 443.0, https.Input("port"))
	assert.Equal(t, "HTTPS", https.Input("protocol"))
	assert.Equal(t, "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", https.Input("sslPolicy"))
	assert.Equal(t, "fixed-response", https.Input("defaultActions[0].type"))
	assert.Equal(t, "404", https.Input("defaultActions[0].fixedResponse.statusCode"))
	assert.True(t, https.After("aws:acm/certificateValidation:CertificateValidation", "gate-site"))

	http := recording.One(t, listenerToken, "gate-http")
	assert.Equal(t, 80.0, http.Input("port"))
	assert.Equal(t, "HTTP", http.Input("protocol"))
	assert.Equal(t, map[string]any{"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"},
		http.Input("defaultActions[0].redirect"))
}

func TestGateLoadBalancer(t *testing.T) {
	recording := record(t, map[string]string{"torii:edge": `{"domain":"example.jp","idleTimeoutSeconds":75}`})
	gate := recording.One(t, lbToken, "gate")
	for path, want := range map[string]any{
		"internal": false, "dropInvalidHeaderFields": true, "enableHttp2": true, "idleTimeout": 75.0,
		"enableDeletionProtection": true, "accessLogs.enabled": true, "accessLogs.bucket": "gate-access-logs",
		"ipAddressType": "ipv4", "subnets[0]": "network-public-ap-northeast-1a-id", "securityGroups[0]": "firewall-gateway-id",
	} {
		assert.Equal(t, want, gate.Input(path), path)
	}
	assert.True(t, gate.After("aws:s3/bucketPolicy:BucketPolicy", "gate-access-logs"), "AWS tries to write before it turns logs on")
	assert.True(t, gate.After("aws:ec2/internetGateway:InternetGateway", "network-internet"))
	assert.True(t, gate.Protect)
	logs := recording.One(t, "aws:s3/bucketV2:BucketV2", "gate-access-logs")
	assert.Equal(t, false, logs.Input("forceDestroy"))
	assert.True(t, logs.Protect)
}

func TestProtectOffLetsTheGateGo(t *testing.T) {
	recording := record(t, map[string]string{"torii:operations": `{"protect":false}`})
	gate, logs := recording.One(t, lbToken, "gate"), recording.One(t, "aws:s3/bucketV2:BucketV2", "gate-access-logs")
	assert.Equal(t, false, gate.Input("enableDeletionProtection"))
	assert.False(t, gate.Protect)
	assert.Equal(t, true, logs.Input("forceDestroy"))
	assert.False(t, logs.Protect)
}

func TestGateFirewallOrder(t *testing.T) {
	recording := record(t, nil)
	acl := recording.One(t, aclToken, "gate")
	assert.Equal(t, map[string]any{}, acl.Input("defaultAction.block"))
	assert.Nil(t, acl.Input("defaultAction.allow"))
	rules, _ := acl.Input("rules").([]any)
	require.Len(t, rules, 5)
	highest := -1.0
	for i, each := range rules {
		rule := each.(map[string]any)
		assert.Greater(t, rule["priority"].(float64), highest)
		highest = rule["priority"].(float64)
		assert.Equal(t, true, rule["visibilityConfig"].(map[string]any)["cloudwatchMetricsEnabled"])
		_, acts := rule["action"]
		_, overrides := rule["overrideAction"]
		assert.Equal(t, i < 3, overrides, "%s", rule["name"])
		assert.Equal(t, i >= 3, acts, "%s", rule["name"])
	}
	assert.Equal(t, map[string]any{"allow": map[string]any{}}, rules[4].(map[string]any)["action"])
	assert.Equal(t, []any{"JP"}, acl.Input("rules[4].statement.geoMatchStatement.countryCodes"))
	assert.Equal(t, 2000.0, acl.Input("rules[3].statement.rateBasedStatement.limit"))

	association := recording.One(t, "aws:wafv2/webAclAssociation:WebAclAssociation", "gate")
	assert.True(t, association.After(listenerToken, "gate-https"))
	logs := recording.One(t, "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "gate")
	assert.True(t, logs.After("aws:cloudwatch/logGroup:LogGroup", "aws-waf-logs-gate"))
	assert.True(t, logs.After("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "gate-waf-logs"))
}

func TestGateLetsEverybodyInWithoutCountries(t *testing.T) {
	acl := record(t, map[string]string{"torii:edge": `{"domain":"example.jp","allowedCountries":[],"rateLimit":0}`}).One(t, aclToken, "gate")
	assert.Equal(t, map[string]any{}, acl.Input("defaultAction.allow"))
	assert.Nil(t, acl.Input("defaultAction.block"))
	assert.Len(t, acl.Input("rules"), 3)
}

func TestServiceOfAWorkload(t *testing.T) {
	recording := record(t, nil)
	service := recording.One(t, serviceToken, "site")
	for path, want := range map[string]any{
		"launchType": "FARGATE", "desiredCount": 2.0, "waitForSteadyState": true, "healthCheckGracePeriodSeconds": 60.0,
		"deploymentCircuitBreaker.enable": true, "deploymentCircuitBreaker.rollback": true,
		"networkConfiguration.securityGroups[0]": "firewall-site-id",
		"loadBalancers[0].containerName":         "site", "loadBalancers[0].containerPort": 80.0,
	} {
		assert.Equal(t, want, service.Input(path), path)
	}
	assert.Equal(t, []string{"desiredCount"}, service.IgnoreChanges)
	assert.True(t, service.After(ruleToken, "site"), "AWS refuses a target group that no load balancer uses")
	assert.True(t, service.After("aws:iam/rolePolicy:RolePolicy", "site-execution"))

	task := recording.One(t, "aws:ecs/taskDefinition:TaskDefinition", "site")
	for path, want := range map[string]any{
		"cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities[0]": "FARGATE", "family": "torii-test-site",
		"volumes[0].name": "writable-run", "volumes[1].name": "writable-tmp", "volumes[2].name": "writable-var-cache-nginx",
	} {
		assert.Equal(t, want, task.Input(path), path)
	}
	assert.Empty(t, rolePoliciesOf(recording, "site-task-id"), "what runs in the task may do nothing in AWS")
	assert.Len(t, rolePoliciesOf(recording, "site-execution-id"), 1)

	targets := recording.One(t, "aws:lb/targetGroup:TargetGroup", "site-tg")
	assert.Equal(t, "ip", targets.Input("targetType"))
	assert.Equal(t, "/", targets.Input("healthCheck.path"))

	policies := recording.Of("aws:appautoscaling/policy:Policy")
	require.Len(t, policies, 2)
	assert.Equal(t, "ECSServiceAverageCPUUtilization",
		policies[0].Input("targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification.predefinedMetricType"))
	assert.Equal(t, "app/gate/1/targetgroup/site-tg/1",
		policies[1].Input("targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification.resourceLabel"))
}

func rolePoliciesOf(recording *recorder.Recording, role string) []string {
	var found []string
	for _, token := range []string{"aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"} {
		for _, each := range recording.Of(token) {
			if each.Input("role") == role {
				found = append(found, each.Name)
			}
		}
	}
	return found
}

func TestHostsGetCertificatesAndAliases(t *testing.T) {
	recording := record(t, nil)
	certificate := recording.One(t, "aws:acm/certificate:Certificate", "gate-site")
	assert.Equal(t, "www.example.jp", certificate.Input("domainName"))
	assert.Equal(t, "DNS", certificate.Input("validationMethod"))
	validation := recording.One(t, recordToken, "gate-site-validation-www.example.jp")
	assert.Equal(t, "_validate.www.example.jp.", validation.Input("name"))
	assert.Equal(t, recorder.ZoneID, validation.Input("zoneId"))
	alias := recording.One(t, recordToken, "site-A")
	assert.Equal(t, "www.example.jp", alias.Input("name"))
	assert.Equal(t, "gate-1.ap-northeast-1.elb.amazonaws.com", alias.Input("aliases[0].name"))
	assert.Len(t, recording.Of(recordToken), 2)
	assert.Equal(t, []any{"www.example.jp"}, recording.One(t, ruleToken, "site").Input("conditions[0].hostHeader.values"))
}

func TestWithoutADomainTheGateSignsItself(t *testing.T) {
	recording := record(t, map[string]string{"torii:edge": `{}`, "torii:workloads": `{"site":{"kind":"fargate"}}`})
	assert.Empty(t, recording.Of(recordToken))
	signed := recording.One(t, "tls:index/selfSignedCert:SelfSignedCert", "gate-self-signed")
	assert.Equal(t, []any{"gate-1.ap-northeast-1.elb.amazonaws.com"}, signed.Input("dnsNames"))
	assert.Equal(t, []any{"digital_signature", "key_encipherment", "server_auth"}, signed.Input("allowedUses"))
	imported := recording.One(t, "aws:acm/certificate:Certificate", "gate-self-signed")
	assert.Equal(t, signed.Output("certPem"), imported.Input("certificateBody"))
	assert.Empty(t, recording.Of("aws:lb/listenerCertificate:ListenerCertificate"))
	rule := recording.One(t, ruleToken, "site")
	assert.Equal(t, []any{"/*"}, rule.Input("conditions[0].pathPattern.values"))
	assert.Equal(t, 50000.0, rule.Input("priority"))
}

func TestDualStack(t *testing.T) {
	recording := record(t, map[string]string{"torii:network": `{"zones":["ap-northeast-1a","ap-northeast-1c"],"dualStack":true}`})
	assert.Equal(t, "dualstack", recording.One(t, lbToken, "gate").Input("ipAddressType"))
	assert.Equal(t, "AAAA", recording.One(t, recordToken, "site-AAAA").Input("type"))
	subnet := recording.One(t, "aws:ec2/subnet:Subnet", "network-public-ap-northeast-1c")
	assert.Equal(t, "2406:da14:1:aa02::/64", subnet.Input("ipv6CidrBlock"))
	assert.Equal(t, "::/0", recording.One(t, routeToken, "network-public-internet-ipv6").Input("destinationIpv6CidrBlock"))
	assert.Equal(t, "::/0", recording.One(t, ingressRule, "firewall-gateway-from-internet-443---_0").Input("cidrIpv6"))
}

func TestWaysOut(t *testing.T) {
	out := func(recording *recorder.Recording) map[string]any {
		gateways := map[string]any{}
		for _, route := range recording.Of(routeToken) {
			if route.Input("natGatewayId") != nil {
				gateways[route.Name] = route.Input("natGatewayId")
			}
		}
		return gateways
	}
	one := record(t, nil)
	assert.Len(t, one.Of(natToken), 1)
	assert.Equal(t, map[string]any{
		"network-private-ap-northeast-1a-out": "network-nat-ap-northeast-1a-id",
		"network-private-ap-northeast-1c-out": "network-nat-ap-northeast-1a-id",
	}, out(one))
	nat := one.One(t, natToken, "network-nat-ap-northeast-1a")
	assert.Equal(t, "network-public-ap-northeast-1a-id", nat.Input("subnetId"))
	assert.True(t, nat.After("aws:ec2/internetGateway:InternetGateway", "network-internet"))

	perZone := record(t, map[string]string{"torii:network": `{"zones":["ap-northeast-1a","ap-northeast-1c"],"nat":"gateway-per-zone"}`})
	assert.Equal(t, map[string]any{
		"network-private-ap-northeast-1a-out": "network-nat-ap-northeast-1a-id",
		"network-private-ap-northeast-1c-out": "network-nat-ap-northeast-1c-id",
	}, out(perZone))

	none := record(t, map[string]string{
		"torii:network": `{"zones":["ap-northeast-1a","ap-northeast-1c"],"nat":"none","endpoints":["ecr","logs","ssm","secretsmanager"]}`,
		"torii:workloads": `{"site":{"kind":"fargate","host":"www.example.jp",` +
			`"image":"123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/site:1"}}`,
	})
	assert.Empty(t, none.Of(natToken))
	assert.Empty(t, none.Of("aws:ec2/eip:Eip"))
	assert.Empty(t, out(none))
	var services []any
	for _, endpoint := range none.Of(endpointToken) {
		services = append(services, endpoint.Input("serviceName"))
		if endpoint.Input("vpcEndpointType") == "Interface" {
			assert.Equal(t, true, endpoint.Input("privateDnsEnabled"), endpoint.Name)
			assert.Equal(t, []any{"firewall-endpoints-id"}, endpoint.Input("securityGroupIds"), endpoint.Name)
			assert.True(t, endpoint.DeleteBeforeReplace, endpoint.Name)
		}
	}
	assert.Equal(t, []any{
		"com.amazonaws.ap-northeast-1.ec2messages", "com.amazonaws.ap-northeast-1.ecr.api",
		"com.amazonaws.ap-northeast-1.ecr.dkr", "com.amazonaws.ap-northeast-1.logs",
		"com.amazonaws.ap-northeast-1.secretsmanager", "com.amazonaws.ap-northeast-1.ssm",
		"com.amazonaws.ap-northeast-1.ssmmessages", "com.amazonaws.ap-northeast-1.s3",
	}, services)
	assert.Nil(t, none.One(t, egressRule, "firewall-site-to-endpoints-443").Input("cidrIpv4"))
	assert.Equal(t, "pl-recorded", none.One(t, egressRule, "firewall-site-to-s3-443").Input("prefixListId"))
	for _, rule := range none.Of(egressRule) {
		assert.Nil(t, rule.Input("cidrIpv4"), "%s leaves the VPC by address", rule.Name)
	}
}

// TestSecondWorkloadChangesNothingThatIsThere adds a workload whose name sorts first:
// everything registered before is registered again the same, but for the listener's
// default certificate, which AWS changes in place.
func TestSecondWorkloadChangesNothingThatIsThere(t *testing.T) {
	one := record(t, nil)
	two := record(t, map[string]string{
		"torii:workloads": `{"site":{"kind":"fargate","host":"www.example.jp"},"api":{"kind":"fargate","host":"api.example.jp","port":8080}}`,
	})
	for _, before := range one.All() {
		after := two.One(t, before.Type, before.Name)
		if before.Type == listenerToken && before.Name == "gate-https" {
			continue
		}
		if before.Type == "aws:ec2/networkAcl:NetworkAcl" {
			continue // gains rules in place; network.TestPlanACLsKeepsTheRulesOfOthers has the rest
		}
		if before.Type == "aws:cloudwatch/dashboard:Dashboard" {
			continue // gains graphs in place
		}
		assert.Equal(t, before.Inputs.Mappable(), after.Inputs.Mappable(), "%s %s", before.Type, before.Name)
	}
	// Certificate 4, group and rules 4, route 4, service 10, alarms 6.
	assert.Equal(t, 29, len(two.All())-len(one.All()))
}
