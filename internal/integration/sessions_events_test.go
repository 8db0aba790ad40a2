//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
)

// checkPeopleAreTold sends events as CloudTrail writes them, and reads what the topic makes of them.
func checkPeopleAreTold(t *testing.T, c clients, topic *string) {
	read := c.readerOf(topic)
	for _, sent := range []struct {
		file, source string
		told         []string
	}{
		{"opened.json", "aws.ssm", []string{`"A session to an instance was opened."
"Who: arn:aws:iam::123456789012:user/ken"
"Instance: i-0123456789abcdef0"
"Document: AWS-StartPortForwardingSession (none is an interactive shell)"
"When: 2026-11-22T01:23:45Z"
"From: 203.0.113.10"
"Session: ken-abcdefghijklmnopqrstuvwxyz"`}},
		{"shell.json", "aws.ssm", []string{`"A session to an instance was opened."
"Who: arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Notebooks_0123456789abcdef/aiko"
"Instance: i-0fedcba9876543210"
"Document:  (none is an interactive shell)"
"When: 2026-11-22T02:34:56Z"
"From: 203.0.113.11"
"Session: aiko-zyxwvutsrqponmlkjihgfedcba"`}},
		{"refused.json", "aws.ssm", []string{`"A session to an instance was refused."
"Who: arn:aws:iam::123456789012:user/ken"
"Instance: i-0fedcba9876543210"
"Document: AWS-StartPortForwardingSession (none is an interactive shell)"
"When: 2026-11-22T01:23:45Z"
"From: 203.0.113.10"
"Error: AccessDenied"`}},
		{"terminated.json", "aws.ssm", nil},
		{"opened.json", "aws.athena", nil}, // Athena has StartSession as well
	} {
		detail, err := os.ReadFile(filepath.Join(recorder.Root(), "security", "audit", "testdata", sent.file))
		require.NoError(t, err)
		answer, err := c.events.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{{
			Source: aws.String(sent.source), DetailType: aws.String("AWS API Call via CloudTrail"), Detail: aws.String(string(detail)),
		}}})
		require.NoError(t, err)
		assert.Zero(t, answer.FailedEntryCount)
		assert.Equal(t, sent.told, read(), "%s from %s", sent.file, sent.source)
	}
}

// readerOf subscribes a queue to a topic until the test ends, and returns what reads the messages that came since.
func (c clients) readerOf(topic *string) func() []string {
	t := c.t
	t.Helper()
	queue, err := c.queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("reader")})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := c.queues.DeleteQueue(testContext(), &sqs.DeleteQueueInput{QueueUrl: queue.QueueUrl})
		assert.NoError(t, err)
	})
	known, err := c.queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: queue.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn},
	})
	require.NoError(t, err)
	subscribed, err := c.sns.Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: topic, Protocol: aws.String("sqs"), Endpoint: aws.String(known.Attributes["QueueArn"]),
		ReturnSubscriptionArn: true, Attributes: map[string]string{"RawMessageDelivery": "true"},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := c.sns.Unsubscribe(testContext(), &sns.UnsubscribeInput{SubscriptionArn: subscribed.SubscriptionArn})
		assert.NoError(t, err)
	})
	return func() []string {
		received, err := c.queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10,
		})
		require.NoError(t, err)
		var bodies []string
		for _, message := range received.Messages {
			bodies = append(bodies, aws.ToString(message.Body))
		}
		return bodies
	}
}
