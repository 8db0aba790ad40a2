package edge

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
	"torii/internal/bucket"
)

func TestRulesLetCountriesInLast(t *testing.T) {
	waf := WAF{AllowedCountries: []string{"JP", "FR"}, RateLimit: 2000}
	assert.Equal(t, []Rule{
		{Name: "ip-reputation", Priority: 10, Managed: "AWSManagedRulesAmazonIpReputationList"},
		{Name: "common", Priority: 20, Managed: "AWSManagedRulesCommonRuleSet"},
		{Name: "known-bad-inputs", Priority: 30, Managed: "AWSManagedRulesKnownBadInputsRuleSet"},
		{Name: "rate-limit", Priority: 40, Limit: 2000},
		{Name: "allowed-countries", Priority: 1000, Countries: []string{"JP", "FR"}},
	}, waf.Rules())
	assert.True(t, waf.BlocksByDefault())
}

func TestRulesWithoutCountriesAllowByDefault(t *testing.T) {
	waf := WAF{}
	assert.Equal(t, []Rule{
		{Name: "ip-reputation", Priority: 10, Managed: "AWSManagedRulesAmazonIpReputationList"},
		{Name: "common", Priority: 20, Managed: "AWSManagedRulesCommonRuleSet"},
		{Name: "known-bad-inputs", Priority: 30, Managed: "AWSManagedRulesKnownBadInputsRuleSet"},
	}, waf.Rules())
	assert.False(t, waf.BlocksByDefault())
}

func TestRulesLetNotebooksBeSaved(t *testing.T) {
	waf := WAF{AllowedCountries: []string{"JP"}, RateLimit: 10000, NotebookHosts: []string{"hub.example.jp", ""}}
	content := []string{
		"awswaf:managed:aws:core-rule-set:CrossSiteScripting_Body", "awswaf:managed:aws:core-rule-set:EC2MetaDataSSRF_Body",
		"awswaf:managed:aws:core-rule-set:GenericLFI_Body", "awswaf:managed:aws:core-rule-set:GenericRFI_Body",
	}
	assert.Equal(t, []Rule{
		{Name: "ip-reputation", Priority: 10, Managed: "AWSManagedRulesAmazonIpReputationList"},
		{Name: "common", Priority: 20, Managed: "AWSManagedRulesCommonRuleSet", Counted: []string{
			"CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "SizeRestrictions_BODY",
		}},
		{Name: "body-size", Priority: 21, Labels: []string{"awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"},
			Except: []Place{{Host: "hub.example.jp"}, {Host: ""}}},
		{Name: "body-content", Priority: 22, Labels: content,
			Except: []Place{{Host: "hub.example.jp", Path: "/user/"}, {Host: "", Path: "/user/"}}},
		{Name: "known-bad-inputs", Priority: 30, Managed: "AWSManagedRulesKnownBadInputsRuleSet"},
		{Name: "rate-limit", Priority: 40, Limit: 10000},
		{Name: "allowed-countries", Priority: 1000, Countries: []string{"JP"}},
	}, waf.Rules())
}

func TestValidationNamesAreDistinct(t *testing.T) {
	assert.Equal(t, []string{"hub.example.jp", "www.example.jp"},
		ValidationNames([]string{"hub.example.jp", "*.hub.example.jp", "www.example.jp", "hub.example.jp"}))
}

func TestPriorityComesFromTheNameAlone(t *testing.T) {
	assert.Equal(t, 16606, Priority(Site{Name: "site", Host: "www.example.jp"}))
	assert.Equal(t, 16606, Priority(Site{Name: "site", Host: "other.example.jp"}))
	assert.Equal(t, 24567, Priority(Site{Name: "api", Host: "www.example.jp"}))
	assert.Equal(t, 50000, Priority(Site{Name: "site"}))
}

func TestAccessLogPolicyInAnOldRegion(t *testing.T) {
	at := account.Place{Partition: "aws", Region: "ap-northeast-1", AccountID: "123456789012"}
	text, err := bucket.Policy("arn:aws:s3:::logs", accessLogWriter("arn:aws:s3:::logs", at))
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"LoadBalancerWrites","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::582318560864:root"]},`+
		`"Action":["s3:PutObject"],"Resource":["arn:aws:s3:::logs/AWSLogs/123456789012/*"]},`+
		`{"Sid":"NobodyWithoutTLS","Effect":"Deny","Principal":"*","Action":["s3:*"],`+
		`"Resource":["arn:aws:s3:::logs","arn:aws:s3:::logs/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, text)
}

func TestAccessLogPolicyInANewRegion(t *testing.T) {
	at := account.Place{Partition: "aws", Region: "ap-southeast-4", AccountID: "123456789012"}
	text, err := bucket.Policy("arn:aws:s3:::logs", accessLogWriter("arn:aws:s3:::logs", at))
	require.NoError(t, err)
	assert.Contains(t, text, `"Principal":{"Service":["logdelivery.elasticloadbalancing.amazonaws.com"]}`)
	assert.NotContains(t, text, `"AWS"`)
}

func TestWAFLogPolicyIsForOneGroup(t *testing.T) {
	text, err := wafLogPolicy("arn:aws:logs:ap-northeast-1:123456789012:log-group:aws-waf-logs-gate",
		account.Place{Partition: "aws", Region: "ap-northeast-1", AccountID: "123456789012"})
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[{"Sid":"WAFWritesItsLog","Effect":"Allow",`+
		`"Principal":{"Service":["delivery.logs.amazonaws.com"]},"Action":["logs:CreateLogStream","logs:PutLogEvents"],`+
		`"Resource":["arn:aws:logs:ap-northeast-1:123456789012:log-group:aws-waf-logs-gate:*"],`+
		`"Condition":{"ArnLike":{"aws:SourceArn":["arn:aws:logs:ap-northeast-1:123456789012:*"]},`+
		`"StringEquals":{"aws:SourceAccount":["123456789012"]}}}]}`, text)
}
