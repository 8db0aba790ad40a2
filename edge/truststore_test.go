package edge

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
	"torii/internal/recorder"
	"torii/internal/tags"
)

const (
	storeResource  = "aws:lb/trustStore:TrustStore"
	listResource   = "aws:lb/trustStoreRevocation:TrustStoreRevocation"
	objectResource = "aws:s3/bucketObjectv2:BucketObjectv2"
)

// guarded records a gate, and with change a trust store that it asks.
func guarded(t *testing.T, change func(*TrustStoreArgs)) *recorder.Recording {
	t.Helper()
	return recorder.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		gateway, err := ec2.NewInternetGateway(ctx, "network", nil)
		if err != nil {
			return err
		}
		gate := &GatewayArgs{
			SubnetIDs: pulumi.StringArray{pulumi.String("subnet-a"), pulumi.String("subnet-c")}, SecurityGroupID: pulumi.String("sg-gate"),
			InternetGateway: gateway, Sites: []Site{{Name: "site"}}, Kind: CertificateSelfSigned, IdleTimeoutSeconds: 75, LogRetentionDays: 90,
			Cloud: account.Place{Partition: "aws", Region: recorder.Region, AccountID: recorder.AccountID},
			Tags:  tags.ForStack("torii", "test"),
		}
		if change != nil {
			args := &TrustStoreArgs{ClientAuthorities: pulumi.String("authorities"), Tags: tags.ForStack("torii", "test")}
			change(args)
			store, err := NewTrustStore(ctx, "clients", args)
			if err != nil {
				return err
			}
			gate.TrustStoreARN = store.ARN
		}
		_, err = NewGateway(ctx, "gate", gate)
		return err
	})
}

func TestTrustStore(t *testing.T) {
	recording := guarded(t, func(args *TrustStoreArgs) {
		args.Protect = true
		args.RevocationLists = pulumi.StringArray{pulumi.String("first"), pulumi.String("second")}
	})
	store := recording.One(t, storeResource, "clients")
	assert.Equal(t, []any{"clients", "client-authorities.pem", nil, "torii-test-clients"}, []any{
		store.Input("caCertificatesBundleS3Bucket"), store.Input("caCertificatesBundleS3Key"), store.Input("name"), store.Input("tags.Name"),
	})
	assert.True(t, store.After(objectResource, "clients-authorities"))
	assert.False(t, store.Protect, "a changed bundle makes a new one")

	for name, want := range map[string][]any{
		"clients-authorities":   {"clients", "client-authorities.pem", "authorities"},
		"clients-revocations-1": {"clients", "revocations-1.pem", "first"},
		"clients-revocations-2": {"clients", "revocations-2.pem", "second"},
	} {
		object := recording.One(t, objectResource, name)
		assert.Equal(t, want, []any{object.Input("bucket"), object.Input("key"), object.Input("content")}, name)
		assert.True(t, object.After("aws:s3/bucketPolicy:BucketPolicy", "clients"), "%s", name)
		assert.Equal(t, trustStoreToken, string(resource.URN(object.Parent).Type()), name)
	}
	require.Len(t, recording.Of(listResource), 2)
	for _, name := range []string{"clients-revocations-1", "clients-revocations-2"} {
		list := recording.One(t, listResource, name)
		assert.Equal(t, []any{"clients", name[len("clients-"):] + ".pem"},
			[]any{list.Input("revocationsS3Bucket"), list.Input("revocationsS3Key")})
		assert.True(t, list.After(storeResource, "clients"))
		assert.True(t, list.After(objectResource, name))
	}
	assert.True(t, recording.One(t, listResource, "clients-revocations-2").After(listResource, "clients-revocations-1"))
	assert.True(t, recording.One(t, listenerResource, "gate-https").After(listResource, "clients-revocations-2"),
		"until the last list is attached, nobody is let in by the trust store")
}

func TestTrustStoreBucket(t *testing.T) {
	recording := guarded(t, func(args *TrustStoreArgs) { args.Protect = true })
	made := recording.One(t, bucketResource, "clients")
	assert.Equal(t, []any{false, "torii-test-clients"}, []any{made.Input("forceDestroy"), made.Input("tags.Name")})
	assert.True(t, made.Protect)
	for token, want := range map[string]map[string]any{
		"aws:s3/bucketVersioningV2:BucketVersioningV2":           {"versioningConfiguration.status": "Enabled"},
		"aws:s3/bucketOwnershipControls:BucketOwnershipControls": {"rule.objectOwnership": "BucketOwnerEnforced"},
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
			"blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true,
		},
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": {
			"rules[0].applyServerSideEncryptionByDefault.sseAlgorithm": "AES256",
		},
		"aws:s3/bucketPolicy:BucketPolicy": {
			"policy": `{"Version":"2012-10-17","Statement":[{"Sid":"NobodyWithoutTLS","Effect":"Deny","Principal":"*","Action":["s3:*"],` +
				`"Resource":["arn:aws:s3:::clients","arn:aws:s3:::clients/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`,
		},
	} {
		part := recording.One(t, token, "clients")
		for path, value := range want {
			assert.Equal(t, value, part.Input(path), "%s %s", token, path)
		}
	}
	assert.True(t, recording.One(t, "aws:s3/bucketPolicy:BucketPolicy", "clients").
		After("aws:s3/bucketVersioningV2:BucketVersioningV2", "clients"), "an object that comes before gets no version")
	require.Len(t, recording.Of("aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"), 1, "the gate's logs alone expire")

	open := guarded(t, func(*TrustStoreArgs) {})
	assert.Equal(t, true, open.One(t, bucketResource, "clients").Input("forceDestroy"))
	assert.False(t, open.One(t, bucketResource, "clients").Protect)
	assert.Empty(t, open.Of(listResource))
}

func TestGateAsksForClientCertificates(t *testing.T) {
	recording := guarded(t, func(*TrustStoreArgs) {})
	arn := "arn:aws:recorded:ap-northeast-1:123456789012:aws:lb/trustStore:TrustStore/clients"
	assert.Equal(t, map[string]any{"mode": "verify", "trustStoreArn": arn, "ignoreClientCertificateExpiry": false},
		recording.One(t, listenerResource, "gate-https").Input("mutualAuthentication"))
	assert.Nil(t, recording.One(t, listenerResource, "gate-http").Input("mutualAuthentication"))
	assert.Equal(t, map[string]any{"bucket": "gate-access-logs", "enabled": true},
		recording.One(t, networkResource, "gate").Input("connectionLogs"))

	open := guarded(t, nil)
	assert.Equal(t, map[string]any{"mode": "off"}, open.One(t, listenerResource, "gate-https").Input("mutualAuthentication"))
	assert.Equal(t, map[string]any{"bucket": "gate-access-logs", "enabled": false},
		open.One(t, networkResource, "gate").Input("connectionLogs"))
	assert.Empty(t, open.Of(storeResource))
}

func TestTrustStoreNeedsAuthorities(t *testing.T) {
	recording, err := recorder.Run("test", nil, func(ctx *pulumi.Context) error {
		_, err := NewTrustStore(ctx, "clients", &TrustStoreArgs{})
		return err
	})
	assert.ErrorContains(t, err, "creating trust store clients: no client authorities are given")
	assert.Empty(t, recording.All())
}
