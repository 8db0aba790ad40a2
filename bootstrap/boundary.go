package main

import (
	"torii/internal/account"
	"torii/internal/policy"
)

// through are services of the region, as keys know them.
func (g granting) through(services ...string) (all []string) {
	for _, service := range services {
		all = append(all, service+"."+g.at.Region+"."+g.at.Domain())
	}
	return all
}

// boundary is what no role that a stack makes can exceed: what its machines, tasks and the services that act for it do,
// and nothing of IAM. A deployment may write such a role's policies, but every role it makes has this.
func boundary(at account.Place, project, stage string) (string, error) {
	g := granting{at: at, project: project, stage: stage}
	return policy.JSON(
		policy.Statement{
			Sid: "WhatRolesOfAStackDo",
			Actions: []string{
				"autoscaling:TerminateInstanceInAutoScalingGroup",
				"cloudwatch:PutMetricData",
				"ec2:AttachVolume", "ec2:CreateSnapshot", "ec2:CreateTags", "ec2:DeleteSnapshot",
				"ec2:DescribeInstances", "ec2:DescribeSnapshots", "ec2:DescribeVolumes",
				"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer",
				"kms:Decrypt",
				"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents",
				"s3:GetObject", "s3:ListBucket",
				"secretsmanager:GetSecretValue",
				"ssm:GetParameter", "ssm:GetParameters", "ssm:PutParameter", "ssm:UpdateInstanceInformation",
				"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
				"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
			},
			Resources: []string{"*"},
			Condition: g.here(),
		},
		policy.Statement{
			// A key's policy lets whoever may use a volume or a parameter do this through the service that keeps it. What a role
			// can do because of such a policy a boundary may still take away. Secrets are only read, for which Decrypt is enough.
			Sid:       "KeysThroughServices",
			Actions:   []string{"kms:CreateGrant", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"},
			Resources: []string{"*"},
			Condition: policy.Condition{"StringEquals": {"kms:ViaService": g.through("ec2", "ssm")}},
		},
		g.notOfOthers(),
		// The state of all stages has their secrets in it, and with s3:GetObject a machine could be told to read it.
		policy.Statement{
			Sid: "NotTheState", Deny: true, Actions: []string{"s3:*"},
			Resources: []string{
				"arn:" + at.Partition + ":s3:::" + project + "-state-*", "arn:" + at.Partition + ":s3:::" + project + "-state-*/*",
			},
		},
	)
}
