package notebooks

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
	"torii/internal/tags"
)

var tokyo = account.Place{Partition: "aws", Region: "ap-northeast-1", AccountID: "123456789012"}

func TestInstancePolicy(t *testing.T) {
	grants := Grants{
		TokenARN:    "arn:aws:ssm:ap-northeast-1:123456789012:parameter/torii/dev/lab/ken/2/token",
		SettingsARN: "arn:aws:ssm:ap-northeast-1:123456789012:parameter/torii/dev/lab/settings",
		Packages:    "pypi",
	}
	const own = `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"ReadSettings","Effect":"Allow","Action":["ssm:GetParameter"],` +
		`"Resource":["arn:aws:ssm:ap-northeast-1:123456789012:parameter/torii/dev/lab/settings"]},` +
		`{"Sid":"KeepOwnToken","Effect":"Allow","Action":["ssm:GetParameter","ssm:PutParameter"],` +
		`"Resource":["arn:aws:ssm:ap-northeast-1:123456789012:parameter/torii/dev/lab/ken/2/token"]},`
	const sessions = `{"Sid":"RegisterWithSessionManager","Effect":"Allow","Action":["ssm:UpdateInstanceInformation"],"Resource":[` +
		`"arn:aws:ec2:ap-northeast-1:123456789012:instance/*"]},` +
		`{"Sid":"SessionManagerChannels","Effect":"Allow","Action":["ssmmessages:CreateControlChannel",` +
		`"ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":["*"]}`
	text, err := InstancePolicy(tokyo, grants)
	require.NoError(t, err)
	assert.Equal(t, own+sessions+`]}`, text)

	grants.Packages, grants.SessionKeyARN = "s3://wheels/lab/", "arn:aws:kms:ap-northeast-1:123456789012:key/k"
	text, err = InstancePolicy(tokyo, grants)
	require.NoError(t, err)
	assert.Equal(t, own+
		`{"Sid":"ListPackages","Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::wheels"],`+
		`"Condition":{"StringLike":{"s3:prefix":["lab/*"]}}},`+
		`{"Sid":"FetchPackages","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::wheels/lab/*"]},`+
		sessions+`,{"Sid":"DecryptSessions","Effect":"Allow","Action":["kms:Decrypt"],`+
		`"Resource":["arn:aws:kms:ap-northeast-1:123456789012:key/k"]}]}`, text)
}

func TestTokensLieInFoldersOfTheirOwners(t *testing.T) {
	path := Path(tags.ForStack("torii", "dev"), "lab")
	assert.Equal(t, "/torii/dev/lab", path)
	assert.Equal(t, "/torii/dev/lab/ken/2/token", TokenParameter(path, Notebook{Person: "ken", Number: 2}))
	assert.Equal(t, "/torii/dev/lab/ken-2/1/token", TokenParameter(path, Notebook{Person: "ken-2", Number: 1}))
}
