package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/policy"
)

func TestJSON(t *testing.T) {
	text, err := policy.JSON(
		policy.Statement{Sid: "Read", Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::b/*"}},
		policy.Statement{
			Deny: true, Principal: policy.Principal{Anyone: true}, Actions: []string{"s3:*"}, Resources: []string{"*"},
			Condition: policy.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
		},
		policy.Statement{
			Principal: policy.Principal{Services: []string{"ec2.amazonaws.com"}, AWS: []string{"arn:aws:iam::1:root"}},
			Actions:   []string{"sts:AssumeRole"},
		},
	)
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::b/*"]},`+
		`{"Effect":"Deny","Principal":"*","Action":["s3:*"],"Resource":["*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},`+
		`{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::1:root"],"Service":["ec2.amazonaws.com"]},"Action":["sts:AssumeRole"]}]}`,
		text)
}

func TestJSONRefuses(t *testing.T) {
	_, err := policy.JSON(policy.Statement{Sid: "Empty"})
	require.EqualError(t, err, `policy statement 0 "Empty" names no action`)
	_, err = policy.JSON(policy.Statement{Sid: "Open", Actions: []string{"s3:GetObject"}, Principal: policy.Principal{Anyone: true}})
	require.EqualError(t, err, `policy statement 0 "Open" allows everybody`)
}

func TestTrustIsForThisAccountOnly(t *testing.T) {
	text, err := policy.Trust("ecs-tasks.amazonaws.com", "123456789012")
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
		`"Principal":{"Service":["ecs-tasks.amazonaws.com"]},"Action":["sts:AssumeRole"],`+
		`"Condition":{"StringEquals":{"aws:SourceAccount":["123456789012"]}}}]}`, text)
}
