//go:build integration

package integration

import (
	"encoding/json"
	"path"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// document is a policy that AWS gave back.
type document struct {
	Statement []struct {
		Sid, Effect      string
		Action, Resource []string
		Condition        map[string]map[string]values
	}
}

// values are what a condition compares with: several, or one that need not stand in a list.
type values []string

func (v *values) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*v = values{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(v))
}

func parsePolicy(t *testing.T, text *string) document {
	t.Helper()
	var parsed document
	require.NoError(t, json.Unmarshal([]byte(aws.ToString(text)), &parsed))
	return parsed
}

// asks are the values that a condition key is asked for, by statement.
func (d document) asks(key string) map[string][]string {
	found := map[string][]string{}
	for _, statement := range d.Statement {
		for _, keys := range statement.Condition {
			if values, asked := keys[key]; asked {
				found[statement.Sid] = values
			}
		}
	}
	return found
}

// requireMeans wants each statement's condition to hold for an ARN: policies are written before what they are about.
func requireMeans(t *testing.T, arn *string, conditions map[string][]string, statements ...string) {
	t.Helper()
	for _, sid := range statements {
		require.Len(t, conditions[sid], 1, sid)
		matches, err := path.Match(conditions[sid][0], aws.ToString(arn))
		require.NoError(t, err)
		assert.True(t, matches, "%s: %s is not %s", sid, aws.ToString(arn), conditions[sid][0])
	}
	assert.Len(t, conditions, len(statements))
}

// checkSessions reads back what records and reports sessions, and sends it some.
func checkSessions(t *testing.T, c clients, emails []string) {
	trails, err := c.trails.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{})
	require.NoError(t, err)
	require.Len(t, trails.TrailList, 1)
	trail := trails.TrailList[0]
	topic := aws.String(c.topicNamed("sessions"))

	checkTrail(t, c, trail)
	checkTrailFiles(t, c, trail)
	checkTopic(t, c, aws.ToString(trail.KmsKeyId), topic, emails)
	checkPeopleAreTold(t, c, topic)
}

func checkTrail(t *testing.T, c clients, trail trailtypes.Trail) {
	assert.True(t, aws.ToBool(trail.LogFileValidationEnabled))
	assert.False(t, aws.ToBool(trail.IsMultiRegionTrail))
	assert.False(t, aws.ToBool(trail.HasCustomEventSelectors), "all management events, reading ones too")
	status, err := c.trails.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: trail.TrailARN})
	require.NoError(t, err)
	assert.True(t, aws.ToBool(status.IsLogging))
}

func checkTrailFiles(t *testing.T, c clients, trail trailtypes.Trail) {
	bucket := trail.S3BucketName
	encryption, err := c.s3.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: bucket})
	require.NoError(t, err)
	require.Len(t, encryption.ServerSideEncryptionConfiguration.Rules, 1)
	with := encryption.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault
	assert.Equal(t, s3types.ServerSideEncryptionAwsKms, with.SSEAlgorithm)
	assert.Equal(t, aws.ToString(trail.KmsKeyId), aws.ToString(with.KMSMasterKeyID))
	versions, err := c.s3.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: bucket})
	require.NoError(t, err)
	assert.Equal(t, s3types.BucketVersioningStatusEnabled, versions.Status)
	private, err := c.s3.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: bucket})
	require.NoError(t, err)
	assert.Equal(t, &s3types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true),
		IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
	}, private.PublicAccessBlockConfiguration)
	life, err := c.s3.GetBucketLifecycleConfiguration(t.Context(), &s3.GetBucketLifecycleConfigurationInput{Bucket: bucket})
	require.NoError(t, err)
	require.Len(t, life.Rules, 1)
	assert.Equal(t, int32(365), aws.ToInt32(life.Rules[0].Expiration.Days))
	assert.Equal(t, int32(30), aws.ToInt32(life.Rules[0].NoncurrentVersionExpiration.NoncurrentDays))

	granted, err := c.s3.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: bucket})
	require.NoError(t, err)
	policy := parsePolicy(t, granted.Policy)
	requireMeans(t, trail.TrailARN, policy.asks("aws:SourceArn"), "CloudTrailLooksAtTheBucket", "CloudTrailWrites")
	assert.Equal(t, map[string][]string{"NobodyWithoutTLS": {"false"}}, policy.asks("aws:SecureTransport"))
	require.Len(t, policy.Statement, 3)
	assert.Equal(t, []string{"arn:aws:s3:::" + aws.ToString(bucket) + "/AWSLogs/123456789012/*"}, policy.Statement[1].Resource)
	assert.Equal(t, "Deny", policy.Statement[2].Effect)
}

func checkTopic(t *testing.T, c clients, key string, topic *string, emails []string) {
	found, err := c.sns.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: topic})
	require.NoError(t, err)
	assert.Equal(t, key, found.Attributes["KmsMasterKeyId"])
	policy := parsePolicy(t, aws.String(found.Attributes["Policy"]))
	require.Len(t, policy.Statement, 2)
	assert.Equal(t, []string{"sns:Publish"}, policy.Statement[0].Action)
	assert.Empty(t, policy.Statement[0].Condition, "EventBridge meets none")
	assert.Equal(t, "Deny", policy.Statement[1].Effect)
	assert.Equal(t, map[string][]string{"NobodyWithoutTLS": {"false"}}, policy.asks("aws:SecureTransport"))

	listed, err := c.sns.ListSubscriptionsByTopic(t.Context(), &sns.ListSubscriptionsByTopicInput{TopicArn: topic})
	require.NoError(t, err)
	var told []string
	for _, subscription := range listed.Subscriptions {
		assert.Equal(t, "email", aws.ToString(subscription.Protocol))
		told = append(told, aws.ToString(subscription.Endpoint))
	}
	slices.Sort(told)
	assert.Equal(t, slices.Sorted(slices.Values(emails)), told)
}

// checkPreferences reads back what holds for every session of the account and region.
func checkPreferences(t *testing.T, c clients) {
	found, err := c.ssm.GetDocument(t.Context(), &ssm.GetDocumentInput{Name: aws.String("SSM-SessionManagerRunShell")})
	require.NoError(t, err)
	assert.Equal(t, ssmtypes.DocumentTypeSession, found.DocumentType)
	var content struct {
		SessionType string
		Inputs      map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(aws.ToString(found.Content)), &content))
	assert.Equal(t, "Standard_Stream", content.SessionType)
	key, _ := content.Inputs["kmsKeyId"].(string)
	assert.Equal(t, map[string]any{
		"kmsKeyId": key, "runAsEnabled": false, "idleSessionTimeout": "20", "maxSessionDuration": "720",
	}, content.Inputs)
	described, err := c.kms.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String(key)})
	require.NoError(t, err)
	assert.True(t, described.KeyMetadata.Enabled)
	rotation, err := c.kms.GetKeyRotationStatus(t.Context(), &kms.GetKeyRotationStatusInput{KeyId: aws.String(key)})
	require.NoError(t, err)
	assert.True(t, rotation.KeyRotationEnabled)
}
