//go:build integration

package integration

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	pulumikms "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localaws"
	"torii/internal/localdeploy"
	"torii/internal/tags"
	"torii/security/audit"
)

// What AWS must say of the key of a stack, and of what is encrypted with it.

// keepsKey says whether a stack's key stays when the stack goes: what people wrote is in snapshots that need it.
func keepsKey(chosen settings) bool {
	if security, ok := chosen["torii:security"].(settings); ok && security["key"] == "aws" {
		return false
	}
	for _, workload := range chosen["torii:workloads"].(settings) {
		if kind := workload.(settings)["kind"]; kind == "jupyterhub" || kind == "notebooks" {
			return true
		}
	}
	return false
}

// keptKeys wants keys among what is left of a stack, takes them out, and wants them to be of use and to have no name, so
// that the next stack can have that.
func (s *site) keptKeys(left localaws.Resources, want int) {
	s.t.Helper()
	ids := left["kms"]["Key"]
	require.Len(s.t, ids, want, "keys that stay")
	named := s.ask().aliases()
	for _, id := range ids {
		found, err := s.ask().kms.DescribeKey(s.t.Context(), &kms.DescribeKeyInput{KeyId: aws.String(id)})
		require.NoError(s.t, err)
		assert.Equal(s.t, kmstypes.KeyStateEnabled, found.KeyMetadata.KeyState)
		assert.NotContains(s.t, named, aws.ToString(found.KeyMetadata.KeyId))
	}
	delete(left, "kms")
}

// aliases are the names of keys, by the key's id.
func (c clients) aliases() map[string]string {
	c.t.Helper()
	listed, err := c.kms.ListAliases(c.t.Context(), &kms.ListAliasesInput{})
	require.NoError(c.t, err)
	names := map[string]string{}
	for _, alias := range listed.Aliases {
		if alias.TargetKeyId != nil {
			names[aws.ToString(alias.TargetKeyId)] = aws.ToString(alias.AliasName)
		}
	}
	return names
}

// stackKey is the ARN of a stack's key, by its name.
func (c clients) stackKey(stack string) string {
	c.t.Helper()
	found, err := c.kms.DescribeKey(c.t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("alias/torii-" + stack)})
	require.NoError(c.t, err)
	return aws.ToString(found.KeyMetadata.Arn)
}

// encrypted is what each thing in the region is encrypted with, by kind and then by name; "" for a default.
type encrypted map[string]map[string]string

// others are the kinds and names of things that a key does not encrypt.
func (e encrypted) others(key string) (all []string) {
	for kind, things := range e {
		for name, with := range things {
			if with != key {
				all = append(all, kind+" "+name+": "+with)
			}
		}
	}
	return all
}

// encryptions asks for everything that a stack may encrypt.
func (c clients) encryptions() encrypted {
	c.t.Helper()
	all := encrypted{"log group": {}, "volume": {}, "parameter": {}, "secret": {}, "topic": {}}
	groups, err := c.logs.DescribeLogGroups(c.t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	require.NoError(c.t, err)
	for _, group := range groups.LogGroups {
		all["log group"][aws.ToString(group.LogGroupName)] = aws.ToString(group.KmsKeyId)
	}
	volumes, err := c.ec2.DescribeVolumes(c.t.Context(), &ec2.DescribeVolumesInput{})
	require.NoError(c.t, err)
	for _, volume := range volumes.Volumes {
		all["volume"][aws.ToString(volume.VolumeId)] = aws.ToString(volume.KmsKeyId)
	}
	parameters, err := c.ssm.DescribeParameters(c.t.Context(), &ssm.DescribeParametersInput{
		ParameterFilters: []ssmtypes.ParameterStringFilter{{Key: aws.String("Type"), Values: []string{"SecureString"}}},
	})
	require.NoError(c.t, err)
	for _, parameter := range parameters.Parameters {
		all["parameter"][aws.ToString(parameter.Name)] = aws.ToString(parameter.KeyId)
	}
	secrets, err := c.secrets.ListSecrets(c.t.Context(), &secretsmanager.ListSecretsInput{})
	require.NoError(c.t, err)
	for _, secret := range secrets.SecretList {
		all["secret"][aws.ToString(secret.Name)] = aws.ToString(secret.KmsKeyId)
	}
	topics, err := c.sns.ListTopics(c.t.Context(), &sns.ListTopicsInput{})
	require.NoError(c.t, err)
	for _, topic := range topics.Topics {
		about, err := c.sns.GetTopicAttributes(c.t.Context(), &sns.GetTopicAttributesInput{TopicArn: topic.TopicArn})
		require.NoError(c.t, err)
		all["topic"][aws.ToString(topic.TopicArn)] = about.Attributes["KmsMasterKeyId"]
	}
	return all
}

// wantEncrypted is how many things of each kind a stack encrypts.
var wantEncrypted = map[string]map[string]int{
	"jupyterhub": {"log group": 3, "volume": 2, "parameter": 1, "secret": 0, "topic": 1},
	"notebooks":  {"log group": 1, "volume": 6, "parameter": 3, "secret": 0, "topic": 2},
}

// checkKey wants one key, rotated each year, that lets in whom it should, and everything to be encrypted with it.
func checkKey(t *testing.T, c clients, stack string) {
	key := c.stackKey(stack)
	rotation, err := c.kms.GetKeyRotationStatus(t.Context(), &kms.GetKeyRotationStatusInput{KeyId: aws.String(key)})
	require.NoError(t, err)
	assert.True(t, rotation.KeyRotationEnabled)
	held, err := c.kms.GetKeyPolicy(t.Context(), &kms.GetKeyPolicyInput{KeyId: aws.String(key), PolicyName: aws.String("default")})
	require.NoError(t, err)
	policy := parsePolicy(t, held.Policy)
	require.Len(t, policy.Statement, 8) // the account, whoever may use the thing, and six of services
	assert.Equal(t, map[string][]string{"WhoMayUseTheThing": {"123456789012"}}, policy.asks("kms:CallerAccount"))
	assert.Equal(t, map[string][]string{"LogsOfThisAccount": {"arn:aws:logs:ap-northeast-1:123456789012:log-group:*"}},
		policy.asks("kms:EncryptionContext:aws:logs:arn"))

	all := c.encryptions()
	assert.Empty(t, all.others(key))
	counts := map[string]int{}
	for kind, things := range all {
		counts[kind] = len(things)
	}
	assert.Equal(t, wantEncrypted[stack], counts)
}

// keyGoesAndComes takes a hub's stack from its own key to AWS's and back. Whatever keeps something keeps standing.
func keyGoesAndComes(t *testing.T, s *site, c clients, chosen settings) {
	c.t, s.t = t, t
	before, volume := c.stackKey("restore"), c.hubVolume()
	assert.Equal(t, before, aws.ToString(volume.KmsKeyId), "made from a snapshot of the first stack, with a key of its own")

	chosen.set("torii:security/key", "aws")
	without := s.up("AWS's own keys", chosen)
	assert.ElementsMatch(t, []string{
		"delete aws:kms/alias:Alias key", "delete aws:kms/key:Key key", "delete torii:encryption:Key key",
	}, replaced(without))
	now := c.encryptions()
	for group, with := range now["log group"] {
		assert.Empty(t, with, group)
	}
	for parameter, with := range now["parameter"] {
		assert.Equal(t, "alias/aws/ssm", with, parameter)
	}
	found, err := c.kms.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String(before)})
	require.NoError(t, err)
	assert.Equal(t, kmstypes.KeyStateEnabled, found.KeyMetadata.KeyState, "the volume and its snapshots need it")
	s.unchanged(chosen)

	chosen.set("torii:security/key", "stack")
	with := s.up("a key of its own again", chosen)
	assert.Empty(t, replaced(with))
	key := c.stackKey("restore")
	assert.NotEqual(t, before, key)
	assert.Contains(t, updated(with), "aws:ssm/parameter:Parameter hub-secrets")
	others := c.encryptions().others(key)
	assert.Equal(t, []string{"volume " + aws.ToString(volume.VolumeId) + ": " + before}, others, "all but the hub's volume have the new one")
	after := c.hubVolume()
	assert.Equal(t, aws.ToString(volume.VolumeId), aws.ToString(after.VolumeId))
	assert.Equal(t, volume.CreateTime, after.CreateTime)
}

// formerKey stands up what earlier releases encrypted the record of sessions with, and returns its ARN.
func (s *site) formerKey(chosen settings) string {
	s.t.Helper()
	spec := s.spec(chosen)
	spec.Program = func(ctx *pulumi.Context) error {
		parent := &audit.Sessions{}
		if err := ctx.RegisterComponentResource("torii:audit:Sessions", "sessions", parent); err != nil {
			return err
		}
		_, err := pulumikms.NewKey(ctx, "sessions", &pulumikms.KeyArgs{
			EnableKeyRotation: pulumi.Bool(true), Tags: tags.ForStack("torii", s.name).Named("sessions"),
		}, pulumi.Parent(parent))
		return err
	}
	_, err := localdeploy.Up(s.t.Context(), spec)
	require.NoError(s.t, err)
	listed, err := s.ask().kms.ListKeys(s.t.Context(), &kms.ListKeysInput{})
	require.NoError(s.t, err)
	require.Len(s.t, listed.Keys, 1)
	return aws.ToString(listed.Keys[0].KeyArn)
}
