package machine

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
	"torii/internal/policy"
)

var tokyo = account.Place{Partition: "aws", Region: "ap-northeast-1", AccountID: "123456789012"}

func TestSnapshotPolicyIsForOneWorkload(t *testing.T) {
	text, err := snapshotPolicy(tokyo, "torii-prod-hub")
	require.NoError(t, err)
	ours := `"Condition":{"StringEquals":{"aws:ResourceTag/ToriiData":["torii-prod-hub"]}}`
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"ListVolumesAndSnapshots","Effect":"Allow","Action":["ec2:DescribeInstances","ec2:DescribeSnapshots","ec2:DescribeVolumes"],"Resource":["*"]},`+
		`{"Sid":"SnapshotOwnVolume","Effect":"Allow","Action":["ec2:CreateSnapshot"],`+
		`"Resource":["arn:aws:ec2:ap-northeast-1:123456789012:volume/*"],`+ours+`},`+
		`{"Sid":"MakeSnapshots","Effect":"Allow","Action":["ec2:CreateSnapshot","ec2:CreateTags"],`+
		`"Resource":["arn:aws:ec2:ap-northeast-1::snapshot/*"]},`+
		`{"Sid":"DeleteOwnSnapshots","Effect":"Allow","Action":["ec2:DeleteSnapshot"],`+
		`"Resource":["arn:aws:ec2:ap-northeast-1::snapshot/*"],`+ours+`}]}`, text)
}

func TestEC2MayUseTheRole(t *testing.T) {
	text, err := instanceTrust()
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
		`"Principal":{"Service":["ec2.amazonaws.com"]},"Action":["sts:AssumeRole"]}]}`, text)
}

func TestSessionManagerNeedsLittle(t *testing.T) {
	text, err := policy.JSON(SessionManager(tokyo, "")...)
	require.NoError(t, err)
	plain := `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"RegisterWithSessionManager","Effect":"Allow","Action":["ssm:UpdateInstanceInformation"],"Resource":[` +
		`"arn:aws:ec2:ap-northeast-1:123456789012:instance/*"]},` +
		`{"Sid":"SessionManagerChannels","Effect":"Allow","Action":["ssmmessages:CreateControlChannel",` +
		`"ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":["*"]}`
	assert.Equal(t, plain+`]}`, text)

	text, err = policy.JSON(SessionManager(tokyo, "arn:aws:kms:ap-northeast-1:123456789012:key/k")...)
	require.NoError(t, err)
	assert.Equal(t, plain+`,{"Sid":"DecryptSessions","Effect":"Allow","Action":["kms:Decrypt"],"Resource":[`+
		`"arn:aws:kms:ap-northeast-1:123456789012:key/k"]}]}`, text)
}
