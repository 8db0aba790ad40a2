package access

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
)

var tokyo = account.Place{Partition: "aws", Region: "ap-northeast-1", AccountID: "123456789012"}

var lab = Rules{TeamTag: "torii-dev-lab", ParameterPath: "/torii/dev/lab"}

const (
	useDocuments = `{"Sid":"UseSessionDocuments","Effect":"Allow","Action":["ssm:StartSession"],` +
		`"Resource":["arn:aws:ssm:ap-northeast-1::document/AWS-StartPortForwardingSession"],` +
		`"Condition":{"BoolIfExists":{"ssm:SessionDocumentAccessCheck":["true"]}}}`
	useShellToo = `{"Sid":"UseSessionDocuments","Effect":"Allow","Action":["ssm:StartSession"],` +
		`"Resource":["arn:aws:ssm:ap-northeast-1::document/AWS-StartPortForwardingSession",` +
		`"arn:aws:ssm:ap-northeast-1:123456789012:document/SSM-SessionManagerRunShell"],` +
		`"Condition":{"BoolIfExists":{"ssm:SessionDocumentAccessCheck":["true"]}}}`
	ownSessions = `{"Sid":"EndAndResumeOwnSessions","Effect":"Allow","Action":["ssm:ResumeSession","ssm:TerminateSession"],` +
		`"Resource":["arn:aws:ssm:ap-northeast-1:123456789012:session/*"],` +
		`"Condition":{"StringEquals":{"ssm:resourceTag/aws:ssmmessages:session-id":["${aws:userid}"]}}}`
	channelsAndInstances = `{"Sid":"OpenDataChannels","Effect":"Allow","Action":["ssmmessages:OpenDataChannel"],"Resource":["*"]},` +
		`{"Sid":"FindInstances","Effect":"Allow","Action":["ec2:DescribeInstances"],"Resource":["*"]}`
)

// onOwn is what a policy says of instances that carry an owner's tag.
func onOwn(owner string) string {
	const instances = `"Resource":["arn:aws:ec2:ap-northeast-1:123456789012:instance/*"]`
	bySSM := `"StringEquals":{"ssm:resourceTag/ToriiOwner":["` + owner + `"],"ssm:resourceTag/ToriiTeam":["torii-dev-lab"]}`
	return `{"Sid":"StartSessionsOnOwn","Effect":"Allow","Action":["ssm:StartSession"],` + instances +
		`,"Condition":{"BoolIfExists":{"ssm:SessionDocumentAccessCheck":["true"]},` + bySSM + `}},` +
		`{"Sid":"SeeWhetherOwnAreConnected","Effect":"Allow","Action":["ssm:GetConnectionStatus"],` + instances +
		`,"Condition":{` + bySSM + `}},` +
		`{"Sid":"StartAndStopOwn","Effect":"Allow","Action":["ec2:StartInstances","ec2:StopInstances"],` + instances +
		`,"Condition":{"StringEquals":{"aws:ResourceTag/ToriiOwner":["` + owner + `"],"aws:ResourceTag/ToriiTeam":["torii-dev-lab"]}}}`
}

func document(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}

func TestGroupPolicy(t *testing.T) {
	text, err := lab.GroupPolicy(tokyo)
	require.NoError(t, err)
	assert.Equal(t, document(useDocuments+","+ownSessions+","+channelsAndInstances), text)

	open := lab
	open.Shell = true
	open.SessionKeyARN = "arn:aws:kms:ap-northeast-1:123456789012:key/1"
	text, err = open.GroupPolicy(tokyo)
	require.NoError(t, err)
	assert.Equal(t, document(useShellToo+","+ownSessions+","+channelsAndInstances+
		`,{"Sid":"EncryptSessions","Effect":"Allow","Action":["kms:GenerateDataKey"],`+
		`"Resource":["arn:aws:kms:ap-northeast-1:123456789012:key/1"]}`), text)
}

func TestPersonPolicy(t *testing.T) {
	text, err := lab.PersonPolicy(tokyo, "ken", "k.tanaka")
	require.NoError(t, err)
	assert.Equal(t, document(onOwn("k.tanaka")+`,{"Sid":"ReadOwnTokens","Effect":"Allow","Action":["ssm:GetParameter"],`+
		`"Resource":["arn:aws:ssm:ap-northeast-1:123456789012:parameter/torii/dev/lab/ken/*/token"]}`), text)
}

func TestSessionTagsPolicy(t *testing.T) {
	text, err := lab.SessionTagsPolicy(tokyo)
	require.NoError(t, err)
	const self = "${aws:PrincipalTag/ToriiOwner}"
	assert.Equal(t, document(useDocuments+","+ownSessions+","+channelsAndInstances+","+onOwn(self)+
		`,{"Sid":"ReadOwnTokens","Effect":"Allow","Action":["ssm:GetParameter"],`+
		`"Resource":["arn:aws:ssm:ap-northeast-1:123456789012:parameter/torii/dev/lab/*/token"],`+
		`"Condition":{"StringEquals":{"aws:ResourceTag/ToriiOwner":["`+self+`"]}}}`), text)
}

func TestPoliciesFollowThePartition(t *testing.T) {
	beijing := account.Place{Partition: "aws-cn", Region: "cn-north-1", AccountID: "123456789012"}
	open := lab
	open.Shell = true
	text, err := open.SessionTagsPolicy(beijing)
	require.NoError(t, err)
	assert.NotContains(t, text, "arn:aws:")
	assert.Contains(t, text, "arn:aws-cn:ssm:cn-north-1::document/AWS-StartPortForwardingSession")
}

// AWS counts a managed policy's characters without white space, and takes 6,144.
func TestPoliciesFit(t *testing.T) {
	long := Rules{
		TeamTag: "a-project-of-some-length-production-a-workload-of-24-chars", Shell: true,
		ParameterPath: "/a-project-of-some-length/production/a-workload-of-24-chars",
		SessionKeyARN: "arn:aws:kms:ap-northeast-1:123456789012:key/12345678-1234-1234-1234-123456789012",
	}
	for name, write := range map[string]func() (string, error){
		"group": func() (string, error) { return long.GroupPolicy(tokyo) },
		"person": func() (string, error) {
			return long.PersonPolicy(tokyo, "a-name-of-20-letters", "an-iam-user-of-64-letters")
		},
		"roles": func() (string, error) { return long.SessionTagsPolicy(tokyo) },
	} {
		text, err := write()
		require.NoError(t, err)
		assert.Less(t, len(text), 6144, name)
	}
}
