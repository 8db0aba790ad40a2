package jupyterhub

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
)

var tokyo = account.Place{Partition: "aws", Region: "ap-northeast-1", AccountID: "123456789012"}

func TestInstancePolicy(t *testing.T) {
	grants := Grants{
		VolumeARN:    "arn:aws:ec2:ap-northeast-1:123456789012:volume/vol-1",
		DataTagValue: "torii-prod-hub",
		SettingsARN:  "arn:aws:ssm:ap-northeast-1:123456789012:parameter/hub-settings",
		SecretsARN:   "arn:aws:ssm:ap-northeast-1:123456789012:parameter/hub-secrets",
		LogGroupARN:  "arn:aws:logs:ap-northeast-1:123456789012:log-group:hub",
	}
	const own = `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"AttachOwnVolume","Effect":"Allow","Action":["ec2:AttachVolume"],"Resource":[` +
		`"arn:aws:ec2:ap-northeast-1:123456789012:volume/vol-1","arn:aws:ec2:ap-northeast-1:123456789012:instance/*"],` +
		`"Condition":{"StringEquals":{"aws:ResourceTag/ToriiData":["torii-prod-hub"]}}},` +
		`{"Sid":"ReadSettings","Effect":"Allow","Action":["ssm:GetParameter"],` +
		`"Resource":["arn:aws:ssm:ap-northeast-1:123456789012:parameter/hub-settings"]},` +
		`{"Sid":"KeepOwnSecrets","Effect":"Allow","Action":["ssm:GetParameter","ssm:PutParameter"],` +
		`"Resource":["arn:aws:ssm:ap-northeast-1:123456789012:parameter/hub-secrets"]},` +
		`{"Sid":"WriteOwnLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":[` +
		`"arn:aws:logs:ap-northeast-1:123456789012:log-group:hub:*"]},` +
		`{"Sid":"SendMetrics","Effect":"Allow","Action":["cloudwatch:PutMetricData"],"Resource":["*"],` +
		`"Condition":{"StringEquals":{"cloudwatch:namespace":["Torii"]}}},`
	const client = `{"Sid":"ReadClientSecret","Effect":"Allow","Action":["secretsmanager:GetSecretValue"],` +
		`"Resource":["arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:oidc-1"]},`
	const reached = `{"Sid":"RegisterWithSessionManager","Effect":"Allow","Action":["ssm:UpdateInstanceInformation"],"Resource":[` +
		`"arn:aws:ec2:ap-northeast-1:123456789012:instance/*"]},` +
		`{"Sid":"SessionManagerChannels","Effect":"Allow","Action":["ssmmessages:CreateControlChannel",` +
		`"ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":["*"]}]}`
	text, err := InstancePolicy(tokyo, grants)
	require.NoError(t, err)
	assert.Equal(t, own+reached, text)

	grants.ClientSecretARN = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:oidc-1"
	text, err = InstancePolicy(tokyo, grants)
	require.NoError(t, err)
	assert.Equal(t, own+client+reached, text)
}
