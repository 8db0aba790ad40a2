package stack_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
	"torii/stack"
)

const (
	aliasToken = "aws:kms/alias:Alias"
	// keyARN is the stack's key, as it is recorded.
	keyARN = "arn:aws:recorded:ap-northeast-1:123456789012:aws:kms/key:Key/key"
)

// keyed records a stack file, with a setting of the key.
func keyed(t *testing.T, file, key string) *recorder.Recording {
	t.Helper()
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	config, err := recorder.Config(files[file])
	require.NoError(t, err)
	config["torii:security"] = `{"key": "` + key + `"}`
	return recorder.MustRun(t, "test", config, stack.Deploy)
}

// Snapshots outlive a hub and notebooks, and no longer than that is anything else kept.
func TestTheKeyStaysWhereWorkIsKept(t *testing.T) {
	for file, keeps := range map[string]bool{
		"jupyterhub": true, "notebooks": true, "fargate-web": false, "web-fleet": false, "client-cert": false,
	} {
		key := keyed(t, file, "stack").One(t, keyToken, "key")
		assert.Equal(t, keeps, key.RetainOnDelete, file)
		assert.Equal(t, 30.0, key.Input("deletionWindowInDays"), file)
		assert.False(t, key.Protect, file) // as the examples have it
	}
}

// A hub that was taken out leaves its snapshots, and a volume while it is on its way out.
func TestTheKeyStaysForWhatATakenOutHubLeft(t *testing.T) {
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	config, err := recorder.Config(files["fargate-web"])
	require.NoError(t, err)
	for _, answer := range []string{"aws:ebs/getSnapshotIds:getSnapshotIds", "aws:ebs/getEbsVolumes:getEbsVolumes"} {
		recording, err := recorder.RunWith("test", config, stack.Deploy, recorder.Answers{answer: {"ids": []any{"left"}}})
		require.NoError(t, err)
		assert.True(t, recording.One(t, keyToken, "key").RetainOnDelete, answer)
	}
}

// Each of these would otherwise take AWS's own, without a word. Where there is no such input in AWS, it is not listed.
var keyInputs = map[string][]string{
	"aws:cloudwatch/logGroup:LogGroup":      {"kmsKeyId"},
	"aws:ebs/volume:Volume":                 {"kmsKeyId"},
	"aws:ec2/instance:Instance":             {"rootBlockDevice.kmsKeyId"},
	"aws:ec2/launchTemplate:LaunchTemplate": {"blockDeviceMappings[0].ebs.kmsKeyId"},
	"aws:sns/topic:Topic":                   {"kmsMasterKeyId"},
	"aws:cloudtrail/trail:Trail":            {"kmsKeyId"},
}

func TestEverythingIsEncryptedWithTheChosenKey(t *testing.T) {
	for _, file := range []string{"jupyterhub", "notebooks", "fargate-web", "web-fleet", "client-cert"} {
		for _, chosen := range []string{"stack", "aws"} {
			recording := keyed(t, file, chosen)
			var want any
			parameters := "alias/aws/ssm"
			if chosen == "stack" {
				want, parameters = keyARN, keyARN
			}
			assert.Len(t, recording.Of(aliasToken), map[string]int{"stack": 1}[chosen], file)
			for token, inputs := range keyInputs {
				for _, each := range recording.Of(token) {
					for _, input := range inputs {
						assert.Equal(t, want, each.Input(input), "%s: %s %s", file, token, each.Name)
					}
				}
			}
			for _, each := range recording.Of(parameterToken) {
				if each.Input("type") == "SecureString" {
					assert.Equal(t, parameters, each.Input("keyId"), "%s: %s", file, each.Name)
				}
			}
		}
	}
}

// A change of key would replace a volume, by an empty one.
func TestWhatIsWrittenKeepsItsKey(t *testing.T) {
	for _, chosen := range []string{"stack", "aws"} {
		assert.Equal(t, []string{"kmsKeyId"}, keyed(t, "jupyterhub", chosen).One(t, volumeToken, "hub-data").IgnoreChanges)
		for _, home := range keyed(t, "notebooks", chosen).Of(volumeToken) {
			assert.Equal(t, []string{"kmsKeyId"}, home.IgnoreChanges, home.Name)
		}
	}
}

func TestTheKeyHasTheStacksName(t *testing.T) {
	recording := keyed(t, "fargate-web", "stack")
	assert.Equal(t, "alias/torii-test", recording.One(t, aliasToken, "key").Input("name"))
	assert.Equal(t, "torii-test-key", recording.One(t, keyToken, "key").Input("tags.Name"))
}
