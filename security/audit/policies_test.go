package audit

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
	"torii/internal/bucket"
)

var tokyo = account.Place{Partition: "aws", Region: "ap-northeast-1", AccountID: "123456789012"}

// Only the alarms that are named, and CloudWatch on nobody else's behalf.
func TestAlarmsMayTellTheTopicWhenTheyAreNamed(t *testing.T) {
	const alarms = `"aws:SourceArn":["arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:bastion-up-*"]`
	const topic = "arn:aws:sns:ap-northeast-1:123456789012:sessions-0000000"
	text, err := TopicPolicy(tokyo, topic, []string{"bastion-up"})
	require.NoError(t, err)
	assert.Contains(t, text, `{"Sid":"AlarmsPublish","Effect":"Allow","Principal":{"Service":["cloudwatch.amazonaws.com"]},`+
		`"Action":["sns:Publish"],"Resource":["`+topic+`"],"Condition":{"ArnLike":{`+alarms+`}}}`)

	text, err = TopicPolicy(tokyo, topic, nil)
	require.NoError(t, err)
	assert.NotContains(t, text, cloudWatch)
}

func TestTopicPolicy(t *testing.T) {
	text, err := TopicPolicy(tokyo, "arn:aws:sns:ap-northeast-1:123456789012:sessions-0000000", nil)
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"EventBridgePublishes","Effect":"Allow","Principal":{"Service":["events.amazonaws.com"]},"Action":["sns:Publish"],`+
		`"Resource":["arn:aws:sns:ap-northeast-1:123456789012:sessions-0000000"]},`+
		`{"Sid":"NobodyWithoutTLS","Effect":"Deny","Principal":"*","Action":["sns:Publish"],`+
		`"Resource":["arn:aws:sns:ap-northeast-1:123456789012:sessions-0000000"],`+
		`"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, text)
}

func TestBucketOfTheTrailIsForOurTrailOnly(t *testing.T) {
	china := account.Place{Partition: "aws-cn", Region: "cn-north-1", AccountID: "123456789012"}
	text, err := bucket.Policy("arn:aws-cn:s3:::files", trailWriter(china, "sessions", "arn:aws-cn:s3:::files")...)
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"CloudTrailLooksAtTheBucket","Effect":"Allow","Principal":{"Service":["cloudtrail.amazonaws.com"]},`+
		`"Action":["s3:GetBucketAcl"],"Resource":["arn:aws-cn:s3:::files"],`+
		`"Condition":{"ArnLike":{"aws:SourceArn":["arn:aws-cn:cloudtrail:cn-north-1:123456789012:trail/sessions-*"]}}},`+
		`{"Sid":"CloudTrailWrites","Effect":"Allow","Principal":{"Service":["cloudtrail.amazonaws.com"]},`+
		`"Action":["s3:PutObject"],"Resource":["arn:aws-cn:s3:::files/AWSLogs/123456789012/*"],`+
		`"Condition":{"ArnLike":{"aws:SourceArn":["arn:aws-cn:cloudtrail:cn-north-1:123456789012:trail/sessions-*"]},`+
		`"StringEquals":{"s3:x-amz-acl":["bucket-owner-full-control"]}}},`+
		`{"Sid":"NobodyWithoutTLS","Effect":"Deny","Principal":"*","Action":["s3:*"],`+
		`"Resource":["arn:aws-cn:s3:::files","arn:aws-cn:s3:::files/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, text)
}
