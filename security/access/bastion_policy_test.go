package access

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBastionPolicy(t *testing.T) {
	const (
		forwarding = `"arn:aws:ssm:ap-northeast-1::document/AWS-StartPortForwardingSession",` +
			`"arn:aws:ssm:ap-northeast-1::document/AWS-StartPortForwardingSessionToRemoteHost"`
		checked   = `"Condition":{"BoolIfExists":{"ssm:SessionDocumentAccessCheck":["true"]}`
		instances = `"Resource":["arn:aws:ec2:ap-northeast-1:123456789012:instance/*"]`
		channels  = `{"Sid":"OpenDataChannels","Effect":"Allow","Action":["ssmmessages:OpenDataChannel"],"Resource":["*"]}`
		rest      = ownSessions + "," + channels + "," +
			`{"Sid":"StartSessionsOnBastion","Effect":"Allow","Action":["ssm:StartSession"],` + instances + `,` +
			checked + `,"StringEquals":{"ssm:resourceTag/ToriiTeam":["torii-dev-bastion"]}}},` +
			`{"Sid":"SeeWhetherBastionIsConnected","Effect":"Allow","Action":["ssm:GetConnectionStatus"],` + instances + `,` +
			`"Condition":{"StringEquals":{"ssm:resourceTag/ToriiTeam":["torii-dev-bastion"]}}},` +
			`{"Sid":"StartAndEndBastion","Effect":"Allow","Action":["autoscaling:SetDesiredCapacity"],"Resource":[` +
			`"arn:aws:autoscaling:ap-northeast-1:123456789012:autoScalingGroup:*:autoScalingGroupName/bastion-0a1b2c3"]},` +
			`{"Sid":"FindBastion","Effect":"Allow","Action":["autoscaling:DescribeAutoScalingGroups","ec2:DescribeInstances"],"Resource":["*"]}`
	)
	use := func(documents string) string {
		return `{"Sid":"UseSessionDocuments","Effect":"Allow","Action":["ssm:StartSession"],"Resource":[` + documents + `],` + checked + `}}`
	}
	rules := BastionRules{TeamTag: "torii-dev-bastion", GroupName: "bastion-0a1b2c3"}
	text, err := rules.Policy(tokyo)
	require.NoError(t, err)
	assert.Equal(t, document(use(forwarding)+","+rest), text)

	rules.Shell, rules.SessionKeyARN = true, "arn:aws:kms:ap-northeast-1:123456789012:key/1"
	text, err = rules.Policy(tokyo)
	require.NoError(t, err)
	shell := `,"arn:aws:ssm:ap-northeast-1:123456789012:document/SSM-SessionManagerRunShell"`
	assert.Equal(t, document(use(forwarding+shell)+","+rest+
		`,{"Sid":"EncryptSessions","Effect":"Allow","Action":["kms:GenerateDataKey"],`+
		`"Resource":["arn:aws:kms:ap-northeast-1:123456789012:key/1"]}`), text)
}
