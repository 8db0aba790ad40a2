package policylint

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
)

func TestGather(t *testing.T) {
	of := func(token, name, input, text string) recorder.Resource {
		inputs := resource.NewPropertyMapFromMap(map[string]any{input: text, "tags": []any{"{}"}})
		return recorder.Resource{Type: token, Name: name, Inputs: inputs}
	}
	found, err := Gather([]recorder.Resource{
		of("aws:iam/role:Role", "r", "assumeRolePolicy", `{"Statement":[]}`),
		of("aws:s3/bucketPolicy:BucketPolicy", "b", "policy", `{"Statement":[]}`),
		of("aws:iam/rolePolicy:RolePolicy", "p", "policy",
			`{"Statement":["arn:aws:recorded:ap-northeast-1:123456789012:aws:sns/topic:Topic/alerts"]}`),
		of("aws:cloudwatch/dashboard:Dashboard", "d", "dashboardBody", `{"widgets":[]}`),
	})
	require.NoError(t, err)
	assert.Equal(t, []Document{
		{Name: "aws:iam/role:Role r assumeRolePolicy", Kind: Trust, Text: `{"Statement":[]}`},
		{Name: "aws:iam/rolePolicy:RolePolicy p policy", Kind: Identity,
			Text: `{"Statement":["arn:aws:sns:ap-northeast-1:123456789012:alerts"]}`},
		{Name: "aws:s3/bucketPolicy:BucketPolicy b policy", Kind: OfResource, Text: `{"Statement":[]}`},
	}, found)

	_, err = Gather([]recorder.Resource{of("aws:x/y:Y", "z", "policy", `{"Statement":["arn:aws:recorded:x:1:aws:new/thing:Thing/t"]}`)})
	assert.EqualError(t, err, "aws:x/y:Y z policy: a policy names a aws:new/thing:Thing, whose ARNs internal/policylint does not know")
}

func TestPrincipals(t *testing.T) {
	service := func(condition string) string {
		return `{"Effect":"Allow","Principal":{"Service":"a"},"Condition":{` + condition + `}}`
	}
	for name, each := range map[string]struct {
		statement string
		issues    []string
	}{
		"everybody":            {`{"Effect":"Allow","Principal":"*"}`, []string{"HIGH OPEN_PRINCIPAL"}},
		"everybody, as AWS":    {`{"Effect":"Allow","Principal":{"AWS":["*"]}}`, []string{"HIGH OPEN_PRINCIPAL"}},
		"nobody":               {`{"Effect":"Allow"}`, []string{"HIGH NO_PRINCIPAL"}},
		"a service":            {`{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"}}`, []string{"MEDIUM CONFUSED_DEPUTY"}},
		"machines":             {`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}`, nil},
		"any token":            {`{"Effect":"Allow","Principal":{"Federated":"arn:x"}}`, []string{"HIGH OPEN_PRINCIPAL"}},
		"nobody without TLS":   {`{"Effect":"Deny","Principal":"*"}`, nil},
		"a service, for us":    {service(`"StringEquals":{"aws:SourceAccount":"1"}`), nil},
		"a service, perhaps":   {service(`"StringEqualsIfExists":{"aws:SourceAccount":"1"}`), []string{"MEDIUM CONFUSED_DEPUTY"}},
		"a service, for ours":  {service(`"ArnLike":{"k":["arn:aws:sns:x:123456789012:t"]}`), nil},
		"a service, for any's": {service(`"ArnLike":{"k":["arn:aws:sns:x:*:t"]}`), []string{"MEDIUM CONFUSED_DEPUTY"}},
	} {
		found, err := Document{Name: name, Kind: OfResource, Text: `{"Statement":[` + each.statement + `]}`}.findings()
		require.NoError(t, err)
		var issues []string
		for _, f := range found {
			issues = append(issues, f.Severity+" "+f.Issue)
		}
		assert.Equal(t, each.issues, issues, name)
	}
}

func TestExceptionsCoverWhatTheyName(t *testing.T) {
	severe, stale := sift([]Finding{
		{Document: "dev aws:a/b:C hub policy", Issue: "X", Severity: "MEDIUM", Detail: "some detail"},
		{Document: "dev aws:a/b:C lab policy", Issue: "X", Severity: "MEDIUM", Detail: "other"},
		{Document: "any", Issue: "Y", Severity: "LOW"},
	}, []Exception{{Document: "* hub policy", Issue: "X", Detail: "some"}, {Document: "any", Issue: "Y"}})
	assert.Equal(t, []Finding{{Document: "dev aws:a/b:C lab policy", Issue: "X", Severity: "MEDIUM", Detail: "other"}}, severe)
	assert.Equal(t, []Exception{{Document: "any", Issue: "Y"}}, stale)
}
