package stack_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
)

func logGroupsHaveARetention(t *testing.T, all []recorder.Resource) {
	groups := of(all, "aws:cloudwatch/logGroup:LogGroup")
	require.NotEmpty(t, groups)
	for _, group := range groups {
		days, _ := group.Input("retentionInDays").(float64)
		assert.Positive(t, days, group.Name)
	}
}

func bucketsAreLocked(t *testing.T, all []recorder.Resource) {
	for _, bucket := range of(all, "aws:s3/bucketV2:BucketV2") {
		for token, want := range map[string]map[string]any{
			"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
				"blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true,
			},
			"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": {
				"rules[0].applyServerSideEncryptionByDefault.sseAlgorithm": bucketCipher(all, bucket),
			},
			"aws:s3/bucketOwnershipControls:BucketOwnershipControls":               {"rule.objectOwnership": "BucketOwnerEnforced"},
			"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": {"rules[0].status": "Enabled"},
			"aws:s3/bucketPolicy:BucketPolicy":                                     {},
		} {
			if bucket.Name == trustBucket && strings.Contains(token, "Lifecycle") {
				continue
			}
			found := slices.DeleteFunc(of(all, token), func(r recorder.Resource) bool { return r.Input("bucket") != bucket.Name+"-id" })
			require.Len(t, found, 1, "%s of %s", token, bucket.Name)
			for path, value := range want {
				assert.Equal(t, value, found[0].Input(path), "%s of %s", path, bucket.Name)
			}
			if document, isPolicy := found[0].Input("policy").(string); isPolicy {
				assert.Contains(t, document, `"Effect":"Deny","Principal":"*","Action":["s3:*"]`)
				assert.Contains(t, document, `"Condition":{"Bool":{"aws:SecureTransport":"false"}}`)
			}
		}
	}
}

// trustBucket holds what the gate checks clients by: no log, and every version of it is kept.
const trustBucket = "clients"

// bucketCipher is how a bucket is encrypted: with a key of the stack's own where its writer can.
func bucketCipher(all []recorder.Resource, bucket recorder.Resource) string {
	if bucket.Name == "sessions-trail" && len(of(all, aliasToken)) > 0 {
		return "aws:kms"
	}
	return "AES256" // the only one that load balancers write with
}

func disksAreEncrypted(t *testing.T, all []recorder.Resource) {
	for _, volume := range of(all, "aws:ebs/volume:Volume") {
		assert.Equal(t, true, volume.Input("encrypted"), volume.Name)
	}
	for _, machine := range of(all, instanceToken) {
		assert.Equal(t, true, machine.Input("rootBlockDevice.encrypted"), machine.Name)
		assert.Nil(t, machine.Input("ebsBlockDevices"), machine.Name)
	}
	for _, template := range of(all, launchTemplateToken) {
		disks, _ := template.Input("blockDeviceMappings").([]any)
		require.NotEmpty(t, disks, template.Name)
		for i := range disks {
			assert.Equal(t, "true", template.Input(fmt.Sprintf("blockDeviceMappings[%d].ebs.encrypted", i)), template.Name)
		}
	}
}
