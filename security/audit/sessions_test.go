package audit_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
	"torii/internal/recorder"
	"torii/internal/tags"
	"torii/security/audit"
)

// record makes an audit under mocks and returns what it registered.
func record(t *testing.T, args audit.SessionsArgs) (*recorder.Recording, *audit.Sessions) {
	t.Helper()
	args.Cloud = account.Place{Partition: "aws", Region: recorder.Region, AccountID: recorder.AccountID}
	args.Tags = tags.ForStack("torii", "test")
	var made *audit.Sessions
	recording := recorder.MustRun(t, "test", nil, func(ctx *pulumi.Context) (err error) {
		made, err = audit.NewSessions(ctx, "sessions", &args)
		return err
	})
	return recording, made
}

// counts is how many resources of each type there are.
func counts(recording *recorder.Recording) map[string]int {
	found := map[string]int{}
	for _, each := range recording.All() {
		found[each.Type]++
	}
	return found
}

const (
	keyToken    = "aws:kms/key:Key"
	trailToken  = "aws:cloudtrail/trail:Trail"
	topicToken  = "aws:sns/topic:Topic"
	bucketToken = "aws:s3/bucketV2:BucketV2"
)

func TestAuditWithATrailOfItsOwn(t *testing.T) {
	recording, made := record(t, audit.SessionsArgs{
		OwnTrail: true, KeepDays: 365, Emails: []string{"a@example.jp", "b@example.jp"}, Protect: true,
	})
	assert.Equal(t, map[string]int{
		"torii:audit:Sessions": 1, keyToken: 1, trailToken: 1, topicToken: 1, bucketToken: 1,
		"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     1,
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     1,
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": 1,
		"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               1,
		"aws:s3/bucketPolicy:BucketPolicy":                                                           1,
		"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       1,
		"aws:sns/topicPolicy:TopicPolicy":                                                            1,
		"aws:cloudwatch/eventRule:EventRule":                                                         2,
		"aws:cloudwatch/eventTarget:EventTarget":                                                     2,
		"aws:sns/topicSubscription:TopicSubscription":                                                2,
	}, counts(recording))
	assert.NotEqual(t, pulumi.StringOutput{}, made.TrailARN)
	for _, each := range recording.All() {
		if each.Custom {
			assert.Contains(t, each.Parent, "torii:audit:Sessions", each.Name)
		}
	}
}

func TestTrail(t *testing.T) {
	recording, _ := record(t, audit.SessionsArgs{OwnTrail: true, KeepDays: 365, Protect: true})
	trail := recording.One(t, trailToken, "sessions")
	arn := "arn:aws:recorded:ap-northeast-1:123456789012:aws:kms/key:Key/sessions"
	for path, want := range map[string]any{
		"s3BucketName": "sessions-trail", "kmsKeyId": arn, "enableLogFileValidation": true,
		"isMultiRegionTrail": false, "includeGlobalServiceEvents": false,
		"eventSelectors": nil, "advancedEventSelectors": nil, // all management events
		"enableLogging": nil,
	} {
		assert.Equal(t, want, trail.Input(path), path)
	}
	assert.True(t, trail.After("aws:s3/bucketPolicy:BucketPolicy", "sessions-trail"), "CloudTrail writes before it makes the trail")
	assert.True(t, trail.After(keyToken, "sessions"))

	encryption := recording.One(t,
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "sessions-trail")
	assert.Equal(t, map[string]any{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": arn},
		encryption.Input("rules[0].applyServerSideEncryptionByDefault"))
	assert.Equal(t, "Enabled", recording.One(t, "aws:s3/bucketVersioningV2:BucketVersioningV2", "sessions-trail").
		Input("versioningConfiguration.status"))
	lifecycle := recording.One(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "sessions-trail")
	assert.Equal(t, 365.0, lifecycle.Input("rules[0].expiration.days"))
	assert.Equal(t, 30.0, lifecycle.Input("rules[0].noncurrentVersionExpiration.noncurrentDays"))
}

func TestProtection(t *testing.T) {
	for _, protect := range []bool{true, false} {
		recording, _ := record(t, audit.SessionsArgs{OwnTrail: true, KeepDays: 1, Protect: protect})
		files, key := recording.One(t, bucketToken, "sessions-trail"), recording.One(t, keyToken, "sessions")
		assert.Equal(t, protect, files.Protect)
		assert.Equal(t, !protect, files.Input("forceDestroy"))
		assert.Equal(t, protect, key.Protect, "without the key the files say nothing")
		assert.Equal(t, map[bool]any{true: 30.0, false: 7.0}[protect], key.Input("deletionWindowInDays"))
		assert.Equal(t, true, key.Input("enableKeyRotation"))
	}
}

func TestAlerts(t *testing.T) {
	recording, _ := record(t, audit.SessionsArgs{Emails: []string{"a@example.jp"}, Alarms: []string{"bastion-up"}})
	topicARN := "arn:aws:recorded:ap-northeast-1:123456789012:aws:sns/topic:Topic/sessions"
	topic := recording.One(t, topicToken, "sessions")
	assert.Equal(t, "arn:aws:recorded:ap-northeast-1:123456789012:aws:kms/key:Key/sessions", topic.Input("kmsMasterKeyId"))
	assert.Equal(t, "torii-test-sessions", topic.Input("displayName"))
	granted := recording.One(t, "aws:sns/topicPolicy:TopicPolicy", "sessions")
	assert.Equal(t, topicARN, granted.Input("arn"))
	at := account.Place{Partition: "aws", Region: recorder.Region, AccountID: recorder.AccountID}
	want, err := audit.TopicPolicy(at, topicARN, []string{"bastion-up"})
	require.NoError(t, err)
	assert.Equal(t, want, granted.Input("policy"))
	assert.Contains(t, recording.One(t, keyToken, "sessions").Input("policy"), "alarm:bastion-up-*")

	for name, exists := range map[string]string{"sessions-opened": "false", "sessions-refused": "true"} {
		rule := recording.One(t, "aws:cloudwatch/eventRule:EventRule", name)
		assert.Contains(t, rule.Input("eventPattern"), `"errorCode":[{"exists":`+exists+`}]`)
		target := recording.One(t, "aws:cloudwatch/eventTarget:EventTarget", name)
		assert.Equal(t, name+"-0000000", target.Input("rule"))
		assert.Equal(t, topicARN, target.Input("arn"))
		assert.Nil(t, target.Input("roleArn"), "with a role, AWS may deliver nothing to an encrypted topic")
		assert.Equal(t, "$.detail.userIdentity.arn", target.Input("inputTransformer.inputPaths.who"))
		assert.Contains(t, target.Input("inputTransformer.inputTemplate"), `"Who: <who>"`)
		assert.True(t, target.After("aws:sns/topicPolicy:TopicPolicy", "sessions"), name)
	}
	subscription := recording.One(t, "aws:sns/topicSubscription:TopicSubscription", "sessions-a@example.jp")
	assert.Equal(t, "email", subscription.Input("protocol"))
	assert.Equal(t, "a@example.jp", subscription.Input("endpoint"))
	assert.Equal(t, topicARN, subscription.Input("topic"))
}

func TestTheAccountsOwnTrailWillDo(t *testing.T) {
	recording, made := record(t, audit.SessionsArgs{})
	assert.Equal(t, map[string]int{
		"torii:audit:Sessions": 1, keyToken: 1, topicToken: 1, "aws:sns/topicPolicy:TopicPolicy": 1,
		"aws:cloudwatch/eventRule:EventRule": 2, "aws:cloudwatch/eventTarget:EventTarget": 2,
	}, counts(recording))
	assert.Equal(t, pulumi.StringOutput{}, made.TrailARN)
	assert.NotContains(t, recording.One(t, keyToken, "sessions").Input("policy"), "cloudtrail")
}

func TestATrailThatKeepsNothingIsRefused(t *testing.T) {
	recording, err := recorder.Run("test", nil, func(ctx *pulumi.Context) error {
		_, err := audit.NewSessions(ctx, "sessions", &audit.SessionsArgs{OwnTrail: true})
		return err
	})
	assert.ErrorContains(t, err, "creating audit: the trail's files must be kept for 1 day or more")
	assert.Empty(t, recording.All())
}
