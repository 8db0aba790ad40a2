//go:build integration

package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/iamsimulator"
)

// token is what GitHub says of a job: the claims that AWS compares.
type token map[string]string

// with is the same token but for some claims.
func (t token) with(changes token) token {
	other := maps.Clone(t)
	maps.Copy(other, changes)
	return other
}

// TestWhoGetsTheRoles asks for each role with tokens of jobs that should have it and of such that should not.
func TestWhoGetsTheRoles(t *testing.T) {
	deploys := token{
		"aud": "sts.amazonaws.com", "sub": "repo:example@1001/torii@2002:environment:prod", "repository_id": "2002",
		"ref": "refs/heads/main", "job_workflow_ref": "example/torii/.github/workflows/stage.yml@refs/heads/main",
	}
	drifts := deploys.with(token{
		"sub": "repo:example@1001/torii@2002:environment:drift-prod", "job_workflow_ref": "example/torii/.github/workflows/drift.yml@refs/heads/main",
	})
	previews := deploys.with(token{
		"sub": "repo:example@1001/torii@2002:environment:preview-prod", "ref": "refs/pull/7/merge",
		"job_workflow_ref": "example/torii/.github/workflows/preview.yml@refs/pull/7/merge",
	})
	const names = "repo:example/torii:environment:prod" // as in a repository from before July 2026
	cases := []struct {
		name    string
		p       purpose
		token   token
		allowed bool
	}{
		{"a deployment of main", deploying, deploys, true},
		{"the same in an older repository", deploying, deploys.with(token{"sub": names}), true},
		{"another repository", deploying, deploys.with(token{"sub": "repo:mallory@3/torii@4:environment:prod", "repository_id": "4"}), false},
		{"another repository that has been given the name", deploying, deploys.with(token{"sub": names, "repository_id": "4"}), false},
		{"another environment", deploying, deploys.with(token{"sub": "repo:example@1001/torii@2002:environment:dev"}), false},
		{"the environment of previews", deploying, previews, false},
		{"no environment", deploying, deploys.with(token{"sub": "repo:example@1001/torii@2002:ref:refs/heads/main"}), false},
		{"a pull request", deploying, deploys.with(token{"sub": "repo:example@1001/torii@2002:pull_request", "ref": "refs/pull/7/merge"}), false},
		{"a pull request that names the environment", deploying, deploys.with(token{"ref": "refs/pull/7/merge"}), false},
		{"another branch that names the environment", deploying, deploys.with(token{"ref": "refs/heads/mallory"}), false},
		{"another workflow of main", deploying, deploys.with(token{
			"job_workflow_ref": "example/torii/.github/workflows/ci.yml@refs/heads/main"}), false},
		{"a token for somebody else", deploying, deploys.with(token{"aud": "https://github.com/example"}), false},
		{"drift of main", drifting, drifts, true},
		{"a deployment for drift's role", drifting, deploys, false},
		{"drift for the role of deployments", deploying, drifts, false},
		{"drift of another branch", drifting, drifts.with(token{"ref": "refs/heads/mallory"}), false},
		{"a pull request's preview", previewing, previews, true},
		{"a plan of main", previewing, previews.with(token{
			"ref": "refs/heads/main", "job_workflow_ref": "example/torii/.github/workflows/stage.yml@refs/heads/main"}), true},
		{"a pull request without the environment", previewing, previews.with(token{"sub": "repo:example@1001/torii@2002:pull_request"}), false},
		{"a fork's pull request", previewing, previews.with(token{"repository_id": "4"}), false},
		{"another stage's preview", previewing, previews.with(token{"sub": "repo:example@1001/torii@2002:environment:preview-dev"}), false},
	}
	var requests []iamsimulator.Request
	for _, c := range cases {
		trust, err := chosen.trust(provider, "prod", c.p)
		require.NoError(t, err)
		claims := map[string][]string{}
		for claim, value := range c.token {
			claims[issuer+":"+claim] = []string{value}
		}
		requests = append(requests, iamsimulator.Request{
			Principal: provider, Action: "sts:AssumeRoleWithWebIdentity",
			Resource: "arn:aws:iam::" + accountID + ":role/torii-prod-" + string(c.p), Context: claims, Trust: trust,
		})
	}
	answers, err := iamsimulator.Simulate(t.Context(), os.Stderr, requests)
	require.NoError(t, err)
	for i, c := range cases {
		assert.Equal(t, c.allowed, answers[i].Allowed, c.name)
	}
}

// calls are those that deployments of every example made on the local AWS, through all changes of their tests and
// their end. internal/integration keeps the list.
func calls(t *testing.T) (looking, doing []string) {
	t.Helper()
	text, err := os.ReadFile("testdata/calls.txt")
	require.NoError(t, err)
	looks := regexp.MustCompile(`^[a-z0-9-]+:(Describe|Get|List|View)`)
	for _, call := range strings.Fields(string(text)) {
		if looks.MatchString(call) {
			looking = append(looking, call)
		} else {
			doing = append(doing, call)
		}
	}
	require.NotEmpty(t, looking)
	require.NotEmpty(t, doing)
	return looking, doing
}

// unheard are calls of resources that the local AWS lacks. Source: what elbv2's trust_store*.go and s3's object.go of the
// provider call.
var unheard = []string{
	"elasticloadbalancing:AddTrustStoreRevocations", "elasticloadbalancing:CreateTrustStore", "elasticloadbalancing:DeleteTrustStore",
	"elasticloadbalancing:ModifyTrustStore", "elasticloadbalancing:RemoveTrustStoreRevocations",
}

// surveyOf asks whether prod's role of a purpose may do something to what bears a stage's tags.
func surveyOf(t *testing.T, p purpose, actions []string, stage string) []iamsimulator.Surveyed {
	t.Helper()
	name := boundaryName("torii", stage)
	found, err := iamsimulator.SurveyActions(t.Context(), os.Stderr, iamsimulator.Survey{
		Principal: "arn:aws:sts::" + accountID + ":assumed-role/torii-prod-" + string(p) + "/GitHubActions",
		Actions:   actions, Policies: written(t, p), Partition: "aws", Region: region, Account: accountID,
		Names: map[string]string{
			"RoleNameWithPath": name + "/hub-instance-0000000", "BucketName": "clients-0000000", "Id": hosted, "Alias": name,
			"ParameterNameWithoutLeadingSlash": "aws/service/ami-amazon-linux-latest/al2023",
			"BudgetName":                       name, "DashboardName": name,
		},
		Foreign: []string{"ec2:image", "ec2:snapshot"},
		Preferred: []string{
			"s3:bucket", "s3:object", "wafv2:loadbalancer/app/", "elasticloadbalancing:loadbalancer/app/", "elasticloadbalancing:listener/app/",
		},
		Context: map[string][]string{
			"aws:RequestedRegion":                         {region},
			"aws:RequestTag/Project":                      {"torii"},
			"aws:RequestTag/Stack":                        {stage},
			"aws:ResourceTag/Project":                     {"torii"},
			"aws:ResourceTag/Stack":                       {stage},
			"iam:PermissionsBoundary":                     {"arn:aws:iam::" + accountID + ":policy/" + name},
			"iam:PolicyARN":                               {"arn:aws:iam::" + accountID + ":policy/lab-ken-0000000"},
			"route53:ChangeResourceRecordSetsRecordTypes": {"A"},
		},
	})
	require.NoError(t, err)
	return found
}

// TestADeploymentMayDoWhatDeploymentsDo to its own stage.
func TestADeploymentMayDoWhatDeploymentsDo(t *testing.T) {
	looking, doing := calls(t)
	for _, asked := range surveyOf(t, deploying, slices.Concat(looking, doing, unheard), "prod") {
		assert.True(t, asked.Allowed, "%s on %s with %v: %s", asked.Action, asked.Resource, asked.Context, asked.Reason)
	}
}

// unguarded is what prod's deployments may do to another stage in the same account as well, since AWS tells one from the
// other neither by tags nor by name. It is to grow for good reasons only; docs/decisions.md says what to do about it.
var unguarded = []string{
	"ecs:DeregisterTaskDefinition", // nothing that runs stops
	"iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:CreateGroup", "iam:DeleteGroup", "iam:DetachGroupPolicy",
	"iam:RemoveUserFromGroup", // with people only
	"logs:DeleteResourcePolicy", "logs:PutResourcePolicy",
	"logs:DeleteQueryDefinition", "logs:PutQueryDefinition", // questions, not what they are asked of
	"route53:ChangeResourceRecordSets", // in a zone that both have
	"s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:DeleteObjectVersion", "s3:PutBucketOwnershipControls",
	"s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning",
	"s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration", "s3:PutObject", // on buckets of logs and of client authorities
	"wafv2:DisassociateWebACL",
}

// TestADeploymentLeavesOtherStagesAlone: an action is refused when one of the requests that it consists of is.
func TestADeploymentLeavesOtherStagesAlone(t *testing.T) {
	_, doing := calls(t)
	refused := map[string]bool{}
	for _, asked := range surveyOf(t, deploying, slices.Concat(doing, unheard), "dev") {
		refused[asked.Action] = refused[asked.Action] || !asked.Allowed
	}
	var allowed []string
	for action, is := range refused {
		if !is {
			allowed = append(allowed, action)
		}
	}
	assert.ElementsMatch(t, unguarded, allowed)
}

// TestOthersOnlyLook: the roles of previews and drift may look at all that a deployment looks at, but for what a preview
// has no use for, and do nothing at all.
func TestOthersOnlyLook(t *testing.T) {
	looking, doing := calls(t)
	for p, want := range map[purpose][]string{previewing: {"s3:GetObject", "s3:ListBucket", "s3:ListBucketVersions", "ssm:GetParameter"}, drifting: nil} {
		var refused []string
		for _, asked := range surveyOf(t, p, looking, "prod") {
			if !asked.Allowed {
				refused = append(refused, asked.Action)
			}
		}
		assert.Equal(t, want, refused, p)
		for _, asked := range surveyOf(t, p, doing, "prod") {
			assert.False(t, asked.Allowed, "%s: %s on %s: %s", p, asked.Action, asked.Resource, asked.Reason)
		}
	}
}
