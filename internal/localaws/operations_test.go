//go:build integration

package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	budgettypes "github.com/aws/aws-sdk-go-v2/service/budgets/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBudgetsTellWhomTheyTell: AWS lists each notification's subscribers, changes budgets in place, and has tags of theirs.
func TestBudgetsTellWhomTheyTell(t *testing.T) {
	t.Parallel()
	server := start(t, options(t, t.TempDir()))
	client := budgets.NewFromConfig(config(server))
	account, name := aws.String("123456789012"), aws.String("torii-prod")
	budget := &budgettypes.Budget{
		BudgetName: name, BudgetType: budgettypes.BudgetTypeCost, TimeUnit: budgettypes.TimeUnitMonthly,
		BudgetLimit: &budgettypes.Spend{Amount: aws.String("100"), Unit: aws.String("USD")},
	}
	ask(t, client.CreateBudget, &budgets.CreateBudgetInput{
		AccountId: account, Budget: budget, ResourceTags: []budgettypes.ResourceTag{{Key: aws.String("Stack"), Value: aws.String("prod")}},
	})
	arn := aws.String("arn:aws:budgets::123456789012:budget/torii-prod")
	tags := ask(t, client.ListTagsForResource, &budgets.ListTagsForResourceInput{ResourceARN: arn})
	assert.Equal(t, []budgettypes.ResourceTag{{Key: aws.String("Stack"), Value: aws.String("prod")}}, tags.ResourceTags)

	notice := func(percent float64) *budgettypes.Notification {
		return &budgettypes.Notification{
			NotificationType: budgettypes.NotificationTypeActual, ComparisonOperator: budgettypes.ComparisonOperatorGreaterThan,
			Threshold: percent, ThresholdType: budgettypes.ThresholdTypePercentage,
		}
	}
	to := func(topic string) []budgettypes.Subscriber {
		return []budgettypes.Subscriber{{SubscriptionType: budgettypes.SubscriptionTypeSns, Address: aws.String(topic)}}
	}
	for percent, topic := range map[float64]string{80: "arn:one", 100: "arn:two"} {
		ask(t, client.CreateNotification, &budgets.CreateNotificationInput{
			AccountId: account, BudgetName: name, Notification: notice(percent), Subscribers: to(topic),
		})
	}
	told := func(percent float64) []budgettypes.Subscriber {
		return ask(t, client.DescribeSubscribersForNotification, &budgets.DescribeSubscribersForNotificationInput{
			AccountId: account, BudgetName: name, Notification: notice(percent),
		}).Subscribers
	}
	assert.Equal(t, to("arn:two"), told(100))
	ask(t, client.DeleteNotification, &budgets.DeleteNotificationInput{AccountId: account, BudgetName: name, Notification: notice(100)})
	assert.Empty(t, told(100))
	assert.Equal(t, to("arn:one"), told(80))

	budget.BudgetLimit.Amount = aws.String("200")
	ask(t, client.UpdateBudget, &budgets.UpdateBudgetInput{AccountId: account, NewBudget: budget})
	now := ask(t, client.DescribeBudget, &budgets.DescribeBudgetInput{AccountId: account, BudgetName: name})
	assert.Equal(t, "200", aws.ToString(now.Budget.BudgetLimit.Amount))
	assert.Equal(t, to("arn:one"), told(80), "a change leaves notifications alone")
	ask(t, client.DeleteBudget, &budgets.DeleteBudgetInput{AccountId: account, BudgetName: name})
}

// TestQueriesAreSaved: AWS keeps queries by an id, and only of log groups that are there.
func TestQueriesAreSaved(t *testing.T) {
	t.Parallel()
	server := start(t, options(t, t.TempDir()))
	client := cloudwatchlogs.NewFromConfig(config(server))
	put := &cloudwatchlogs.PutQueryDefinitionInput{
		Name: aws.String("torii-prod/logins"), QueryString: aws.String("fields @message"), LogGroupNames: []string{"hub"},
	}
	_, err := client.PutQueryDefinition(t.Context(), put)
	require.ErrorContains(t, err, "ResourceNotFoundException")
	ask(t, client.CreateLogGroup, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("hub")})
	made := ask(t, client.PutQueryDefinition, put)
	put.QueryDefinitionId, put.QueryString = made.QueryDefinitionId, aws.String("fields @timestamp")
	assert.Equal(t, made.QueryDefinitionId, ask(t, client.PutQueryDefinition, put).QueryDefinitionId)
	found := ask(t, client.DescribeQueryDefinitions, &cloudwatchlogs.DescribeQueryDefinitionsInput{
		QueryDefinitionNamePrefix: aws.String("torii-prod/"),
	})
	require.Len(t, found.QueryDefinitions, 1)
	assert.Equal(t, "fields @timestamp", aws.ToString(found.QueryDefinitions[0].QueryString))
	assert.Equal(t, []string{"hub"}, found.QueryDefinitions[0].LogGroupNames)
	ask(t, client.DeleteQueryDefinition, &cloudwatchlogs.DeleteQueryDefinitionInput{QueryDefinitionId: made.QueryDefinitionId})
	assert.Empty(t, ask(t, client.DescribeQueryDefinitions, &cloudwatchlogs.DescribeQueryDefinitionsInput{}).QueryDefinitions)
}
