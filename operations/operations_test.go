package operations

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
	"torii/internal/recorder"
	"torii/internal/tags"
)

const (
	topicToken     = "aws:sns/topic:Topic"
	alarmToken     = "aws:cloudwatch/metricAlarm:MetricAlarm"
	budgetToken    = "aws:budgets/budget:Budget"
	dashboardToken = "aws:cloudwatch/dashboard:Dashboard"
	queryToken     = "aws:cloudwatch/queryDefinition:QueryDefinition"
	policyToken    = "aws:sns/topicPolicy:TopicPolicy"
	topicARN       = "arn:aws:recorded:ap-northeast-1:123456789012:aws:sns/topic:Topic/alerts"
)

var tokyo = account.Place{Partition: "aws", Region: recorder.Region, AccountID: recorder.AccountID}

func record(t *testing.T, args Args) (*recorder.Recording, *Operations) {
	t.Helper()
	args.Cloud, args.Tags = tokyo, tags.ForStack("torii", "prod")
	var made *Operations
	recording := recorder.MustRun(t, "prod", nil, func(ctx *pulumi.Context) (err error) {
		made, err = New(ctx, "operations", &args)
		return err
	})
	return recording, made
}

func TestAlarmsGoToTheTopic(t *testing.T) {
	recording, made := record(t, Args{Stands: everything, Alarms: true, Dashboard: true, Emails: []string{"ops@example.jp"}})
	all := recording.Of(alarmToken)
	require.Len(t, all, len(alarms(everything, "torii-prod", "ap-northeast-1")))
	for _, alarm := range all {
		assert.Equal(t, []any{topicARN}, alarm.Input("alarmActions"), alarm.Name)
		assert.Equal(t, []any{topicARN}, alarm.Input("okActions"), alarm.Name)
		assert.Regexp(t, `^torii-prod: .+\. See docs/runbook\.md, [\w-]+$`, alarm.Input("alarmDescription"), alarm.Name)
		assert.True(t, alarm.After(policyToken, "alerts"), "%s would ring in vain", alarm.Name)
	}
	latency := recording.One(t, alarmToken, "site-latency")
	assert.Equal(t, "p95", latency.Input("extendedStatistic"))
	assert.Equal(t, "ignore", latency.Input("evaluateLowSampleCountPercentiles"))
	assert.Equal(t, 3.0, recording.One(t, alarmToken, "web-fleet-below-minimum").Input("threshold"), "the fleet's own minimum")
	assert.Equal(t, "torii-prod", recording.One(t, dashboardToken, "dashboard").Input("dashboardName"))
	assert.Equal(t, "torii-prod", made.DashboardName)
	assert.Equal(t, "torii-prod/hub-logins", recording.One(t, queryToken, "hub-logins").Input("name"))
	assert.Equal(t, []any{"hub-9"}, recording.One(t, queryToken, "hub-logins").Input("logGroupNames"))
	assert.Equal(t, "ops@example.jp", recording.One(t, "aws:sns/topicSubscription:TopicSubscription", "alerts-ops@example.jp").Input("endpoint"))
	assert.Empty(t, recording.Of(budgetToken))
}

func TestTopicHasTheKeyThatItIsGiven(t *testing.T) {
	without, _ := record(t, Args{Stands: everything, Alarms: true})
	assert.Nil(t, without.One(t, topicToken, "alerts").Input("kmsMasterKeyId"), "AWS's own breaks alarms")
	with, _ := record(t, Args{Stands: everything, Alarms: true, KeyARN: pulumi.String("arn:aws:kms:ap-northeast-1:123456789012:key/1")})
	assert.Equal(t, "arn:aws:kms:ap-northeast-1:123456789012:key/1", with.One(t, topicToken, "alerts").Input("kmsMasterKeyId"))
}

func TestWithoutAlarmsAndBudgetThereIsNoTopic(t *testing.T) {
	recording, made := record(t, Args{Stands: everything})
	for _, token := range []string{topicToken, alarmToken, budgetToken, dashboardToken} {
		assert.Empty(t, recording.Of(token), token)
	}
	assert.NotEmpty(t, recording.Of(queryToken), "queries cost nothing")
	assert.Equal(t, pulumi.StringOutput{}, made.TopicARN)
}

func TestBudget(t *testing.T) {
	recording, _ := record(t, Args{Budget: Budget{MonthlyUSD: 150.5}})
	assert.Len(t, recording.Of(topicToken), 1, "a budget needs the topic too")
	budget := recording.One(t, budgetToken, "monthly")
	for path, want := range map[string]any{
		"name": "torii-prod", "budgetType": "COST", "limitAmount": "150.5", "limitUnit": "USD", "timeUnit": "MONTHLY", "costFilters": nil,
		"notifications[0].notificationType": "ACTUAL", "notifications[0].threshold": 80.0,
		"notifications[1].notificationType": "ACTUAL", "notifications[1].threshold": 100.0,
		"notifications[2].notificationType": "FORECASTED", "notifications[2].threshold": 100.0,
		"notifications[2].subscriberSnsTopicArns": []any{topicARN}, "notifications[3]": nil,
	} {
		assert.Equal(t, want, budget.Input(path), path)
	}
	assert.True(t, budget.After(policyToken, "alerts"), "AWS refuses a topic that it may not publish to")
	stack, _ := record(t, Args{Budget: Budget{MonthlyUSD: 10, StackOnly: true}})
	assert.Equal(t, []any{map[string]any{"name": "TagKeyValue", "values": []any{"user:Stack$prod"}}},
		stack.One(t, budgetToken, "monthly").Input("costFilters"))
}

func TestTopicPolicy(t *testing.T) {
	both, err := TopicPolicy(tokyo, "arn:t", true, true)
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"AlarmsPublish","Effect":"Allow","Principal":{"Service":["cloudwatch.amazonaws.com"]},"Action":["sns:Publish"],`+
		`"Resource":["arn:t"],"Condition":{"ArnLike":{"aws:SourceArn":["arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:*"]},`+
		`"StringEquals":{"aws:SourceAccount":["123456789012"]}}},`+
		`{"Sid":"BudgetsPublish","Effect":"Allow","Principal":{"Service":["budgets.amazonaws.com"]},"Action":["sns:Publish"],`+
		`"Resource":["arn:t"],"Condition":{"ArnLike":{"aws:SourceArn":["arn:aws:budgets::123456789012:*"]},`+
		`"StringEquals":{"aws:SourceAccount":["123456789012"]}}},`+
		`{"Sid":"NobodyWithoutTLS","Effect":"Deny","Principal":"*","Action":["sns:Publish"],"Resource":["arn:t"],`+
		`"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, both)
	alarmsOnly, err := TopicPolicy(tokyo, "arn:t", true, false)
	require.NoError(t, err)
	assert.NotContains(t, alarmsOnly, "budgets.amazonaws.com")
}
