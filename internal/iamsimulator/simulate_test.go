//go:build integration

package iamsimulator_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/iamsimulator"
)

const (
	ken      = "arn:aws:iam::123456789012:user/ken"
	instance = "arn:aws:ec2:ap-northeast-1:123456789012:instance/i-0123456789abcdef0"
)

// document is a policy of one statement.
func document(statement string) string {
	return `{"Version":"2012-10-17","Statement":[` + statement + `]}`
}

func TestSimulateSaysWhy(t *testing.T) {
	stop := document(`{"Sid":"Stop","Effect":"Allow","Action":["ec2:StopInstances"],"Resource":["` + instance + `"],` +
		`"Condition":{"StringEquals":{"aws:ResourceTag/ToriiOwner":["${aws:username}"]}}}`)
	never := document(`{"Sid":"Never","Effect":"Deny","Action":["ec2:StopInstances"],"Resource":["*"]}`)
	ask := func(action, resource, owner string, policies map[string]string) iamsimulator.Request {
		return iamsimulator.Request{Principal: ken, Action: action, Resource: resource, Policies: policies,
			Context: map[string][]string{"aws:username": {"ken"}, "aws:ResourceTag/ToriiOwner": {owner}}}
	}
	answers, err := iamsimulator.Simulate(t.Context(), os.Stderr, []iamsimulator.Request{
		ask("ec2:StopInstances", instance, "ken", map[string]string{"own": stop}),
		ask("ec2:StopInstances", instance, "aiko", map[string]string{"own": stop}),
		ask("ec2:StopInstances", instance[:len(instance)-1]+"1", "ken", map[string]string{"own": stop}),
		ask("ec2:StopInstances", instance, "ken", map[string]string{"own": stop, "guard": never}),
		ask("ec2:TerminateInstances", instance, "ken", map[string]string{"own": stop}),
	})
	require.NoError(t, err)
	assert.Equal(t, []iamsimulator.Answer{
		{Allowed: true, Reason: "allowed by own/Stop"},
		{Reason: "own/Stop: StringEquals aws:ResourceTag/ToriiOwner"},
		{Reason: "own/Stop: another resource"},
		{Reason: "denied by guard/Never"},
		{Reason: "no statement is about the action"},
	}, answers)
}

func TestSimulateRefusesWhatCannotBe(t *testing.T) {
	all := document(`{"Effect":"Allow","Action":["*"],"Resource":["*"]}`)
	for name, test := range map[string]struct {
		request iamsimulator.Request
		want    string
	}{
		"an action": {iamsimulator.Request{Action: "ssm:StartSesion", Resource: instance},
			`ssm:StartSesion on ` + instance + `: {"message":"invalid.action"}`},
		"a resource": {iamsimulator.Request{Action: "ssm:StartSession", Resource: "arn:aws:s3:::bucket"},
			`ssm:StartSession on arn:aws:s3:::bucket: {"message":"no.resource.types"}`},
		"a key": {iamsimulator.Request{Action: "ssm:StartSession", Resource: instance, Context: map[string][]string{"ssm:Overwrite": {"true"}}},
			`ssm:StartSession on ` + instance + `: AWS sends no ssm:Overwrite`},
	} {
		test.request.Principal, test.request.Policies = ken, map[string]string{"all": all}
		_, err := iamsimulator.Simulate(t.Context(), os.Stderr, []iamsimulator.Request{test.request})
		require.ErrorContains(t, err, "simulating policies: exit status 1: "+test.want, name)
	}
	_, err := iamsimulator.Simulate(t.Context(), os.Stderr, []iamsimulator.Request{{
		Principal: ken, Action: "ssm:StartSession", Resource: instance,
		Policies: map[string]string{"wrong": document(`{"Effect":"Allow","Action":["ssm:StartSession"],"Ressource":["*"]}`)},
	}})
	require.ErrorContains(t, err, `"message":"policy.errors"`)
}

// TestTokensGetRoles by what they claim, and by nothing that AWS does not compare.
func TestTokensGetRoles(t *testing.T) {
	const provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},` +
		`"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:sub":"repo:a/b:x"}}}]}`
	ask := func(principal, claim, value string) iamsimulator.Request {
		return iamsimulator.Request{
			Principal: principal, Action: "sts:AssumeRoleWithWebIdentity", Resource: "arn:aws:iam::123456789012:role/r", Trust: trust,
			Context: map[string][]string{"token.actions.githubusercontent.com:" + claim: {value}},
		}
	}
	answers, err := iamsimulator.Simulate(t.Context(), os.Stderr, []iamsimulator.Request{
		ask(provider, "sub", "repo:a/b:x"), ask(provider, "sub", "repo:a/b:y"), ask(provider, "ref", "repo:a/b:x"),
	})
	require.NoError(t, err)
	assert.Equal(t, []bool{true, false, false}, []bool{answers[0].Allowed, answers[1].Allowed, answers[2].Allowed})
	_, err = iamsimulator.Simulate(t.Context(), os.Stderr, []iamsimulator.Request{ask(provider, "runner", "x")})
	require.ErrorContains(t, err, "AWS sends no token.actions.githubusercontent.com:runner")
	_, err = iamsimulator.Simulate(t.Context(), os.Stderr, []iamsimulator.Request{
		ask("arn:aws:iam::123456789012:oidc-provider/example.jp", "sub", "repo:a/b:x"),
	})
	require.ErrorContains(t, err, "AWS sends no token.actions.githubusercontent.com:sub")
}

// TestASurveyAsksOfEveryResource that an action needs, each with the keys that AWS sends for it.
func TestASurveyAsksOfEveryResource(t *testing.T) {
	survey := iamsimulator.Survey{
		Principal: ken, Partition: "aws", Region: "ap-northeast-1", Account: "123456789012",
		Actions: []string{"ec2:CreateSubnet", "events:PutRule", "ecs:DeregisterTaskDefinition"},
		Policies: map[string]string{"own": document(
			`{"Sid":"Make","Effect":"Allow","Action":["ec2:CreateSubnet","events:PutRule"],"Resource":["*"],` +
				`"Condition":{"StringEquals":{"aws:RequestTag/Stack":["dev"]}}}`)},
		Context: map[string][]string{"aws:RequestTag/Stack": {"dev"}, "aws:ResourceTag/Stack": {"dev"}},
	}
	found, err := iamsimulator.SurveyActions(t.Context(), os.Stderr, survey)
	require.NoError(t, err)
	got := map[string]bool{}
	for _, each := range found {
		for key := range each.Context {
			got[each.Action+" "+each.Resource+" "+key] = each.Allowed
		}
		if len(each.Context) == 0 {
			got[each.Action+" "+each.Resource] = each.Allowed
		}
	}
	const here = "arn:aws:ec2:ap-northeast-1:123456789012:"
	rule := "events:PutRule arn:aws:events:ap-northeast-1:123456789012:rule/x/x "
	assert.Equal(t, map[string]bool{
		"ec2:CreateSubnet " + here + "subnet/x aws:RequestTag/Stack": true,
		"ec2:CreateSubnet " + here + "vpc/x aws:ResourceTag/Stack":   false, // which the policy says nothing of
		rule + "aws:RequestTag/Stack":                                true,  // a new rule
		rule + "aws:ResourceTag/Stack":                               false, // one that is there
		"ecs:DeregisterTaskDefinition *":                             false,
	}, got)

	survey.Foreign = []string{"ec2:vpc"}
	found, err = iamsimulator.SurveyActions(t.Context(), os.Stderr, survey)
	require.NoError(t, err)
	for _, each := range found {
		if each.Resource == here+"vpc/x" {
			assert.Empty(t, each.Context)
		}
	}
	survey.Actions = []string{"ec2:CreateSubnets"}
	_, err = iamsimulator.SurveyActions(t.Context(), os.Stderr, survey)
	require.ErrorContains(t, err, "ec2:CreateSubnets: AWS has no such action")
}

func TestLintFindsWhatAWSNeverApplies(t *testing.T) {
	findings, err := iamsimulator.Lint(t.Context(), os.Stderr, map[string]string{
		"good": document(`{"Sid":"Good","Effect":"Allow","Action":["ssm:StartSession"],"Resource":["arn:aws:ec2:*:1:instance/*"],` +
			`"Condition":{"StringEquals":{"ssm:resourceTag/ToriiOwner":["ken"],"aws:PrincipalTag/ToriiOwner":["ken"]}}}`),
		"action": document(`{"Sid":"A","Effect":"Allow","Action":["ssm:StartSesion"],"Resource":["*"]}`),
		"resource": document(`{"Sid":"R","Effect":"Allow","Action":["ssm:StartSession","ssmmessages:OpenDataChannel"],` +
			`"Resource":["arn:aws:ssm:*:1:session/*"]}`),
		"key": document(`{"Sid":"K","Effect":"Allow","Action":["ec2:DescribeInstances"],"Resource":["*"],` +
			`"Condition":{"StringEquals":{"aws:ResourceTag/ToriiOwner":["ken"],"aws:RequestedRegion":["ap-northeast-1"]}}}`),
		"syntax": document(`{"Sid":"S","Effect":"Alow","Action":["ec2:DescribeInstances"],"Resource":["*"]}`),
	})
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{
		"action: A: ssm:StartSesion: AWS has no such action",
		"resource: R: ssm:StartSession: never on arn:aws:ssm:*:1:session/*",
		"resource: R: ssmmessages:OpenDataChannel: never on arn:aws:ssm:*:1:session/*",
		"key: K: ec2:DescribeInstances: never with aws:ResourceTag/ToriiOwner",
		`syntax: Statement[0].Effect: Effect must be present and exactly "Allow" or "Deny"`,
	}, findings)
}
