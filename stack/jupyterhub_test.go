package stack_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/compute/jupyterhub/guest"
	"torii/internal/recorder"
)

const (
	volumeToken         = "aws:ebs/volume:Volume"
	launchTemplateToken = "aws:ec2/launchTemplate:LaunchTemplate"
	groupToken          = "aws:autoscaling/group:Group"
	parameterToken      = "aws:ssm/parameter:Parameter"
	snapshotsToken      = "aws:dlm/lifecyclePolicy:LifecyclePolicy"
)

// recordHub runs the program with one hub; more is put into its settings, as JSON without
// braces.
func recordHub(t *testing.T, more string, config map[string]string) *recorder.Recording {
	t.Helper()
	all := map[string]string{
		"torii:workloads": `{"hub":{"kind":"jupyterhub","host":"hub.example.jp","admins":["aiko"]` + more + `}}`,
	}
	maps.Copy(all, config)
	return record(t, all)
}

func TestHubVolume(t *testing.T) {
	recording := recordHub(t, "", nil)
	volume := recording.One(t, volumeToken, "hub-data")
	assert.Equal(t, map[string]any{
		"availabilityZone": "ap-northeast-1a", "type": "gp3", "size": 100.0, "encrypted": true, "kmsKeyId": keyARN, "finalSnapshot": true,
		"tags": map[string]any{
			"Project": "torii", "Stack": "test", "ManagedBy": "pulumi", "Name": "torii-test-hub-data", "ToriiData": "torii-test-hub",
		},
	}, volume.Inputs.Mappable())
	assert.True(t, volume.Protect, "a replaced volume is an empty one")
	assert.False(t, recordHub(t, "", map[string]string{"torii:operations": `{"protect":false}`}).One(t, volumeToken, "hub-data").Protect)
	assert.Empty(t, recording.Of("aws:ec2/volumeAttachment:VolumeAttachment"), "the instance attaches it itself")

	schedule := recording.One(t, snapshotsToken, "hub-snapshots")
	for path, want := range map[string]any{
		"state": "ENABLED", "policyDetails.resourceTypes[0]": "VOLUME",
		"policyDetails.targetTags":              map[string]any{"ToriiData": "torii-test-hub"},
		"policyDetails.schedules[0].createRule": map[string]any{"interval": 24.0, "intervalUnit": "HOURS", "times": "18:00"},
		"policyDetails.schedules[0].retainRule": map[string]any{"count": 14.0},
		"policyDetails.schedules[0].copyTags":   true,
	} {
		assert.Equal(t, want, schedule.Input(path), path)
	}
	assert.True(t, schedule.DeleteBeforeReplace)
}

func TestHubVolumeFromASnapshot(t *testing.T) {
	recording := recordHub(t, `,"restoreFrom":"snap-0123456789abcdef0","zone":"ap-northeast-1c","homeGiB":200,"finalSnapshot":false`, nil)
	volume := recording.One(t, volumeToken, "hub-data")
	assert.Equal(t, "snap-0123456789abcdef0", volume.Input("snapshotId"))
	assert.Equal(t, "ap-northeast-1c", volume.Input("availabilityZone"))
	assert.Equal(t, 200.0, volume.Input("size"))
	assert.Equal(t, false, volume.Input("finalSnapshot"))
	assert.Equal(t, []any{"network-private-ap-northeast-1c-id"}, recording.One(t, groupToken, "hub").Input("vpcZoneIdentifiers"))
}

// TestHubMachineChangesLeaveTheVolumeAlone changes everything that replaces the instance:
// what is registered for the volume stays the same to the letter.
func TestHubMachineChangesLeaveTheVolumeAlone(t *testing.T) {
	before := recordHub(t, "", nil)
	after := recordHub(t, `,"instanceType":"m7i.xlarge","image":"ami-0123456789abcdef0"`, nil)
	assert.Equal(t, before.One(t, volumeToken, "hub-data"), after.One(t, volumeToken, "hub-data"))
	template := after.One(t, launchTemplateToken, "hub")
	assert.Equal(t, "m7i.xlarge", template.Input("instanceType"))
	assert.Equal(t, "ami-0123456789abcdef0", template.Input("imageId"))
	assert.Equal(t, before.One(t, launchTemplateToken, "hub").Input("userData"), template.Input("userData"), "which names the same volume")
}

func TestHubKeepsItsImage(t *testing.T) {
	recording := recordHub(t, "", nil)
	kept := recording.One(t, parameterToken, "hub-image-1-x86_64")
	assert.Equal(t, recorder.Image, kept.Input("insecureValue"))
	assert.Equal(t, []string{"insecureValue"}, kept.IgnoreChanges, "a newer image must not replace the hub")
	assert.Equal(t, recorder.Image, recording.One(t, launchTemplateToken, "hub").Input("imageId"))
	recordHub(t, `,"image":"newest-2026-11"`, nil).One(t, parameterToken, "hub-image-2026-11-x86_64")
}

func TestHubMachine(t *testing.T) {
	recording := recordHub(t, "", nil)
	template := recording.One(t, launchTemplateToken, "hub")
	for path, want := range map[string]any{
		"instanceType": "t3.large", "vpcSecurityGroupIds": []any{"firewall-hub-id"}, "keyName": nil,
		"metadataOptions":                     map[string]any{"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1.0},
		"blockDeviceMappings[0].deviceName":   "/dev/xvda",
		"blockDeviceMappings[0].ebs":          map[string]any{"volumeType": "gp3", "volumeSize": 30.0, "encrypted": "true", "kmsKeyId": keyARN, "deleteOnTermination": "true"},
		"tagSpecifications[0].resourceType":   "instance",
		"tagSpecifications[0].tags.ToriiData": "torii-test-hub",
		"tagSpecifications[1].tags.ToriiData": nil,
		"iamInstanceProfile.arn":              "arn:aws:recorded:ap-northeast-1:123456789012:aws:iam/instanceProfile:InstanceProfile/hub",
	} {
		assert.Equal(t, want, template.Input(path), path)
	}
	want, err := guest.UserData(guest.Instance{
		Region: "ap-northeast-1", VolumeID: "hub-data-id", SettingsParameter: "hub-settings-0000000",
		SecretsParameter: "hub-secrets-0000000", SecretsKey: keyARN, LogGroup: "hub-0000000", Stack: "torii-test", Workload: "hub",
	})
	require.NoError(t, err)
	assert.Equal(t, base64.StdEncoding.EncodeToString(want), template.Input("userData"))

	group := recording.One(t, groupToken, "hub")
	for path, want := range map[string]any{
		"minSize": 1.0, "maxSize": 1.0, "desiredCapacity": 1.0, "healthCheckType": "EC2", "waitForElbCapacity": 1.0,
		"vpcZoneIdentifiers": []any{"network-private-ap-northeast-1a-id"}, "launchTemplate.id": "hub-id",
		"instanceRefresh.strategy":                         "Rolling",
		"instanceRefresh.preferences.minHealthyPercentage": 0.0, "instanceRefresh.preferences.maxHealthyPercentage": 100.0,
	} {
		assert.Equal(t, want, group.Input(path), path)
	}
	for token, name := range map[string]string{
		"aws:iam/rolePolicy:RolePolicy": "hub-instance", routeToken: "network-private-ap-northeast-1a-out", ruleToken: "hub",
		volumeToken: "hub-data", egressRule: "firewall-hub-to-internet-443",
	} {
		if token == volumeToken {
			assert.True(t, template.After(token, name), name)
			continue
		}
		assert.True(t, group.After(token, name), "%s: an instance cannot do without it", name)
	}
}

func TestHubSecretsNeverPassThroughPulumi(t *testing.T) {
	secrets := recordHub(t, "", nil).One(t, parameterToken, "hub-secrets")
	assert.Equal(t, "SecureString", secrets.Input("type"))
	assert.Equal(t, "Intelligent-Tiering", secrets.Input("tier"), "first passwords of many admins are longer than 4096 bytes")
	assert.Equal(t, resource.MakeSecret(resource.NewStringProperty("unset")).V, secrets.Input("value"))
	assert.Equal(t, []string{"value"}, secrets.IgnoreChanges, "the instance puts them there")
	assert.Equal(t, "torii-test-hub-secrets", secrets.Input("tags.Name"))
}

func TestHubSettingsParameter(t *testing.T) {
	value := func(recording *recorder.Recording) any {
		return recording.One(t, parameterToken, "hub-settings").Input("insecureValue")
	}
	assert.Equal(t, `{"publicUrl":"https://hub.example.jp/","authenticator":"native","admins":["aiko"],"users":[],`+
		`"userMemoryMiB":2048,"userCpus":2,"idleMinutes":60}`, value(recordHub(t, "", nil)))
	secret := "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:oidc-a1b2c3"
	oidc := recordHub(t, fmt.Sprintf(`,"authenticator":"oidc","clientId":"abc","clientSecret":%q,"issuer":"https://id.example.jp/pool",`+
		`"usernameClaim":"username","users":["ken"],"userCpus":0.5,"idleMinutes":0`, secret), nil)
	assert.Equal(t, `{"publicUrl":"https://hub.example.jp/","authenticator":"oidc","admins":["aiko"],"users":["ken"],"clientId":"abc",`+
		`"clientSecretArn":"`+secret+`","issuer":"https://id.example.jp/pool","usernameClaim":"username",`+
		`"userMemoryMiB":2048,"userCpus":0.5,"idleMinutes":0}`, value(oidc))
	assert.Contains(t, oidc.One(t, "aws:iam/rolePolicy:RolePolicy", "hub-instance").Input("policy"), secret)
	own := recordHub(t, "", map[string]string{
		"torii:edge": `{}`, "torii:workloads": `{"hub":{"kind":"jupyterhub","admins":["aiko"]}}`,
	})
	assert.Contains(t, value(own), `"publicUrl":"https://gate-1.ap-northeast-1.elb.amazonaws.com/"`)
}

func TestHubBehindTheGate(t *testing.T) {
	recording := recordHub(t, "", nil)
	assert.Equal(t, 3600.0, recording.One(t, lbToken, "gate").Input("idleTimeout"))
	targets := recording.One(t, "aws:lb/targetGroup:TargetGroup", "hub-tg")
	for path, want := range map[string]any{
		"targetType": "instance", "port": 8000.0, "protocol": "HTTP", "healthCheck.path": "/hub/health", "stickiness": nil,
	} {
		assert.Equal(t, want, targets.Input(path), path)
	}
}

// TestHubFirewallLetsNotebooksBeSaved reads the web ACL as AWS gets it.
func TestHubFirewallLetsNotebooksBeSaved(t *testing.T) {
	acl := recordHub(t, "", nil).One(t, aclToken, "gate")
	assert.Equal(t, map[string]any{}, acl.Input("defaultAction.block"))
	for i, name := range []string{
		"ip-reputation", "common", "body-size", "body-content", "known-bad-inputs", "rate-limit", "allowed-countries",
	} {
		assert.Equal(t, name, acl.Input(fmt.Sprintf("rules[%d].name", i)))
	}
	count := map[string]any{"count": map[string]any{}}
	assert.Equal(t, []any{
		map[string]any{"name": "CrossSiteScripting_BODY", "actionToUse": count},
		map[string]any{"name": "EC2MetaDataSSRF_BODY", "actionToUse": count},
		map[string]any{"name": "GenericLFI_BODY", "actionToUse": count},
		map[string]any{"name": "GenericRFI_BODY", "actionToUse": count},
		map[string]any{"name": "SizeRestrictions_BODY", "actionToUse": count},
	}, acl.Input("rules[1].statement.managedRuleGroupStatement.ruleActionOverrides"))
	assert.Equal(t, map[string]any{"none": map[string]any{}}, acl.Input("rules[1].overrideAction"))

	host := map[string]any{"byteMatchStatement": map[string]any{
		"fieldToMatch":         map[string]any{"singleHeader": map[string]any{"name": "host"}},
		"positionalConstraint": "EXACTLY", "searchString": "hub.example.jp",
		"textTransformations": []any{map[string]any{"priority": 0.0, "type": "LOWERCASE"}},
	}}
	path := map[string]any{"byteMatchStatement": map[string]any{
		"fieldToMatch":         map[string]any{"uriPath": map[string]any{}},
		"positionalConstraint": "STARTS_WITH", "searchString": "/user/",
		"textTransformations": []any{map[string]any{"priority": 0.0, "type": "NORMALIZE_PATH"}},
	}}
	label := func(name string) any {
		return map[string]any{"labelMatchStatement": map[string]any{
			"scope": "LABEL", "key": "awswaf:managed:aws:core-rule-set:" + name,
		}}
	}
	not := func(statement any) any {
		return map[string]any{"notStatement": map[string]any{"statements": []any{statement}}}
	}
	and := func(statements ...any) any {
		return map[string]any{"andStatement": map[string]any{"statements": statements}}
	}
	assert.Equal(t, map[string]any{"block": map[string]any{}}, acl.Input("rules[2].action"))
	assert.Equal(t, and(label("SizeRestrictions_Body"), not(host)), acl.Input("rules[2].statement"))
	assert.Equal(t, map[string]any{"block": map[string]any{}}, acl.Input("rules[3].action"))
	assert.Equal(t, and(
		map[string]any{"orStatement": map[string]any{"statements": []any{
			label("CrossSiteScripting_Body"), label("EC2MetaDataSSRF_Body"), label("GenericLFI_Body"), label("GenericRFI_Body"),
		}}},
		not(and(host, path)),
	), acl.Input("rules[3].statement"))
	assert.Nil(t, acl.Input("rules[4].statement.managedRuleGroupStatement.ruleActionOverrides"), "known bad inputs stay out everywhere")
	assert.Equal(t, 10000.0, acl.Input("rules[5].statement.rateBasedStatement.limit"))
}
