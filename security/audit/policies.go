package audit

import (
	"torii/internal/account"
	"torii/internal/policy"
	"torii/internal/topic"
)

// Principals of the services that take part.
const (
	cloudTrail  = "cloudtrail.amazonaws.com"
	eventBridge = "events.amazonaws.com"
	cloudWatch  = "cloudwatch.amazonaws.com"
)

// ours matches the ARNs of what Pulumi names after a logical name. The bucket must be there before the trail that its policy
// is about, so that cannot be named exactly.
func ours(at account.Place, service, kind, name string) []string {
	return []string{"arn:" + at.Partition + ":" + service + ":" + at.Region + ":" + at.AccountID + ":" + kind + name + "-*"}
}

// alarmARNs matches the alarms that Pulumi names after logical names.
func alarmARNs(at account.Place, names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, ours(at, "cloudwatch", "alarm:", name)...)
	}
	return all
}

// trailWriter lets the trail look at its bucket and write to it. Source: "Amazon S3 bucket policy for CloudTrail" in the
// CloudTrail guide.
func trailWriter(at account.Place, name, bucketARN string) []policy.Statement {
	fromUs := map[string][]string{"aws:SourceArn": ours(at, "cloudtrail", "trail/", name)}
	return []policy.Statement{
		{
			Sid:       "CloudTrailLooksAtTheBucket",
			Principal: policy.Principal{Services: []string{cloudTrail}},
			Actions:   []string{"s3:GetBucketAcl"},
			Resources: []string{bucketARN},
			Condition: policy.Condition{"ArnLike": fromUs},
		},
		{
			Sid:       "CloudTrailWrites",
			Principal: policy.Principal{Services: []string{cloudTrail}},
			Actions:   []string{"s3:PutObject"},
			Resources: []string{bucketARN + "/AWSLogs/" + at.AccountID + "/*"},
			Condition: policy.Condition{
				"ArnLike":      fromUs,
				"StringEquals": {"s3:x-amz-acl": {"bucket-owner-full-control"}},
			},
		},
	}
}

// TopicPolicy lets EventBridge and the alarms publish, and nobody without TLS. EventBridge knows no condition in a
// topic's policy: with one, its messages would be refused without a word. Sources: "Amazon SNS permissions" in the
// EventBridge guide; "Example cases for Amazon SNS access control", on CloudWatch alarms, in the SNS guide.
func TopicPolicy(at account.Place, topicARN string, alarms []string) (string, error) {
	statements := []policy.Statement{{
		Sid:       "EventBridgePublishes",
		Principal: policy.Principal{Services: []string{eventBridge}},
		Actions:   []string{"sns:Publish"},
		Resources: []string{topicARN},
	}}
	if len(alarms) > 0 {
		statements = append(statements, policy.Statement{
			Sid:       "AlarmsPublish",
			Principal: policy.Principal{Services: []string{cloudWatch}},
			Actions:   []string{"sns:Publish"},
			Resources: []string{topicARN},
			Condition: policy.Condition{"ArnLike": {"aws:SourceArn": alarmARNs(at, alarms)}},
		})
	}
	return topic.Publishers(topicARN, statements...)
}
