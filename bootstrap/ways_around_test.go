//go:build integration

package main

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/iamsimulator"
)

// TestWhatCounts asks what a list of calls cannot tell: what is somebody else's, and ways around.
func TestWhatCounts(t *testing.T) {
	const (
		role   = "arn:aws:iam::" + accountID + ":role/"
		policy = "arn:aws:iam::" + accountID + ":policy/"
		state  = "arn:aws:s3:::" + bucketOf
		ofHub  = "arn:aws:ssm:" + region + ":" + accountID + ":parameter/hub-secrets-0000000"
	)
	tagged := func(kind, project, stage string) map[string][]string {
		return map[string][]string{"aws:" + kind + "Tag/Project": {project}, "aws:" + kind + "Tag/Stack": {stage}}
	}
	bounded := func(by string) map[string][]string {
		return map[string][]string{"iam:PermissionsBoundary": {policy + by}}
	}
	passed := func(to string) map[string][]string { return map[string][]string{"iam:PassedToService": {to}} }
	secret := func(stage string) map[string][]string {
		return map[string][]string{"kms:EncryptionContext:stage": {stage}}
	}
	file := func(name string) map[string][]string {
		return map[string][]string{"kms:EncryptionContext:aws:s3:arn": {state + "/" + name}}
	}
	records := func(kind string) map[string][]string {
		return map[string][]string{"route53:ChangeResourceRecordSetsRecordTypes": {kind}}
	}
	cases := []struct {
		name             string
		p                purpose
		action, resource string
		context          map[string][]string
		allowed          bool
	}{
		{"a role with the boundary", deploying, "iam:CreateRole", role + "torii-prod/hub", bounded("torii-prod"), true},
		{"a role without a boundary", deploying, "iam:CreateRole", role + "torii-prod/hub", nil, false},
		{"a role with another boundary", deploying, "iam:CreateRole", role + "torii-prod/hub", bounded("AdministratorAccess"), false},
		{"a role in no path", deploying, "iam:CreateRole", role + "hub", bounded("torii-prod"), false},
		{"a role of another stage's", deploying, "iam:PutRolePolicy", role + "torii-dev/hub", bounded("torii-prod"), false},
		{"its own role", deploying, "iam:PutRolePolicy", role + "torii-prod-deploy", bounded("torii-prod"), false},
		{"taking the boundary away", deploying, "iam:DeleteRolePermissionsBoundary", role + "torii-prod/hub", bounded("torii-prod"), false},
		{"changing the boundary", deploying, "iam:CreatePolicyVersion", policy + "torii-prod", tagged("Resource", "torii-bootstrap", "account"), false},
		{"making the boundary one's own", deploying, "iam:TagPolicy", policy + "torii-prod", map[string][]string{
			"aws:ResourceTag/Project": {"torii-bootstrap"}, "aws:ResourceTag/Stack": {"account"},
			"aws:RequestTag/Project": {"torii"}, "aws:RequestTag/Stack": {"prod"},
		}, false},
		{"giving a machine a role of the stack", deploying, "iam:PassRole", role + "torii-prod/hub", passed("ec2.amazonaws.com"), true},
		{"giving a machine any other role", deploying, "iam:PassRole", role + "Administrator", passed("ec2.amazonaws.com"), false},
		{"giving a role to another service", deploying, "iam:PassRole", role + "torii-prod/hub", passed("cloudformation.amazonaws.com"), false},
		{"AWS's own policy for somebody", deploying, "iam:AttachUserPolicy", "arn:aws:iam::" + accountID + ":user/ken",
			map[string][]string{"iam:PolicyARN": {"arn:aws:iam::aws:policy/AdministratorAccess"}}, false},
		{"a key for somebody", deploying, "iam:CreateAccessKey", "arn:aws:iam::" + accountID + ":user/ken", nil, false},
		{"another role", deploying, "sts:AssumeRole", role + "Administrator", nil, false},

		{"somebody else's machine", deploying, "ec2:TerminateInstances", "arn:aws:ec2:" + region + ":" + accountID + ":instance/i-1", nil, false},
		{"a machine of another region", deploying, "ec2:RunInstances", "arn:aws:ec2:us-east-1::image/ami-1", nil, false},
		{"somebody else's machine made one's own", deploying, "ec2:CreateTags", "arn:aws:ec2:" + region + ":" + accountID + ":instance/i-1",
			tagged("Request", "torii", "prod"), false},
		{"tags for what is being made", deploying, "ec2:CreateTags", "arn:aws:ec2:" + region + ":" + accountID + ":instance/i-1",
			map[string][]string{"aws:RequestTag/Project": {"torii"}, "aws:RequestTag/Stack": {"prod"}, "ec2:CreateAction": {"RunInstances"}}, true},
		{"the group that comes with a VPC", deploying, "ec2:RevokeSecurityGroupIngress",
			"arn:aws:ec2:" + region + ":" + accountID + ":security-group/sg-1", nil, true},
		{"somebody else's group", deploying, "ec2:RevokeSecurityGroupIngress", "arn:aws:ec2:" + region + ":" + accountID + ":security-group/sg-1",
			tagged("Resource", "shop", "prod"), false},

		{"its records", deploying, "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/" + hosted, records("CNAME"), true},
		{"records of another zone", deploying, "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z9", records("A"), false},
		{"where mail goes", deploying, "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/" + hosted, records("MX"), false},

		{"a client authority", deploying, "s3:PutObject", "arn:aws:s3:::clients-0000000/client-authorities.pem", nil, true},
		{"a file of somebody else's", deploying, "s3:GetObject", "arn:aws:s3:::shop/orders.csv", nil, false},
		{"its state", deploying, "s3:PutObject", state + "/prod/.pulumi/stacks/torii/prod.json", nil, true},
		{"another stage's state", deploying, "s3:GetObject", state + "/dev/.pulumi/stacks/torii/dev.json", nil, false},
		{"the bucket itself", deploying, "s3:DeleteBucket", state, nil, false},
		{"old versions of the state", deploying, "s3:DeleteObjectVersion", state + "/prod/.pulumi/stacks/torii/prod.json", nil, false},
		{"its secrets", deploying, "kms:Decrypt", keyARN, secret("prod"), true},
		{"another stage's secrets", deploying, "kms:Decrypt", keyARN, secret("dev"), false},
		{"another stage's files", deploying, "kms:Decrypt", keyARN, file("dev/x"), false},
		{"what has no stage", deploying, "kms:Decrypt", keyARN, nil, false},
		{"the key itself", deploying, "kms:ScheduleKeyDeletion", keyARN, tagged("Resource", "torii-bootstrap", "account"), false},

		{"a preview reads the state", previewing, "s3:GetObject", state + "/prod/.pulumi/stacks/torii/prod.json", nil, true},
		{"a preview writes the state", previewing, "s3:PutObject", state + "/prod/.pulumi/stacks/torii/prod.json", nil, false},
		{"a preview reads secrets of the state", previewing, "kms:Decrypt", keyARN, secret("prod"), true},
		{"a preview finds the newest image", previewing, "ssm:GetParameter",
			"arn:aws:ssm:" + region + "::parameter/aws/service/ami-amazon-linux-latest/al2023", nil, true},
		{"a preview reads a notebook's token", previewing, "ssm:GetParameter", "arn:aws:ssm:" + region + ":" + accountID + ":parameter/torii/prod/lab/ken/1/token",
			tagged("Resource", "torii", "prod"), false},
		{"a preview reads the hub's secrets", previewing, "ssm:GetParameter", ofHub, tagged("Resource", "torii", "prod"), false},
		{"drift reads the hub's secrets, as a refresh does", drifting, "ssm:GetParameter", ofHub, tagged("Resource", "torii", "prod"), true},
		{"drift reads another stage's hub's", drifting, "ssm:GetParameter", ofHub, tagged("Resource", "torii", "dev"), false},
		{"drift changes them", drifting, "ssm:PutParameter", ofHub, tagged("Resource", "torii", "prod"), false},
		{"drift reads a client secret", drifting, "secretsmanager:GetSecretValue",
			"arn:aws:secretsmanager:" + region + ":" + accountID + ":secret:oidc-a1b2c3", tagged("Resource", "torii", "prod"), false},
		{"drift reads logs", drifting, "logs:GetLogEvents", "arn:aws:logs:" + region + ":" + accountID + ":log-group:hub:log-stream:x", nil, false},
	}
	var requests []iamsimulator.Request
	for _, c := range cases {
		requests = append(requests, iamsimulator.Request{
			Principal: "arn:aws:sts::" + accountID + ":assumed-role/torii-prod-" + string(c.p) + "/GitHubActions",
			Action:    c.action, Resource: c.resource, Context: c.context, Policies: written(t, c.p),
		})
	}
	answers, err := iamsimulator.Simulate(t.Context(), os.Stderr, requests)
	require.NoError(t, err)
	for i, c := range cases {
		assert.Equal(t, c.allowed, answers[i].Allowed, "%s: %s", c.name, answers[i].Reason)
	}
}

// TestPoliciesAreWithoutFindings: AWS knows all of the actions, resources and keys, and applies what is written.
func TestPoliciesAreWithoutFindings(t *testing.T) {
	all := map[string]string{}
	for _, p := range []purpose{deploying, drifting} { // whose statements include those of previews
		for part, text := range written(t, p) {
			all[string(p)+"/"+part] = text
		}
	}
	limit, err := boundary(tokyo, "torii", "prod")
	require.NoError(t, err)
	all["boundary"] = limit
	findings, err := iamsimulator.Lint(t.Context(), os.Stderr, all)
	require.NoError(t, err)
	abbreviated := regexp.MustCompile(`: \S*\*: AWS has no such action$`) // of looking, and of what is refused
	assert.Empty(t, slices.DeleteFunc(findings, abbreviated.MatchString))
}
