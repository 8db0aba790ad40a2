package encryption

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
	"torii/internal/key"
)

var tokyo = account.Place{Partition: "aws", Region: "ap-northeast-1", AccountID: "123456789012"}

func TestKeyPolicy(t *testing.T) {
	text, err := key.Policy(tokyo, users(tokyo)...)
	require.NoError(t, err)
	const (
		messages = `"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":["*"],"Condition":`
		topics   = `"kms:EncryptionContext:aws:sns:topicArn":["arn:aws:sns:ap-northeast-1:123456789012:*"]`
		trails   = `["arn:aws:cloudtrail:ap-northeast-1:123456789012:trail/*"]`
	)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"IAMDecides","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:root"]},"Action":["kms:*"],"Resource":["*"]},`+
		`{"Sid":"WhoMayUseTheThing","Effect":"Allow","Principal":{"AWS":["*"]},"Action":["kms:CreateGrant","kms:Decrypt",`+
		`"kms:DescribeKey","kms:Encrypt","kms:GenerateDataKey*","kms:ReEncrypt*"],"Resource":["*"],"Condition":{"StringEquals":{`+
		`"kms:CallerAccount":["123456789012"],"kms:ViaService":["ec2.ap-northeast-1.amazonaws.com",`+
		`"secretsmanager.ap-northeast-1.amazonaws.com","ssm.ap-northeast-1.amazonaws.com"]}}},`+
		`{"Sid":"LogsOfThisAccount","Effect":"Allow","Principal":{"Service":["logs.ap-northeast-1.amazonaws.com"]},`+
		`"Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*"],"Resource":["*"],`+
		`"Condition":{"StringLike":{"kms:EncryptionContext:aws:logs:arn":["arn:aws:logs:ap-northeast-1:123456789012:log-group:*"]}}},`+
		`{"Sid":"EventBridgeEncryptsMessages","Effect":"Allow","Principal":{"Service":["events.amazonaws.com"]},`+
		messages+`{"StringLike":{`+topics+`}}},`+
		`{"Sid":"AlarmsEncryptMessages","Effect":"Allow","Principal":{"Service":["cloudwatch.amazonaws.com"]},`+
		messages+`{"ArnLike":{"aws:SourceArn":["arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:*"]},"StringLike":{`+topics+`}}},`+
		`{"Sid":"BudgetsEncryptMessages","Effect":"Allow","Principal":{"Service":["budgets.amazonaws.com"]},`+
		messages+`{"ArnLike":{"aws:SourceArn":["arn:aws:budgets::123456789012:*"]},"StringEquals":{"aws:SourceAccount":["123456789012"]}}},`+
		`{"Sid":"CloudTrailEncryptsFiles","Effect":"Allow","Principal":{"Service":["cloudtrail.amazonaws.com"]},`+
		`"Action":["kms:GenerateDataKey*"],"Resource":["*"],"Condition":{"ArnLike":{"aws:SourceArn":`+trails+`},`+
		`"StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":`+trails+`}}},`+
		`{"Sid":"CloudTrailLooksAtTheKey","Effect":"Allow","Principal":{"Service":["cloudtrail.amazonaws.com"]},`+
		`"Action":["kms:DescribeKey"],"Resource":["*"],"Condition":{"ArnLike":{"aws:SourceArn":`+trails+`}}}]}`, text)
}

// Services have other names in China, and ARNs another partition.
func TestKeyPolicyInChina(t *testing.T) {
	text, err := key.Policy(account.Place{Partition: "aws-cn", Region: "cn-north-1", AccountID: "123456789012"}, users(
		account.Place{Partition: "aws-cn", Region: "cn-north-1", AccountID: "123456789012"})...)
	require.NoError(t, err)
	assert.NotContains(t, text, `"arn:aws:`)
	assert.Contains(t, text, `"logs.cn-north-1.amazonaws.com.cn"`)
	assert.Contains(t, text, `"ec2.cn-north-1.amazonaws.com.cn"`)
}

// AWS does not tell KMS on whose behalf EventBridge comes; a condition on it would keep every message back.
func TestEventBridgeIsAskedForNoSource(t *testing.T) {
	for _, statement := range users(tokyo) {
		if len(statement.Principal.Services) > 0 && statement.Principal.Services[0] == "events.amazonaws.com" {
			assert.NotContains(t, statement.Condition["ArnLike"], "aws:SourceArn")
			assert.Len(t, statement.Condition, 1)
			return
		}
	}
	t.Error("EventBridge is not there")
}
