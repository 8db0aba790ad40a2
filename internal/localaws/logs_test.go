//go:build integration

package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

func TestLogGroupsChangeKeys(t *testing.T) {
	t.Parallel()
	server := start(t, options(t, t.TempDir()))
	client := cloudwatchlogs.NewFromConfig(config(server))
	const first, second = "arn:aws:kms:ap-northeast-1:123456789012:key/first", "arn:aws:kms:ap-northeast-1:123456789012:key/second"
	key := func() string {
		groups := ask(t, client.DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{}).LogGroups
		if len(groups) != 1 {
			t.Fatalf("there are %d log groups", len(groups))
		}
		return aws.ToString(groups[0].KmsKeyId)
	}
	ask(t, client.CreateLogGroup, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("hub"), KmsKeyId: aws.String(first)})
	if key() != first {
		t.Errorf("made with %s", key())
	}
	ask(t, client.AssociateKmsKey, &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: aws.String("hub"), KmsKeyId: aws.String(second)})
	if key() != second {
		t.Errorf("changed to %s", key())
	}
	ask(t, client.DisassociateKmsKey, &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: aws.String("hub")})
	if key() != "" {
		t.Errorf("taken away, and it is %s", key())
	}
	_, err := client.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: aws.String("none"), KmsKeyId: aws.String(first)})
	if err == nil {
		t.Error("a group that is not there was changed")
	}
}
