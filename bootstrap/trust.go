package main

import (
	"fmt"
	"strings"

	"torii/internal/policy"
)

// issuer is who signs GitHub's tokens, and so what the account's OIDC provider and AWS's condition keys are called.
const issuer = "token.actions.githubusercontent.com"

// audience is what aws-actions/configure-aws-credentials asks tokens for.
const audience = "sts.amazonaws.com"

// purpose is what a role is for. Each has an environment of its own at GitHub, in whose jobs alone it can be had.
type purpose string

const (
	deploying  purpose = "deploy"
	previewing purpose = "preview"
	drifting   purpose = "drift"
)

// environment is GitHub's environment for a purpose and stage: prod, preview-prod, drift-prod.
func (p purpose) environment(stage string) string {
	if p == deploying {
		return stage
	}
	return string(p) + "-" + stage
}

// trust is the policy that lets jobs of the repository's environment use a role, and with it nobody else: not another
// repository, not another environment, and, but for previews, not another branch or workflow.
//
// The repository is named by its number. By name alone, whoever is given the name after it was freed is trusted with it.
// GitHub writes subjects with numbers in repositories made since July 2026 and without in older ones; both are
// expected, as the number is compared in any case. AWS compares the claims beside sub since January 2026.
func (s settings) trust(provider, stage string, p purpose) (string, error) {
	owner, name, _ := strings.Cut(s.Repository, "/")
	environment := p.environment(stage)
	equal := map[string][]string{
		issuer + ":aud": {audience},
		issuer + ":sub": {
			fmt.Sprintf("repo:%s/%s:environment:%s", owner, name, environment),
			fmt.Sprintf("repo:%s@%d/%s@%d:environment:%s", owner, s.OwnerID, name, s.RepositoryID, environment),
		},
		issuer + ":repository_id": {fmt.Sprint(s.RepositoryID)},
	}
	if p != previewing { // whose workflow runs on pull requests, in the version that they bring
		workflow := map[purpose]string{deploying: "stage.yml", drifting: "drift.yml"}[p]
		equal[issuer+":ref"] = []string{"refs/heads/" + s.Branch}
		equal[issuer+":job_workflow_ref"] = []string{s.Repository + "/.github/workflows/" + workflow + "@refs/heads/" + s.Branch}
	}
	return policy.JSON(policy.Statement{
		Sid:       "GitHub",
		Principal: policy.Principal{Federated: []string{provider}},
		Actions:   []string{"sts:AssumeRoleWithWebIdentity"},
		Condition: policy.Condition{"StringEquals": equal},
	})
}
