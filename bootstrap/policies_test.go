package main

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
	"torii/internal/policy"
	"torii/internal/recorder"
	"torii/stack"
)

const (
	accountID = "123456789012"
	region    = "ap-northeast-1"
	provider  = "arn:aws:iam::" + accountID + ":oidc-provider/" + issuer
	keyARN    = "arn:aws:kms:" + region + ":" + accountID + ":key/1234abcd-12ab-34cd-56ef-1234567890ab"
	bucketOf  = "torii-state-0000000"
	hosted    = "Z0123456789ABCDEFGHIJ"
)

var tokyo = account.Place{Partition: "aws", Region: region, AccountID: accountID}

// chosen are settings in which a stage may do all that one can be let do.
var chosen = settings{
	Repository: "example/torii", OwnerID: 1001, RepositoryID: 2002, Branch: "main", Project: "torii",
	Stages: []string{"dev", "prod"}, People: []string{"prod"}, Zones: map[string][]string{"prod": {hosted}},
}

// written are the policies of prod's role as IAM gets them.
func written(t *testing.T, p purpose) map[string]string {
	t.Helper()
	all := map[string]string{}
	for part, document := range grants(chosen, tokyo, "prod", p) {
		text, err := policy.JSON(document(bucketOf, keyARN)...)
		require.NoError(t, err)
		all[part] = text
	}
	return all
}

// TestPoliciesStayWithinLimits: IAM counts no white space, takes 6144 characters for a policy, and ten for a role.
// Source: "IAM and STS character limits" in the IAM user guide. The longest names that settings allow count.
func TestPoliciesStayWithinLimits(t *testing.T) {
	long := chosen
	long.Project, long.Stages = "abcdefghijklmnopqrst", []string{"uvwxyzabcdefghijklmn"}
	long.People, long.Zones = long.Stages, map[string][]string{long.Stages[0]: {hosted, hosted + "X"}}
	for _, p := range []purpose{deploying, previewing, drifting} {
		documents := grants(long, account.Place{Partition: "aws-us-gov", Region: "ap-northeast-1", AccountID: accountID}, long.Stages[0], p)
		assert.LessOrEqual(t, len(documents), 10)
		for part, document := range documents {
			text, err := policy.JSON(document(long.Project+"-state-00000000000000000000000000", keyARN)...)
			require.NoError(t, err)
			counted := 0
			for _, c := range text {
				if !unicode.IsSpace(c) {
					counted++
				}
			}
			assert.LessOrEqual(t, counted, 6144, "%s: %s", p, part)
		}
	}
	limit, err := boundary(tokyo, long.Project, long.Stages[0])
	require.NoError(t, err)
	assert.LessOrEqual(t, len(limit), 6144)
	trust, err := long.trust(provider, long.Stages[0], deploying)
	require.NoError(t, err)
	assert.LessOrEqual(t, len(trust), 2048)
}

// TestTrustNamesEverything: nothing in it is a pattern, whatever it is for.
func TestTrustNamesEverything(t *testing.T) {
	for p, more := range map[purpose]string{
		previewing: "",
		deploying: `"` + issuer + `:job_workflow_ref":["example/torii/.github/workflows/stage.yml@refs/heads/main"],` +
			`"` + issuer + `:ref":["refs/heads/main"],`,
		drifting: `"` + issuer + `:job_workflow_ref":["example/torii/.github/workflows/drift.yml@refs/heads/main"],` +
			`"` + issuer + `:ref":["refs/heads/main"],`,
	} {
		text, err := chosen.trust(provider, "prod", p)
		require.NoError(t, err)
		assert.Equal(t, `{"Version":"2012-10-17","Statement":[{"Sid":"GitHub","Effect":"Allow","Principal":{"Federated":["`+provider+`"]},`+
			`"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":{"StringEquals":{"`+issuer+`:aud":["sts.amazonaws.com"],`+more+
			`"`+issuer+`:repository_id":["2002"],"`+issuer+`:sub":["repo:example/torii:environment:`+p.environment("prod")+`",`+
			`"repo:example@1001/torii@2002:environment:`+p.environment("prod")+`"]}}}]}`, text)
		assert.NotContains(t, text, "StringLike")
	}
}

// TestSettingsAreChecked: names go into policies, where a wildcard would let in others.
func TestSettingsAreChecked(t *testing.T) {
	require.NoError(t, chosen.check())
	for name, c := range map[string]struct {
		broken func(*settings)
		want   string
	}{
		"a wildcard for the repository": {func(s *settings) { s.Repository = "example/*" },
			"torii-bootstrap:repository: example/* is not allowed; give owner/name"},
		"no owner": {func(s *settings) { s.Repository = "torii" }, "torii-bootstrap:repository: torii is not allowed; give owner/name"},
		"no number": {func(s *settings) { s.RepositoryID = 0 },
			"torii-bootstrap:repositoryId: 0 is not allowed; give the number that GitHub has for the repository"},
		"a wildcard for the branch": {func(s *settings) { s.Branch = "*" },
			"torii-bootstrap:branch: * is not allowed; give a branch's name, such as main"},
		"a variable for a stage": {func(s *settings) { s.Stages = append(s.Stages, "${x}") },
			"torii-bootstrap:stages: ${x} is not allowed; give stacks' names, small letters, digits and -, 20 at most"},
		"a stage twice": {func(s *settings) { s.Stages = append(s.Stages, "dev") },
			"torii-bootstrap:stages: dev is not allowed; it is there twice"},
		// Its deployments' environment would be the one that prod's previews run in, whose role anybody's branch may have.
		"a stage that is another's previews": {func(s *settings) { s.Stages = append(s.Stages, "preview-prod") },
			"torii-bootstrap:stages: preview-prod is not allowed; it is the environment of previews or drift of prod"},
		"people of no stage": {func(s *settings) { s.People = []string{"test"} },
			"torii-bootstrap:people: test is not allowed; it is not one of the stages"},
		"a zone of no stage": {func(s *settings) { s.Zones = map[string][]string{"test": {hosted}} },
			"torii-bootstrap:zones: test is not allowed; it is not one of the stages"},
		"a wildcard for a zone": {func(s *settings) { s.Zones = map[string][]string{"prod": {"*"}} },
			"torii-bootstrap:zones.prod: * is not allowed; give a hosted zone's id, such as Z0123456789ABCDEFGHIJ"},
		"another provider": {func(s *settings) { s.Provider = "arn:aws:iam::123456789012:oidc-provider/example.jp" },
			"torii-bootstrap:provider: arn:aws:iam::123456789012:oidc-provider/example.jp is not allowed; give the ARN of the provider " + issuer},
	} {
		s := chosen
		c.broken(&s)
		assert.EqualError(t, s.check(), c.want, name)
	}
}

// TestWhatIsSaidToGitHub: one line for each thing, and the switch that turns the workflows on comes last.
func TestWhatIsSaidToGitHub(t *testing.T) {
	one := chosen
	one.Stages = []string{"dev"}
	arns := map[string]string{"dev": "arn:deploy", "preview-dev": "arn:preview", "drift-dev": "arn:drift"}
	const branch = " -F 'deployment_branch_policy[protected_branches]=true' -F 'deployment_branch_policy[custom_branch_policies]=false'"
	assert.Equal(t, `gh api --silent --method PUT repos/example/torii/environments/preview-dev
gh variable set AWS_ROLE --repo example/torii --env preview-dev --body arn:preview
gh api --silent --method PUT repos/example/torii/environments/drift-dev`+branch+`
gh variable set AWS_ROLE --repo example/torii --env drift-dev --body arn:drift
gh api --silent --method PUT repos/example/torii/environments/dev`+branch+`
gh variable set AWS_ROLE --repo example/torii --env dev --body arn:deploy
gh variable set AWS_REGION --repo example/torii --body ap-northeast-1
gh variable set PULUMI_BACKEND --repo example/torii --body s3://torii-state-1`, commands(one, region, "s3://torii-state-1", arns))
	assert.Equal(t, "awskms://alias/torii-state?region=ap-northeast-1&context_stage=dev", secretsProvider("alias/torii-state", region, "dev"))
}

// TestNothingIsAllowedWithoutABound: a statement about everything has a condition, but for looking.
func TestNothingIsAllowedWithoutABound(t *testing.T) {
	looks := regexp.MustCompile(`^[a-z0-9-]+:(Describe|Get|List|View)`)
	for _, stage := range chosen.Stages {
		for _, p := range []purpose{deploying, previewing, drifting} {
			for part, document := range grants(chosen, tokyo, "prod", p) {
				for _, statement := range document(bucketOf, keyARN) {
					if statement.Deny || statement.Condition != nil {
						continue
					}
					for _, resource := range statement.Resources {
						if resource == "*" {
							for _, action := range statement.Actions {
								assert.Regexp(t, looks, action, "%s of %s: %s/%s", p, stage, part, statement.Sid)
							}
						}
					}
				}
			}
		}
	}
}

// TestTheBoundaryIsWhatRolesDo in every committed stack, and what settings that none of them has make roles do; no more.
func TestTheBoundaryIsWhatRolesDo(t *testing.T) {
	used := map[string]bool{ // images of ECR; packages in S3; session keys; secrets of services and of hubs' clients; the stack's key
		"kms:CreateGrant": true, "kms:DescribeKey": true, "kms:Encrypt": true, "kms:GenerateDataKey*": true, "kms:ReEncrypt*": true,
		"ecr:BatchCheckLayerAvailability": true, "ecr:BatchGetImage": true, "ecr:GetAuthorizationToken": true,
		"ecr:GetDownloadUrlForLayer": true, "s3:GetObject": true, "s3:ListBucket": true, "kms:Decrypt": true, "ssm:GetParameters": true,
		"secretsmanager:GetSecretValue": true,
	}
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	for name, file := range files {
		config, err := recorder.Config(file)
		require.NoError(t, err)
		granted := recorder.MustRun(t, name, config, stack.Deploy).Of("aws:iam/rolePolicy:RolePolicy")
		require.NotEmpty(t, granted)
		for _, each := range granted {
			for _, action := range actionsOf(t, each.Input("policy").(string)) {
				used[action] = true
			}
		}
	}
	limit, err := boundary(tokyo, "torii", "prod")
	require.NoError(t, err)
	assert.ElementsMatch(t, slices.Collect(maps.Keys(used)), actionsOf(t, limit))
}

// actionsOf are the actions that a policy allows.
func actionsOf(t *testing.T, text string) (all []string) {
	t.Helper()
	var document struct {
		Statement []struct {
			Effect string
			Action []string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &document))
	for _, statement := range document.Statement {
		if statement.Effect == "Allow" {
			all = append(all, statement.Action...)
		}
	}
	return all
}
