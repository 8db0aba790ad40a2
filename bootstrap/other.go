package main

import "torii/internal/policy"

// other is what AWS lets no tag decide about, narrowed by name or kind where that can be.
func (g granting) other(zones []string) []policy.Statement {
	var hosted []string
	for _, zone := range zones {
		hosted = append(hosted, "arn:"+g.at.Partition+":route53:::hostedzone/"+zone)
	}
	buckets := g.buckets()
	var files []string
	for _, bucket := range buckets {
		files = append(files, bucket+"/*")
	}
	statements := []policy.Statement{
		{
			Sid: "Buckets",
			Actions: []string{
				"s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:DeleteObject", "s3:DeleteObjectVersion",
				"s3:ListBucketVersions",
				"s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging",
				"s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration", "s3:TagResource",
			},
			Resources: append(buckets, files...),
		},
		{
			// What a task definition is deregistered for is the stage's, but the request does not say so; nothing that runs stops.
			Sid: "NoResources",
			Actions: []string{
				"ecs:DeregisterTaskDefinition",
				"elasticloadbalancing:SetWebACL", // with wafv2:AssociateWebACL
				"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DeleteQueryDefinition", "logs:DeleteResourcePolicy",
				"logs:PutQueryDefinition", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
			},
			Resources: []string{"*"}, Condition: g.here(),
		},
		{
			// Asked of the load balancer, beside the web ACL.
			Sid: "WebACLs", Actions: []string{"wafv2:AssociateWebACL", "wafv2:DisassociateWebACL"},
			Resources: []string{g.arn("elasticloadbalancing", g.at.Region, "loadbalancer/app/*")},
		},
		{
			// Of the stack's key: asked of the key, which has tags, and of its name, which has none.
			Sid: "KeyAlias", Actions: []string{"kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"},
			Resources: []string{g.arn("kms", g.at.Region, "alias/"+g.project+"-"+g.stage)},
		},
		{
			Sid: "Subscriptions", Actions: []string{"sns:SetSubscriptionAttributes", "sns:Unsubscribe"},
			Resources: []string{"*"}, Condition: g.here(),
		},
	}
	// Dashboards and budgets are in no region, and have the stack's name.
	statements = append(statements, policy.Statement{
		Sid: "Dashboard", Actions: []string{"cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"},
		Resources: []string{g.arn("cloudwatch", "", "dashboard/"+g.project+"-"+g.stage)},
	}, policy.Statement{
		Sid: "Budget", Actions: []string{"budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource"},
		Resources: []string{g.budget()},
	})
	statements = append(statements, policy.Statement{
		Sid: "Clients", Actions: []string{"s3:PutObject", "s3:PutObjectTagging"}, Resources: []string{g.clients()},
	})
	if len(hosted) > 0 {
		statements = append(statements, policy.Statement{
			// A zone's own records, and those of mail, are none of a stage's business.
			Sid: "Records", Actions: []string{"route53:ChangeResourceRecordSets"}, Resources: hosted,
			Condition: policy.Condition{
				"ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsRecordTypes": {"A", "AAAA", "CNAME"}},
				"Null":                      {"route53:ChangeResourceRecordSetsRecordTypes": {"false"}},
			},
		})
	}
	return statements
}

// budget is the stack's, which has its name.
func (g granting) budget() string { return g.arn("budgets", "", "budget/"+g.project+"-"+g.stage) }

// buckets are those that stacks make, of logs and of client authorities, whose names end in letters that Pulumi chooses.
// They are the same in all stages, and S3 compares tags of buckets that have been told to only.
func (g granting) buckets() []string {
	prefix := "arn:" + g.at.Partition + ":s3:::"
	return []string{prefix + "*-access-logs-*", prefix + "sessions-trail-*", prefix + clientsBucket}
}

// clientsBucket is the one with files that a deployment writes itself: certificates of client authorities, and what they
// have revoked. Load balancers copy them on behalf of whoever makes a trust store.
const clientsBucket = "clients-*"

func (g granting) clients() string { return "arn:" + g.at.Partition + ":s3:::" + clientsBucket + "/*" }
