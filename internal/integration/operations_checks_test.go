//go:build integration

package integration

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	budgettypes "github.com/aws/aws-sdk-go-v2/service/budgets/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	alarmtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dlm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
)

// What AWS must say of what watches a stack.

// checkWebOperations has all that there can be: topic, alarms of a gate and a service, dashboard, budget, queries.
func checkWebOperations(t *testing.T, c clients, first localdeploy.Result) {
	topic := c.topicNamed("alerts")
	assert.Equal(t, topic, first.Outputs["alarmTopicArn"].Value)
	checkAlertTopic(t, c, topic, []string{"ops@example.jp"}, "AlarmsPublish", "BudgetsPublish", "NobodyWithoutTLS")
	gate, _ := c.gate()
	suffix := afterFirst(aws.ToString(gate.LoadBalancerArn), "loadbalancer/")
	targets := c.targetSuffixes()
	require.Len(t, targets, 1)
	acl, err := c.waf.GetWebACLForResource(t.Context(), &wafv2.GetWebACLForResourceInput{ResourceArn: gate.LoadBalancerArn})
	require.NoError(t, err)
	metric := aws.ToString(acl.WebACL.VisibilityConfig.MetricName)
	assert.Equal(t, "torii-fargate-web-gate", metric, "no other stack's web ACL counts into it")
	service := c.services()["torii-fargate-web-site"]
	_, listeners := c.gate()
	atTargets := map[string]string{"LoadBalancer": suffix, "TargetGroup": targets[0]}
	atService := map[string]string{
		"ClusterName": afterLast(aws.ToString(service.ClusterArn)), "ServiceName": aws.ToString(service.ServiceName),
	}
	zone := "ap-northeast-1a"
	checkAlarms(t, c, topic, map[string]map[string]string{
		"gate-5xx":                  {"LoadBalancer": suffix},
		"waf-blocked":               {"WebACL": metric, "Region": "ap-northeast-1", "Rule": "ALL"},
		"site-no-healthy-target":    atTargets,
		"site-unhealthy-targets":    atTargets,
		"site-target-5xx":           atTargets,
		"site-latency":              atTargets,
		"site-tasks-missing":        atService,
		"site-certificate-expires":  {"CertificateArn": aws.ToString(listeners[443].Certificates[0].CertificateArn)},
		"nat-gateway-ports-" + zone: {"NatGatewayId": c.natGateway()},
		"nat-gateway-drops-" + zone: {"NatGatewayId": c.natGateway()},
	})
	checkExpression(t, c.alarm("site-target-5xx-"), "IF(errors >= 10, 100 * errors / requests, 0)")
	latency := c.alarm("site-latency-")
	assert.Equal(t, "p95", aws.ToString(latency.ExtendedStatistic))
	assert.Empty(t, latency.Statistic)
	assert.Equal(t, "breaching", aws.ToString(c.alarm("site-no-healthy-target-").TreatMissingData))

	checkDashboard(t, c, "torii-fargate-web", []string{
		"Traffic", "Blocked and let in", "Latency, p95", "Errors", "Unwell targets", "Tasks and machines", "NAT, traffic out", "NAT, errors",
	}, suffix, targets[0], metric, c.natGateway(), aws.ToString(service.ServiceName))
	checkBudget(t, c, "torii-fargate-web", "150", topic)
	checkQueries(t, c, "torii-fargate-web", map[string]string{
		"flows-rejected-by-source": "network-flows-", "waf-blocked-by-address": "aws-waf-logs-gate-", "waf-blocked-by-rule": "aws-waf-logs-gate-",
	})
}

func checkHubOperations(t *testing.T, c clients) {
	topic := c.topicNamed("alerts")
	checkAlertTopic(t, c, topic, nil, "AlarmsPublish", "NobodyWithoutTLS")
	reported := map[string]string{"Stack": "torii-jupyterhub", "Workload": "hub"}
	gate, listeners := c.gate()
	targets := c.targetSuffixes()
	require.Len(t, targets, 1)
	suffix := afterFirst(aws.ToString(gate.LoadBalancerArn), "loadbalancer/")
	atTargets := map[string]string{"LoadBalancer": suffix, "TargetGroup": targets[0]}
	zone := "ap-northeast-1a"
	checkAlarms(t, c, topic, map[string]map[string]string{
		"gate-5xx":                  {"LoadBalancer": suffix},
		"waf-blocked":               {"WebACL": "torii-jupyterhub-gate", "Region": "ap-northeast-1", "Rule": "ALL"},
		"hub-no-healthy-target":     atTargets,
		"hub-unhealthy-targets":     atTargets,
		"hub-target-5xx":            atTargets,
		"hub-hub-latency":           atTargets,
		"hub-hub-health":            reported,
		"hub-hub-disk":              reported,
		"hub-hub-memory":            reported,
		"hub-snapshots-failed":      {"DLMPolicyId": c.snapshotPolicy()},
		"hub-certificate-expires":   {"CertificateArn": aws.ToString(listeners[443].Certificates[0].CertificateArn)},
		"nat-gateway-ports-" + zone: {"NatGatewayId": c.natGateway()},
		"nat-gateway-drops-" + zone: {"NatGatewayId": c.natGateway()},
	})
	assert.InDelta(t, 80, aws.ToFloat64(c.alarm("hub-hub-disk-").Threshold), 0)
	assert.Equal(t, "breaching", aws.ToString(c.alarm("hub-hub-health-").TreatMissingData))
	checkDashboard(t, c, "torii-jupyterhub", []string{
		"Traffic", "Blocked and let in", "Latency, p95", "Errors", "Unwell targets", "Hub users and servers", "Hub disk", "Hub memory",
		"NAT, traffic out", "NAT, errors", "Snapshots",
	}, suffix, "HomeDiskUsedPercent", "torii-jupyterhub")
	checkQueries(t, c, "torii-jupyterhub", map[string]string{
		"flows-rejected-by-source": "network-flows-", "waf-blocked-by-address": "aws-waf-logs-gate-", "waf-blocked-by-rule": "aws-waf-logs-gate-",
		"hub-logins": "hub-", "hub-servers": "hub-",
	})
	found, err := c.budgets.DescribeBudgets(t.Context(), &budgets.DescribeBudgetsInput{AccountId: aws.String(accountID)})
	require.NoError(t, err)
	assert.Empty(t, found.Budgets, "no budget unless there is an amount")
}

// checkNotebookOperations: what no gate leads to has snapshots and a way out to watch.
func checkNotebookOperations(t *testing.T, c clients) {
	zone := "ap-northeast-1a"
	checkAlarms(t, c, c.topicNamed("alerts"), map[string]map[string]string{
		"lab-snapshots-failed":      {"DLMPolicyId": c.snapshotPolicy()},
		"nat-gateway-ports-" + zone: {"NatGatewayId": c.natGateway()},
		"nat-gateway-drops-" + zone: {"NatGatewayId": c.natGateway()},
	})
	checkDashboard(t, c, "torii-notebooks", []string{"NAT, traffic out", "NAT, errors", "Snapshots"}, c.natGateway(), c.snapshotPolicy())
	checkQueries(t, c, "torii-notebooks", map[string]string{"flows-rejected-by-source": "network-flows-"})
}

// checkFleetOperations: a fleet behind a classic load balancer, and a NAT instance.
func checkFleetOperations(t *testing.T, c clients) {
	fleet, nat := c.groupNamed("torii-web-fleet-web"), c.groupNamed("torii-web-fleet-nat-ap-northeast-1a")
	require.Len(t, nat.EnabledMetrics, 1)
	assert.Equal(t, "GroupInServiceInstances", aws.ToString(nat.EnabledMetrics[0].Metric), "or the alarm would see nothing")
	atClassic := map[string]string{"LoadBalancerName": fleet.LoadBalancerNames[0]}
	checkAlarms(t, c, c.topicNamed("alerts"), map[string]map[string]string{
		"web-clb-no-healthy-target":         atClassic,
		"web-clb-unhealthy-targets":         atClassic,
		"web-clb-target-5xx":                atClassic,
		"web-clb-latency":                   atClassic,
		"web-fleet-below-minimum":           {"AutoScalingGroupName": aws.ToString(fleet.AutoScalingGroupName)},
		"nat-instance-down-ap-northeast-1a": {"AutoScalingGroupName": aws.ToString(nat.AutoScalingGroupName)},
	})
	assert.InDelta(t, 2, aws.ToFloat64(c.alarm("web-fleet-below-minimum-").Threshold), 0, "the fleet's own minimum")
	checkDashboard(t, c, "torii-web-fleet", []string{
		"Traffic", "Latency, p95", "Errors", "Unwell targets", "Tasks and machines", "NAT, traffic out", "NAT instances in service",
	}, fleet.LoadBalancerNames[0])
}

const accountID = "123456789012"

// topicNamed is the ARN of the one topic whose logical name this is.
func (c clients) topicNamed(name string) string {
	c.t.Helper()
	found, err := c.sns.ListTopics(c.t.Context(), &sns.ListTopicsInput{})
	require.NoError(c.t, err)
	var ours []string
	for _, topic := range found.Topics {
		if strings.Contains(aws.ToString(topic.TopicArn), ":"+name+"-") {
			ours = append(ours, aws.ToString(topic.TopicArn))
		}
	}
	require.Len(c.t, ours, 1)
	return ours[0]
}

func checkAlertTopic(t *testing.T, c clients, topic string, emails []string, statements ...string) {
	found, err := c.sns.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: aws.String(topic)})
	require.NoError(t, err)
	assert.NotContains(t, found.Attributes["KmsMasterKeyId"], "alias/aws/sns", "with AWS's own key no alarm gets through")
	text := found.Attributes["Policy"]
	parsed := parsePolicy(t, &text)
	var sids []string
	for _, statement := range parsed.Statement {
		sids = append(sids, statement.Sid)
		assert.Equal(t, []string{topic}, statement.Resource, statement.Sid)
		if statement.Sid != "NobodyWithoutTLS" {
			assert.Equal(t, []string{accountID}, parsed.asks("aws:SourceAccount")[statement.Sid])
		}
	}
	assert.Equal(t, statements, sids)
	requireMeans(t, c.alarm("").AlarmArn, map[string][]string{
		"AlarmsPublish": parsed.asks("aws:SourceArn")["AlarmsPublish"],
	}, "AlarmsPublish")
	subscribed, err := c.sns.ListSubscriptionsByTopic(t.Context(), &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(topic)})
	require.NoError(t, err)
	var addresses []string
	for _, each := range subscribed.Subscriptions {
		assert.Equal(t, "email", aws.ToString(each.Protocol))
		addresses = append(addresses, aws.ToString(each.Endpoint))
	}
	assert.Equal(t, emails, addresses)
}

// alarm is the first alarm whose name begins so.
func (c clients) alarm(prefix string) alarmtypes.MetricAlarm {
	c.t.Helper()
	all := c.operationsAlarms()
	i := slices.IndexFunc(all, func(a alarmtypes.MetricAlarm) bool { return strings.HasPrefix(aws.ToString(a.AlarmName), prefix) })
	require.NotEqual(c.t, -1, i, prefix)
	return all[i]
}

// operationsAlarms are all but those that scaling makes, and the bastion's.
func (c clients) operationsAlarms() []alarmtypes.MetricAlarm {
	c.t.Helper()
	found, err := c.alarms.DescribeAlarms(c.t.Context(), &cloudwatch.DescribeAlarmsInput{})
	require.NoError(c.t, err)
	return slices.DeleteFunc(found.MetricAlarms, func(a alarmtypes.MetricAlarm) bool {
		return !strings.Contains(aws.ToString(a.AlarmDescription), "docs/runbook.md")
	})
}

// checkAlarms wants exactly these alarms, by logical name, each of a metric with these dimensions and each to the topic.
func checkAlarms(t *testing.T, c clients, topic string, want map[string]map[string]string) {
	found := map[string]map[string]string{}
	for _, alarm := range c.operationsAlarms() {
		name := aws.ToString(alarm.AlarmName)
		name = name[:strings.LastIndex(name, "-")] // what Pulumi adds
		dimensions := alarm.Dimensions
		for _, each := range alarm.Metrics {
			if each.MetricStat != nil {
				dimensions = each.MetricStat.Metric.Dimensions
			}
		}
		found[name] = map[string]string{}
		for _, each := range dimensions {
			found[name][aws.ToString(each.Name)] = aws.ToString(each.Value)
		}
		assert.Equal(t, []string{topic}, alarm.AlarmActions, name)
		assert.Equal(t, []string{topic}, alarm.OKActions, name)
		assert.True(t, aws.ToBool(alarm.ActionsEnabled), name)
	}
	assert.Equal(t, want, found)
}

// checkExpression wants an alarm of an expression, and of that only.
func checkExpression(t *testing.T, alarm alarmtypes.MetricAlarm, want string) {
	var returned []string
	for _, each := range alarm.Metrics {
		if aws.ToBool(each.ReturnData) {
			returned = append(returned, aws.ToString(each.Expression))
		}
	}
	assert.Equal(t, []string{want}, returned)
	assert.Len(t, alarm.Metrics, 3)
}

// checkDashboard wants a dashboard with these graphs, in this order, that mentions the words.
func checkDashboard(t *testing.T, c clients, name string, titles []string, words ...string) {
	found, err := c.alarms.GetDashboard(t.Context(), &cloudwatch.GetDashboardInput{DashboardName: aws.String(name)})
	require.NoError(t, err)
	var body struct {
		Widgets []struct {
			Properties struct{ Title, Region string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(aws.ToString(found.DashboardBody)), &body))
	var graphs []string
	for _, each := range body.Widgets {
		graphs = append(graphs, each.Properties.Title)
		assert.Equal(t, "ap-northeast-1", each.Properties.Region)
	}
	assert.Equal(t, titles, graphs)
	for _, word := range words {
		assert.Contains(t, aws.ToString(found.DashboardBody), word)
	}
}

func checkBudget(t *testing.T, c clients, name, amount, topic string) {
	found, err := c.budgets.DescribeBudget(t.Context(), &budgets.DescribeBudgetInput{
		AccountId: aws.String(accountID), BudgetName: aws.String(name),
	})
	require.NoError(t, err)
	assert.Equal(t, amount, strings.TrimSuffix(aws.ToString(found.Budget.BudgetLimit.Amount), ".0"))
	assert.Equal(t, budgettypes.TimeUnitMonthly, found.Budget.TimeUnit)
	assert.Empty(t, found.Budget.CostFilters, "all that the account costs") //nolint:staticcheck // what the provider writes
	told, err := c.budgets.DescribeNotificationsForBudget(t.Context(), &budgets.DescribeNotificationsForBudgetInput{
		AccountId: aws.String(accountID), BudgetName: aws.String(name),
	})
	require.NoError(t, err)
	var notices []string
	for _, each := range told.Notifications {
		subscribers, err := c.budgets.DescribeSubscribersForNotification(t.Context(), &budgets.DescribeSubscribersForNotificationInput{
			AccountId: aws.String(accountID), BudgetName: aws.String(name), Notification: &each,
		})
		require.NoError(t, err)
		require.Len(t, subscribers.Subscribers, 1)
		assert.Equal(t, topic, aws.ToString(subscribers.Subscribers[0].Address))
		notices = append(notices, string(each.NotificationType)+map[float64]string{80: " 80", 100: " 100"}[each.Threshold])
	}
	assert.ElementsMatch(t, []string{"ACTUAL 80", "ACTUAL 100", "FORECASTED 100"}, notices)
}

// checkQueries wants exactly these saved queries in the stack's folder, each of one log group that begins so.
func checkQueries(t *testing.T, c clients, folder string, want map[string]string) {
	found, err := c.logs.DescribeQueryDefinitions(t.Context(), &cloudwatchlogs.DescribeQueryDefinitionsInput{})
	require.NoError(t, err)
	groups := map[string]string{}
	for _, each := range found.QueryDefinitions {
		require.Len(t, each.LogGroupNames, 1)
		name := strings.TrimPrefix(aws.ToString(each.Name), folder+"/")
		groups[name] = each.LogGroupNames[0][:strings.LastIndex(each.LogGroupNames[0], "-")+1]
	}
	assert.Equal(t, want, groups)
}

// targetSuffixes are the target groups as metrics name them.
func (c clients) targetSuffixes() []string {
	c.t.Helper()
	found, err := c.elb.DescribeTargetGroups(c.t.Context(), &elb.DescribeTargetGroupsInput{})
	require.NoError(c.t, err)
	var all []string
	for _, each := range found.TargetGroups {
		all = append(all, "targetgroup/"+afterFirst(aws.ToString(each.TargetGroupArn), ":targetgroup/"))
	}
	return all
}

// natGateway is the way out of the first private subnet.
func (c clients) natGateway() string {
	c.t.Helper()
	found, err := c.ec2.DescribeNatGateways(c.t.Context(), &ec2.DescribeNatGatewaysInput{})
	require.NoError(c.t, err)
	require.Len(c.t, found.NatGateways, 1)
	return aws.ToString(found.NatGateways[0].NatGatewayId)
}

// snapshotPolicy is the only schedule of snapshots.
func (c clients) snapshotPolicy() string {
	c.t.Helper()
	found, err := c.dlm.GetLifecyclePolicies(c.t.Context(), &dlm.GetLifecyclePoliciesInput{})
	require.NoError(c.t, err)
	require.Len(c.t, found.Policies, 1)
	return aws.ToString(found.Policies[0].PolicyId)
}

func afterFirst(text, mark string) string {
	_, after, _ := strings.Cut(text, mark)
	return after
}

func afterLast(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
