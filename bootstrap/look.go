package main

import "torii/internal/policy"

// look is what tells what there is, in words of AWS's that a policy may abbreviate: what a provider asks for differs from
// release to release, and none of these says what is kept in anything.
func (g granting) look(p purpose) []policy.Statement {
	region, account := g.at.Region, []string{"*"}
	statements := []policy.Statement{
		{
			Sid: "Look",
			Actions: []string{
				"acm:Describe*", "acm:List*",
				"application-autoscaling:Describe*", "application-autoscaling:List*",
				"autoscaling:Describe*",
				"backup:Describe*", "backup:List*",
				"cloudtrail:Describe*", "cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors", "cloudtrail:GetTrail*", "cloudtrail:List*",
				"cloudwatch:Describe*", "cloudwatch:GetDashboard", "cloudwatch:List*",
				"dlm:Get*", "dlm:List*",
				"ec2:Describe*",
				"ecs:Describe*", "ecs:List*",
				"elasticloadbalancing:Describe*",
				"events:Describe*", "events:List*",
				"kms:Describe*", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:List*",
				"logs:Describe*", "logs:List*",
				"secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy", "secretsmanager:List*",
				"sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:List*",
				"ssm:Describe*", "ssm:GetDocument", "ssm:List*",
				"wafv2:GetLoggingConfiguration", "wafv2:GetWebACL*", "wafv2:List*",
			},
			Resources: account, Condition: policy.Condition{"StringEquals": {"aws:RequestedRegion": {region}}},
		},
		{
			// Services that are in no region, or, like buckets, answer from another.
			Sid: "LookAnywhere",
			Actions: []string{
				"iam:Get*", "iam:List*", "route53:Get*", "route53:List*",
				"s3:GetAccelerateConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration",
				"s3:GetReplicationConfiguration", "s3:ListAllMyBuckets", "s3:ListTagsForResource", "sts:GetCallerIdentity",
			},
			Resources: account,
		},
		{
			Sid: "LookAtBudget", Actions: []string{"budgets:ListTagsForResource", "budgets:ViewBudget"},
			Resources: []string{g.budget()},
		},
		{
			// The newest images, which AWS publishes.
			Sid: "PublicParameters", Actions: []string{"ssm:GetParameter", "ssm:GetParameters"},
			Resources: []string{"arn:" + g.at.Partition + ":ssm:" + region + "::parameter/aws/service/*"},
		},
	}
	if p != previewing {
		// A refresh reads values, secret ones too, to see whether they are still the same, and whether buckets are there, for
		// which S3 has no smaller word. A preview does not.
		statements = append(statements, policy.Statement{
			Sid: "OwnValues", Actions: []string{"ssm:GetParameter", "ssm:GetParameters"}, Resources: account, Condition: g.own("aws:ResourceTag"),
		}, policy.Statement{
			Sid: "Buckets", Actions: []string{"s3:ListBucket", "s3:ListBucketVersions"}, Resources: g.buckets(),
		}, policy.Statement{
			Sid: "Clients", Actions: []string{"s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"},
			Resources: []string{g.clients()},
		})
	}
	return statements
}
