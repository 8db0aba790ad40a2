package stack_test

import (
	"encoding/base64"
	"maps"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/compute/notebooks/guest"
	"torii/internal/recorder"
	"torii/stack"
)

const (
	instanceToken   = "aws:ec2/instance:Instance"
	attachmentToken = "aws:ec2/volumeAttachment:VolumeAttachment"
)

// recordNotebooks runs the program with aiko's one notebook and ken's two; more is put into
// their settings, as JSON without braces.
func recordNotebooks(t *testing.T, more string) *recorder.Recording {
	t.Helper()
	return record(t, notebookConfig(more, nil))
}

func notebookConfig(more string, config map[string]string) map[string]string {
	all := map[string]string{
		"torii:edge":      `{}`,
		"torii:workloads": `{"lab":{"kind":"notebooks","people":{"aiko":1,"ken":{"notebooks":2,"instanceType":"m7i.xlarge","homeGiB":200}}` + more + `}}`,
	}
	maps.Copy(all, config)
	return all
}

func TestNotebookInstances(t *testing.T) {
	recording := recordNotebooks(t, "")
	require.Len(t, recording.Of(instanceToken), 3)
	instance := recording.One(t, instanceToken, "lab-ken-2")
	for path, want := range map[string]any{
		"ami": recorder.Image, "instanceType": "m7i.xlarge", "keyName": nil,
		"subnetId": "network-private-ap-northeast-1a-id", "vpcSecurityGroupIds": []any{"firewall-lab-id"},
		"associatePublicIpAddress": false, "iamInstanceProfile": "lab-ken-2-0000000",
		"instanceInitiatedShutdownBehavior": "stop", "userDataReplaceOnChange": true,
		"rootBlockDevice.volumeSize": 30.0, "rootBlockDevice.volumeType": "gp3", "rootBlockDevice.encrypted": true,
		"rootBlockDevice.kmsKeyId": keyARN,
		"tags": map[string]any{
			"Project": "torii", "Stack": "test", "ManagedBy": "pulumi", "Name": "torii-test-lab-ken-2",
			"ToriiTeam": "torii-test-lab", "ToriiOwner": "ken", "ToriiNotebook": "ken-2",
			"ToriiLocalPort": "58889", "ToriiTokenParameter": "/torii/test/lab/ken/2/token",
		},
	} {
		assert.Equal(t, want, instance.Input(path), path)
	}
	want, err := guest.UserData(guest.Instance{
		Region: "ap-northeast-1", Notebook: "ken-2", VolumeID: "lab-ken-2-home-id", TokenParameter: "/torii/test/lab/ken/2/token",
		TokenKey: keyARN, SettingsParameter: "/torii/test/lab/settings", Packages: "pypi",
	})
	require.NoError(t, err)
	assert.Equal(t, base64.StdEncoding.EncodeToString(want), instance.Input("userDataBase64"))
	assert.Equal(t, "t3.large", recording.One(t, instanceToken, "lab-aiko-1").Input("instanceType"))
	assert.Equal(t, "58888", recording.One(t, instanceToken, "lab-aiko-1").Input("tags.ToriiLocalPort"))
	recording.One(t, parameterToken, "lab-image-1-x86_64")
}

func TestNotebookHomes(t *testing.T) {
	recording := recordNotebooks(t, "")
	require.Len(t, recording.Of(volumeToken), 3)
	home := recording.One(t, volumeToken, "lab-ken-1-home")
	assert.Equal(t, map[string]any{
		"availabilityZone": "ap-northeast-1a", "type": "gp3", "size": 200.0, "encrypted": true, "kmsKeyId": keyARN, "finalSnapshot": true,
		"tags": map[string]any{
			"Project": "torii", "Stack": "test", "ManagedBy": "pulumi", "Name": "torii-test-lab-ken-1-home",
			"ToriiData": "torii-test-lab", "ToriiNotebook": "ken-1",
		},
	}, home.Inputs.Mappable())
	assert.True(t, home.Protect, "a replaced volume is an empty one")
	assert.Equal(t, 50.0, recording.One(t, volumeToken, "lab-aiko-1-home").Input("size"))

	attachment := recording.One(t, attachmentToken, "lab-ken-1-home")
	assert.Equal(t, map[string]any{
		"deviceName": "/dev/sdf", "instanceId": "lab-ken-1-id", "volumeId": "lab-ken-1-home-id", "stopInstanceBeforeDetaching": true,
	}, attachment.Inputs.Mappable())
	schedule := recording.One(t, snapshotsToken, "lab-snapshots")
	assert.Equal(t, map[string]any{"ToriiData": "torii-test-lab"}, schedule.Input("policyDetails.targetTags"))
	assert.Equal(t, 14.0, schedule.Input("policyDetails.schedules[0].retainRule.count"))
}

func TestNotebookTokensNeverPassThroughPulumi(t *testing.T) {
	recording := recordNotebooks(t, "")
	token := recording.One(t, parameterToken, "lab-ken-2-token")
	assert.Equal(t, "/torii/test/lab/ken/2/token", token.Input("name"))
	assert.Equal(t, "SecureString", token.Input("type"))
	assert.Equal(t, resource.MakeSecret(resource.NewStringProperty("unset")).V, token.Input("value"))
	assert.Equal(t, []string{"value"}, token.IgnoreChanges, "the instance puts the token there")
	assert.Equal(t, "ken", token.Input("tags.ToriiOwner"))
	assert.Equal(t, "torii-test-lab", token.Input("tags.ToriiTeam"))

	settings := recording.One(t, parameterToken, "lab-settings")
	assert.Equal(t, "/torii/test/lab/settings", settings.Input("name"))
	assert.Equal(t, "String", settings.Input("type"))
	assert.JSONEq(t, `{"idleMinutes":60}`, settings.Input("insecureValue").(string))
}

// TestIdleMinutesLeaveTheMachinesAlone: they are read while a notebook runs.
func TestIdleMinutesLeaveTheMachinesAlone(t *testing.T) {
	before, after := recordNotebooks(t, ""), recordNotebooks(t, `,"idleMinutes":0`)
	assert.Equal(t, before.Of(instanceToken), after.Of(instanceToken))
	assert.JSONEq(t, `{"idleMinutes":0}`, after.One(t, parameterToken, "lab-settings").Input("insecureValue").(string))
}

// TestNobodyElsesNotebookChangesWithAPerson adds somebody whose name comes first.
func TestNobodyElsesNotebookChangesWithAPerson(t *testing.T) {
	before := record(t, map[string]string{"torii:edge": `{}`, "torii:workloads": `{"lab":{"kind":"notebooks","people":{"ken":2}}}`})
	after := record(t, map[string]string{"torii:edge": `{}`, "torii:workloads": `{"lab":{"kind":"notebooks","people":{"aiko":1,"ken":2}}}`})
	for _, old := range before.Of(instanceToken) {
		assert.Equal(t, old, after.One(t, instanceToken, old.Name))
	}
	assert.Len(t, after.Of(instanceToken), 3)
}

func TestNotebooksNeedUsers(t *testing.T) {
	deploy := func(access string) error {
		_, err := recorder.Run("test", map[string]string{
			"aws:region":    recorder.Region,
			"torii:network": `{"zones":["ap-northeast-1a"]}`,
			"torii:workloads": `{"lab":{"kind":"notebooks","access":"` + access + `",` +
				`"people":{"aiko":1,"ken":{"identity":"` + recorder.Stranger + `"}}}}`,
		}, stack.Deploy)
		return err
	}
	err := deploy("users")
	require.ErrorContains(t, err, "1 problem in the settings:\n  torii:workloads.lab.people.ken: AWS gives no IAM user stranger: ")
	require.ErrorContains(t, err, "; create the user first, name theirs with identity, or set access to session-tags")
	require.NoError(t, deploy("session-tags"), "who comes with a session tag is no user of the account")
}

// TestSessionPreferencesKeepHubsReachable: a role that may not decrypt sessions is a
// machine that nobody can reach any more.
func TestSessionPreferencesKeepHubsReachable(t *testing.T) {
	both := `{"hub":{"kind":"jupyterhub","host":"hub.example.jp","admins":["aiko"]},"lab":{"kind":"notebooks","people":{"aiko":1}}}`
	decrypts := func(preferences string) map[string]bool {
		recording := record(t, map[string]string{"torii:workloads": both, "torii:security": preferences})
		found := map[string]bool{}
		for _, name := range []string{"hub-instance", "lab-aiko-1-instance"} {
			policy := recording.One(t, "aws:iam/rolePolicy:RolePolicy", name).Input("policy").(string)
			found[name] = strings.Contains(policy, `"Action":["kms:Decrypt"],"Resource":["arn:aws:recorded:ap-northeast-1:123456789012:`+
				`aws:kms/key:Key/session-preferences"]`)
		}
		return found
	}
	assert.Equal(t, map[string]bool{"hub-instance": true, "lab-aiko-1-instance": true}, decrypts(`{"sessionPreferences":true}`))
	assert.Equal(t, map[string]bool{"hub-instance": false, "lab-aiko-1-instance": false}, decrypts(`{}`))
}

// TestImageMustFitTheType is found out before anything is made.
func TestImageMustFitTheType(t *testing.T) {
	image := func(answer map[string]any) error {
		_, err := recorder.RunWith("test", notebookConfig(`,"image":"ami-0123456789abcdef0"`, map[string]string{
			"aws:region": recorder.Region, "torii:network": `{"zones":["ap-northeast-1a"]}`,
		}), stack.Deploy, recorder.Answers{"aws:ec2/getAmi:getAmi": answer})
		return err
	}
	require.NoError(t, image(map[string]any{"architecture": "x86_64", "rootDeviceName": "/dev/xvda"}))
	require.ErrorContains(t, image(map[string]any{"architecture": "arm64", "rootDeviceName": "/dev/xvda"}),
		"torii:workloads.lab.image: ami-0123456789abcdef0 is for arm64, and m7i.xlarge is x86_64; "+
			"give an image for that, or newest- and a word, which follows the type")
	require.ErrorContains(t, image(map[string]any{"architecture": "x86_64", "rootDeviceName": "/dev/sda1"}),
		"torii:workloads.lab.image: ami-0123456789abcdef0 starts from /dev/sda1, and Amazon Linux 2023 from /dev/xvda; give an image of that")
}
