package bastion_test

import (
	"encoding/base64"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/compute/bastion"
	"torii/compute/bastion/guest"
	"torii/internal/account"
	"torii/internal/machine"
	"torii/internal/recorder"
	"torii/internal/tags"
)

const (
	groupType    = "aws:autoscaling/group:Group"
	templateType = "aws:ec2/launchTemplate:LaunchTemplate"
	scheduleType = "aws:autoscaling/schedule:Schedule"
	alarmType    = "aws:cloudwatch/metricAlarm:MetricAlarm"
	grantType    = "aws:iam/rolePolicy:RolePolicy"
	topic        = "arn:aws:sns:ap-northeast-1:123456789012:sessions"
)

var tokyo = account.Place{Partition: "aws", Region: recorder.Region, AccountID: recorder.AccountID}

func args() *bastion.Args {
	return &bastion.Args{
		InstanceType: "t4g.nano", Image: machine.Image{Word: "1-arm64", Newest: "ami-1"}, Hours: 4, NightHourUTC: 15,
		AlarmTopicARN: pulumi.String(topic), SubnetIDs: pulumi.ToStringArray([]string{"subnet-a", "subnet-c"}),
		SecurityGroupID: pulumi.String("sg-1"), Cloud: tokyo, Tags: tags.ForStack("torii", "test"),
	}
}

func record(t *testing.T, given *bastion.Args) *recorder.Recording {
	t.Helper()
	return recorder.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		_, err := bastion.NewBastion(ctx, "bastion", given)
		return err
	})
}

func TestBastionIsWhatItTakesToStartOne(t *testing.T) {
	recording := record(t, args())
	found := map[string]int{}
	for _, each := range recording.All() {
		found[each.Type+" "+each.Name]++
		if each.Custom {
			assert.Contains(t, each.Parent, "::torii:bastion:Bastion::bastion", each.Name)
		}
	}
	assert.Equal(t, map[string]int{
		"torii:bastion:Bastion bastion": 1, "aws:ssm/parameter:Parameter bastion-image-1-arm64": 1, "aws:iam/role:Role bastion-instance": 1,
		grantType + " bastion-instance": 1, grantType + " bastion-end": 1, "aws:iam/instanceProfile:InstanceProfile bastion": 1,
		templateType + " bastion": 1, groupType + " bastion": 1, scheduleType + " bastion-night": 1, alarmType + " bastion-up": 1,
	}, found)
}

func TestNothingRunsUntilSomebodySaysAndDeploymentsDoNotMind(t *testing.T) {
	group := record(t, args()).One(t, groupType, "bastion")
	for path, want := range map[string]any{
		"minSize": 0.0, "maxSize": 1.0, "desiredCapacity": 0.0, "waitForCapacityTimeout": "0",
		"vpcZoneIdentifiers": []any{"subnet-a", "subnet-c"}, "healthCheckType": "EC2",
		"enabledMetrics":  []any{"GroupInServiceInstances"},
		"instanceRefresh": nil, // a deployment would end what runs
	} {
		assert.Equal(t, want, group.Input(path), path)
	}
	assert.Equal(t, []string{"desiredCapacity"}, group.IgnoreChanges)
	assert.True(t, group.After(grantType, "bastion-instance"))
	named := map[string]any{}
	for _, tag := range group.Input("tags").([]any) {
		tag := tag.(map[string]any)
		named[tag["key"].(string)] = tag["value"]
		assert.Equal(t, false, tag["propagateAtLaunch"])
	}
	assert.Equal(t, map[string]any{
		"Project": "torii", "Stack": "test", "ManagedBy": "pulumi", "Name": "torii-test-bastion",
		"ToriiTeam": "torii-test-bastion", "ToriiBastionHours": "4",
	}, named)
}

func TestMachine(t *testing.T) {
	template := record(t, args()).One(t, templateType, "bastion")
	for path, want := range map[string]any{
		"imageId": "ami-1", "instanceType": "t4g.nano", "vpcSecurityGroupIds": []any{"sg-1"}, "keyName": nil,
		"networkInterfaces": nil, // with its own it could be given a public address
		"metadataOptions":   map[string]any{"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1.0},
		"blockDeviceMappings": []any{map[string]any{"deviceName": "/dev/xvda", "ebs": map[string]any{
			"volumeType": "gp3", "volumeSize": 8.0, "encrypted": "true", "deleteOnTermination": "true",
		}}},
		"tagSpecifications[0].resourceType":   "instance",
		"tagSpecifications[0].tags.ToriiTeam": "torii-test-bastion",
	} {
		assert.Equal(t, want, template.Input(path), path)
	}
	want, err := guest.UserData(guest.Instance{Hours: 4})
	require.NoError(t, err)
	assert.Equal(t, base64.StdEncoding.EncodeToString(want), template.Input("userData"))
}

func TestRoleReachesItselfOnly(t *testing.T) {
	given := args()
	given.SessionKeyARN = pulumi.String("arn:aws:kms:ap-northeast-1:123456789012:key/k")
	recording := record(t, given)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"EndItself","Effect":"Allow","Action":["autoscaling:TerminateInstanceInAutoScalingGroup"],`+
		`"Resource":["arn:aws:recorded:ap-northeast-1:123456789012:aws:autoscaling/group:Group/bastion"]}]}`,
		recording.One(t, grantType, "bastion-end").Input("policy"))
	assert.Equal(t, "bastion-instance-0000000", recording.One(t, grantType, "bastion-end").Input("role"))
	sessions := recording.One(t, grantType, "bastion-instance").Input("policy")
	assert.Contains(t, sessions, `"Sid":"DecryptSessions"`)
	assert.NotContains(t, sessions, "autoscaling")
	assert.NotContains(t, record(t, args()).One(t, grantType, "bastion-instance").Input("policy"), "kms")
}

func TestEveryNightItEnds(t *testing.T) {
	night := record(t, args()).One(t, scheduleType, "bastion-night")
	assert.Equal(t, map[string]any{
		"scheduledActionName": "bastion-night", "autoscalingGroupName": "bastion-0000000", "recurrence": "0 15 * * *",
		"minSize": 0.0, "maxSize": 1.0, "desiredCapacity": 0.0,
	}, night.Inputs.Mappable())
}

func TestAlarmWantsAWholeDay(t *testing.T) {
	alarm := record(t, args()).One(t, alarmType, "bastion-up")
	for path, want := range map[string]any{
		"namespace": "AWS/AutoScaling", "metricName": "GroupInServiceInstances", "statistic": "Minimum",
		"dimensions":         map[string]any{"AutoScalingGroupName": "bastion-0000000"},
		"comparisonOperator": "GreaterThanOrEqualToThreshold", "threshold": 1.0, "treatMissingData": "notBreaching",
		"alarmActions": []any{topic}, "tags.Name": "torii-test-bastion-up",
	} {
		assert.Equal(t, want, alarm.Input(path), path)
	}
	assert.Equal(t, "bastion-up", bastion.AlarmName("bastion"))
	assert.Equal(t, 86400.0, alarm.Input("period").(float64)*alarm.Input("evaluationPeriods").(float64))

	silent := args()
	silent.AlarmTopicARN = nil
	assert.Nil(t, record(t, silent).One(t, alarmType, "bastion-up").Input("alarmActions"))
}

func TestHoursThatCannotBeAreRefused(t *testing.T) {
	given := args()
	given.Hours = 25
	_, err := recorder.Run("test", nil, func(ctx *pulumi.Context) error {
		_, err := bastion.NewBastion(ctx, "bastion", given)
		return err
	})
	require.ErrorContains(t, err, "describing the bastion's instance: it cannot end itself after 25 hours; give 1 to 24")
}
