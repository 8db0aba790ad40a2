package operations

import (
	"torii/internal/account"
	"torii/internal/policy"
	"torii/internal/topic"
)

// TopicPolicy lets this account's alarms in this region, and its budgets, publish, as far as there are any, and nobody
// without TLS. Sources: "Example cases for Amazon SNS access control", on CloudWatch alarms, in the SNS guide; "Creating an
// Amazon SNS topic for budget notifications" in the Cost Management guide.
func TopicPolicy(at account.Place, topicARN string, alarms, budget bool) (string, error) {
	var services []policy.Statement
	if alarms {
		services = append(services, publishes("AlarmsPublish", "cloudwatch.amazonaws.com", topicARN, at.AccountID,
			"arn:"+at.Partition+":cloudwatch:"+at.Region+":"+at.AccountID+":alarm:*"))
	}
	if budget {
		services = append(services, publishes("BudgetsPublish", "budgets.amazonaws.com", topicARN, at.AccountID,
			"arn:"+at.Partition+":budgets::"+at.AccountID+":*"))
	}
	return topic.Publishers(topicARN, services...)
}

// publishes lets a service publish on behalf of what is in this account.
func publishes(sid, service, topicARN, accountID, source string) policy.Statement {
	return policy.Statement{
		Sid:       sid,
		Principal: policy.Principal{Services: []string{service}},
		Actions:   []string{"sns:Publish"},
		Resources: []string{topicARN},
		Condition: policy.Condition{
			"StringEquals": {"aws:SourceAccount": {accountID}},
			"ArnLike":      {"aws:SourceArn": {source}},
		},
	}
}
