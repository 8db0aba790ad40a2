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
	keyARN      = "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	trailToken  = "aws:cloudtrail/trail:Trail"
	topicToken  = "aws:sns/topic:Topic"
	bucketToken = "aws:s3/bucketV2:BucketV2"
)

func TestAuditWithATrailOfItsOwn(t *testing.T) {
	recording, made := record(t, audit.SessionsArgs{
		OwnTrail: true, KeepDays: 365, Emails: []string{"a@example.jp", "b@example.jp"}, Protect: true,
	})
	assert.Equal(t, map[string]int{
		"torii:audit:Sessions": 1, trailToken: 1, topicToken: 1, bucketToken: 1,
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
	recording, _ := record(t, audit.SessionsArgs{OwnTrail: true, KeepDays: 365, Protect: true, KeyARN: pulumi.String(keyARN)})
	trail := recording.One(t, trailToken, "sessions")
	for path, want := range map[string]any{
		"s3BucketName": "sessions-trail", "kmsKeyId": keyARN, "enableLogFileValidation": true,
		"isMultiRegionTrail": false, "includeGlobalServiceEvents": false,
		"eventSelectors": nil, "advancedEventSelectors": nil, // all management events
		"enableLogging": nil,
	} {
		assert.Equal(t, want, trail.Input(path), path)
	}
	assert.True(t, trail.After("aws:s3/bucketPolicy:BucketPolicy", "sessions-trail"), "CloudTrail writes before it makes the trail")

	encryption := recording.One(t,
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "sessions-trail")
	assert.Equal(t, map[string]any{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": keyARN},
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
		files := recording.One(t, bucketToken, "sessions-trail")
		assert.Equal(t, protect, files.Protect)
		assert.Equal(t, !protect, files.Input("forceDestroy"))
	}
}

func TestAlerts(t *testing.T) {
	recording, _ := record(t, audit.SessionsArgs{Emails: []string{"a@example.jp"}, Alarms: []string{"bastion-up"}, KeyARN: pulumi.String(keyARN)})
	topicARN := "arn:aws:recorded:ap-northeast-1:123456789012:aws:sns/topic:Topic/sessions"
	topic := recording.One(t, topicToken, "sessions")
	assert.Equal(t, keyARN, topic.Input("kmsMasterKeyId"))
	assert.Equal(t, "torii-test-sessions", topic.Input("displayName"))
	granted := recording.One(t, "aws:sns/topicPolicy:TopicPolicy", "sessions")
	assert.Equal(t, topicARN, granted.Input("arn"))
	at := account.Place{Partition: "aws", Region: recorder.Region, AccountID: recorder.AccountID}
	want, err := audit.TopicPolicy(at, topicARN, []string{"bastion-up"})
	require.NoError(t, err)
	assert.Equal(t, want, granted.Input("policy"))

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
		"torii:audit:Sessions": 1, topicToken: 1, "aws:sns/topicPolicy:TopicPolicy": 1,
		"aws:cloudwatch/eventRule:EventRule": 2, "aws:cloudwatch/eventTarget:EventTarget": 2,
	}, counts(recording))
	assert.Equal(t, pulumi.StringOutput{}, made.TrailARN)
}

// SNS's own key is none that EventBridge or an alarm may use; CloudTrail knows no other of AWS's than S3's.
func TestWithoutAKeyEachServiceUsesItsOwn(t *testing.T) {
	recording, _ := record(t, audit.SessionsArgs{OwnTrail: true, KeepDays: 365})
	assert.Nil(t, recording.One(t, topicToken, "sessions").Input("kmsMasterKeyId"))
	assert.Nil(t, recording.One(t, trailToken, "sessions").Input("kmsKeyId"))
	encryption := recording.One(t,
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "sessions-trail")
	assert.Equal(t, map[string]any{"sseAlgorithm": "AES256"}, encryption.Input("rules[0].applyServerSideEncryptionByDefault"))
}

func TestATrailThatKeepsNothingIsRefused(t *testing.T) {
	recording, err := recorder.Run("test", nil, func(ctx *pulumi.Context) error {
		_, err := audit.NewSessions(ctx, "sessions", &audit.SessionsArgs{OwnTrail: true})
		return err
	})
	assert.ErrorContains(t, err, "creating audit: the trail's files must be kept for 1 day or more")
	assert.Empty(t, recording.All())
}
