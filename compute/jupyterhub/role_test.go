package jupyterhub

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
)

var tokyo = account.Place{Partition: "aws", Region: "ap-northeast-1", AccountID: "123456789012"}

func TestInstancePolicy(t *testing.T) {
	text, err := InstancePolicy(tokyo, Grants{
		VolumeARN:       "arn:aws:ec2:ap-northeast-1:123456789012:volume/vol-1",
		DataTagValue:    "torii-prod-hub",
		ParameterARN:    "arn:aws:ssm:ap-northeast-1:123456789012:parameter/hub-settings",
		SecretARN:       "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:hub-1",
		ClientSecretARN: "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:oidc-1",
		LogGroupARN:     "arn:aws:logs:ap-northeast-1:123456789012:log-group:hub",
	})
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"AttachOwnVolume","Effect":"Allow","Action":["ec2:AttachVolume"],"Resource":[`+
		`"arn:aws:ec2:ap-northeast-1:123456789012:volume/vol-1","arn:aws:ec2:ap-northeast-1:123456789012:instance/*"],`+
		`"Condition":{"StringEquals":{"aws:ResourceTag/ToriiData":["torii-prod-hub"]}}},`+
		`{"Sid":"ReadSettings","Effect":"Allow","Action":["ssm:GetParameter"],`+
		`"Resource":["arn:aws:ssm:ap-northeast-1:123456789012:parameter/hub-settings"]},`+
		`{"Sid":"ReadSecrets","Effect":"Allow","Action":["secretsmanager:GetSecretValue"],"Resource":[`+
		`"arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:hub-1",`+
		`"arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:oidc-1"]},`+
		`{"Sid":"KeepOwnSecrets","Effect":"Allow","Action":["secretsmanager:PutSecretValue"],"Resource":[`+
		`"arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:hub-1"]},`+
		`{"Sid":"WriteOwnLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":[`+
		`"arn:aws:logs:ap-northeast-1:123456789012:log-group:hub:*"]},`+
		`{"Sid":"SendMetrics","Effect":"Allow","Action":["cloudwatch:PutMetricData"],"Resource":["*"],`+
		`"Condition":{"StringEquals":{"cloudwatch:namespace":["Torii"]}}},`+
		`{"Sid":"RegisterWithSessionManager","Effect":"Allow","Action":["ssm:UpdateInstanceInformation"],"Resource":[`+
		`"arn:aws:ec2:ap-northeast-1:123456789012:instance/*"]},`+
		`{"Sid":"SessionManagerChannels","Effect":"Allow","Action":["ssmmessages:CreateControlChannel",`+
		`"ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":["*"]}]}`, text)
}
