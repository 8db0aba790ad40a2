package main

import "torii/internal/policy"

// passedTo are the services that roles of a stack are for.
var passedTo = []string{"dlm.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "vpc-flow-logs.amazonaws.com"}

// linked are the services that make a role of their own in an account the first time somebody uses them.
var linked = []string{
	"autoscaling.amazonaws.com", "ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com",
	"wafv2.amazonaws.com",
}

// roles is what lets a deployment make roles for machines, tasks and services. They must be in the stage's path and have
// its boundary, which a deployment can neither change nor take from a role. No role outside of the path can be passed
// on: else a machine could be given any role in the account that machines may have.
func (g granting) roles() []policy.Statement {
	name := boundaryName(g.project, g.stage)
	own := []string{g.arn("iam", "", "role/"+name+"/*")}
	bounded := policy.Condition{"StringEquals": {"iam:PermissionsBoundary": {g.arn("iam", "", "policy/"+name)}}}
	return []policy.Statement{
		{
			Sid:       "BoundedRoles",
			Actions:   []string{"iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"},
			Resources: own, Condition: bounded,
		},
		{
			Sid: "OwnRoles",
			Actions: []string{
				"iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
			},
			Resources: own,
		},
		{
			Sid: "PassOwnRoles", Actions: []string{"iam:PassRole"}, Resources: own,
			Condition: policy.Condition{"StringEquals": {"iam:PassedToService": passedTo}},
		},
		{
			Sid: "Own",
			Actions: []string{
				"iam:AddRoleToInstanceProfile", "iam:CreatePolicyVersion", "iam:DeleteInstanceProfile", "iam:DeletePolicy",
				"iam:DeletePolicyVersion", "iam:DeleteServerCertificate", "iam:RemoveRoleFromInstanceProfile", "iam:SetDefaultPolicyVersion",
				"iam:UntagInstanceProfile", "iam:UntagPolicy", "iam:UntagServerCertificate", "iam:UpdateServerCertificate",
			},
			Resources: []string{"*"}, Condition: g.own("aws:ResourceTag"),
		},
		{
			Sid: "RolesOfServices", Actions: []string{"iam:CreateServiceLinkedRole"},
			Resources: []string{g.arn("iam", "", "role/aws-service-role/*")},
			Condition: policy.Condition{"StringEquals": {"iam:AWSServiceName": linked}},
		},
	}
}

// people is what lets a deployment give IAM users and groups its policies. It can make policies of any content, and so
// these people as mighty as it likes.
func (g granting) people() []policy.Statement {
	// Policies of the account's, made by deployments or by somebody else, and none of AWS's.
	attached := policy.Condition{"ArnLike": {"iam:PolicyARN": {g.arn("iam", "", "policy/*")}}}
	return []policy.Statement{
		{
			Sid: "Users", Actions: []string{"iam:AttachUserPolicy", "iam:DetachUserPolicy"},
			Resources: []string{g.arn("iam", "", "user/*")}, Condition: attached,
		},
		{
			Sid: "GroupPolicies", Actions: []string{"iam:AttachGroupPolicy", "iam:DetachGroupPolicy"},
			Resources: []string{g.arn("iam", "", "group/*")}, Condition: attached,
		},
		{
			Sid: "Groups", Actions: []string{"iam:AddUserToGroup", "iam:CreateGroup", "iam:DeleteGroup", "iam:RemoveUserFromGroup"},
			Resources: []string{g.arn("iam", "", "group/*")},
		},
	}
}
