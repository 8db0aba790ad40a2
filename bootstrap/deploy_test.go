//go:build integration

package main

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localaws"
	"torii/internal/localdeploy"
	"torii/internal/recorder"
	"torii/internal/toolchain"
)

// account is a local AWS with a bootstrap on it.
type localAccount struct {
	t      *testing.T
	kit    toolchain.Kit
	server *localaws.Server
	dir    string
}

func newLocalAccount(t *testing.T) *localAccount {
	t.Helper()
	kit, err := toolchain.Ensure(t.Context(), recorder.Root(), toolchain.Options{Progress: os.Stderr, Providers: toolchain.Build})
	require.NoError(t, err)
	dir := t.TempDir()
	server, err := localaws.Start(t.Context(), localaws.Options{
		MotoServer: kit.MotoServer, Launcher: filepath.Join(recorder.Root(), "tools", "moto", "server.py"), Dir: filepath.Join(dir, "aws"),
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop(context.Background())) })
	return &localAccount{t: t, kit: kit, server: server, dir: dir}
}

func (a *localAccount) config() aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: &a.server.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
}

func (a *localAccount) spec() localdeploy.Spec {
	a.t.Helper()
	project, err := os.ReadFile("Pulumi.yaml")
	require.NoError(a.t, err)
	return localdeploy.Spec{
		Stack: "account", Project: project, Dir: a.dir, Server: a.server, Kit: a.kit, Program: deploy, Progress: os.Stderr,
		Settings: []byte(`config:
  aws:region: ap-northeast-1
  torii-bootstrap:repository: example/torii
  torii-bootstrap:ownerId: 1001
  torii-bootstrap:repositoryId: 2002
  torii-bootstrap:stages: [prod] # one is like another
  torii-bootstrap:people: [prod]
  torii-bootstrap:zones: {prod: [` + hosted + `]}
  torii-bootstrap:protect: false
`),
	}
}

// TestBootstrap deploys it, asks AWS what stands, keeps a state and a secret as the outputs say, and takes it down.
func TestBootstrap(t *testing.T) {
	a := newLocalAccount(t)
	before, err := a.server.Resources(t.Context())
	require.NoError(t, err)
	up, err := localdeploy.Up(t.Context(), a.spec())
	require.NoError(t, err)
	t.Logf("up: %v in %s", up.Changes, up.Duration)
	again, err := localdeploy.Up(t.Context(), a.spec())
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"same": again.Changes["same"]}, again.Changes)

	t.Run("roles", func(t *testing.T) { a.rolesAre(t, up.Outputs) })
	t.Run("bucket and key", func(t *testing.T) { a.stateIs(t, strings.TrimPrefix(up.Outputs["backend"].Value.(string), "s3://")) })
	t.Run("state", func(t *testing.T) { a.keepsAState(t, up.Outputs) })

	_, err = localdeploy.Destroy(t.Context(), a.spec())
	require.NoError(t, err)
	after, err := a.server.Resources(t.Context())
	require.NoError(t, err)
	assert.Empty(t, after.Without(before), after.Without(before).String())
}

// rolesAre asks IAM for the roles, by the ARNs that GitHub is given.
func (a *localAccount) rolesAre(t *testing.T, outputs auto.OutputMap) {
	client := iam.NewFromConfig(a.config())
	roles := outputs["roles"].Value.(map[string]any)
	require.Len(t, roles, 3)
	for environment, want := range map[string]struct {
		name     string
		seconds  int32
		p        purpose
		policies int
	}{
		"prod":         {"torii-prod-deploy", 7200, deploying, 8},
		"preview-prod": {"torii-prod-preview", 3600, previewing, 2},
		"drift-prod":   {"torii-prod-drift", 3600, drifting, 2},
	} {
		assert.Equal(t, "arn:aws:iam::"+accountID+":role/"+want.name, roles[environment], environment)
		role, err := client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: &want.name})
		require.NoError(t, err)
		assert.Equal(t, want.seconds, *role.Role.MaxSessionDuration)
		trust, err := url.PathUnescape(*role.Role.AssumeRolePolicyDocument)
		require.NoError(t, err)
		expected, err := chosen.trust(provider, "prod", want.p)
		require.NoError(t, err)
		assert.JSONEq(t, expected, trust)
		attached, err := client.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: &want.name})
		require.NoError(t, err)
		assert.Len(t, attached.AttachedPolicies, want.policies, environment)
		inline, err := client.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: &want.name})
		require.NoError(t, err)
		assert.Empty(t, inline.PolicyNames)
	}
	limit, err := client.GetPolicy(t.Context(), &iam.GetPolicyInput{PolicyArn: aws.String("arn:aws:iam::" + accountID + ":policy/torii-prod")})
	require.NoError(t, err)
	version, err := client.GetPolicyVersion(t.Context(), &iam.GetPolicyVersionInput{
		PolicyArn: limit.Policy.Arn, VersionId: limit.Policy.DefaultVersionId,
	})
	require.NoError(t, err)
	text, err := url.PathUnescape(*version.PolicyVersion.Document)
	require.NoError(t, err)
	want, err := boundary(tokyo, "torii", "prod")
	require.NoError(t, err)
	assert.JSONEq(t, want, text)
	known, err := client.GetOpenIDConnectProvider(t.Context(), &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(provider)})
	require.NoError(t, err)
	assert.Equal(t, []string{audience}, known.ClientIDList)
}

// stateIs asks S3 and KMS how the state is kept.
func (a *localAccount) stateIs(t *testing.T, name string) {
	client := s3.NewFromConfig(a.config(), func(o *s3.Options) { o.UsePathStyle = true })
	assert.Regexp(t, "^torii-state-", name)
	versions, err := client.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: &name})
	require.NoError(t, err)
	assert.Equal(t, s3types.BucketVersioningStatusEnabled, versions.Status)
	private, err := client.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: &name})
	require.NoError(t, err)
	yes := aws.Bool(true)
	assert.Equal(t, &s3types.PublicAccessBlockConfiguration{
		BlockPublicAcls: yes, BlockPublicPolicy: yes, IgnorePublicAcls: yes, RestrictPublicBuckets: yes,
	}, private.PublicAccessBlockConfiguration)
	policy, err := client.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &name})
	require.NoError(t, err)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"NobodyWithoutTLS","Effect":"Deny","Principal":"*","Action":["s3:*"],`+
		`"Resource":["arn:aws:s3:::`+name+`","arn:aws:s3:::`+name+`/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, *policy.Policy)

	key, err := kms.NewFromConfig(a.config()).DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("alias/torii-state")})
	require.NoError(t, err)
	encryption, err := client.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: &name})
	require.NoError(t, err)
	rule := encryption.ServerSideEncryptionConfiguration.Rules[0]
	assert.Equal(t, s3types.ServerSideEncryptionAwsKms, rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm)
	assert.Equal(t, *key.KeyMetadata.Arn, *rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID)
}
