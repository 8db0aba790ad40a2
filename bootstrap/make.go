package main

import "torii/internal/policy"

// makes are the actions that make something with tags, and are allowed when those are the stage's.
var makes = []string{
	"acm:ImportCertificate", "acm:RequestCertificate",
	"application-autoscaling:RegisterScalableTarget",
	"autoscaling:CreateAutoScalingGroup",
	"cloudtrail:CreateTrail",
	"cloudwatch:PutMetricAlarm",
	"dlm:CreateLifecyclePolicy",
	"ec2:AllocateAddress", "ec2:CreateFlowLogs", "ec2:CreateInternetGateway", "ec2:CreateLaunchTemplate", "ec2:CreateNatGateway",
	"ec2:CreateNetworkAcl", "ec2:CreateNetworkInterface", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSnapshot",
	"ec2:CreateSubnet", "ec2:CreateVolume", "ec2:CreateVpc", "ec2:CreateVpcEndpoint", "ec2:RunInstances",
	"ecs:CreateCluster", "ecs:CreateService", "ecs:RegisterTaskDefinition",
	"elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateRule",
	"elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:CreateTrustStore",
	"events:PutRule",
	"iam:CreateInstanceProfile", "iam:CreatePolicy", "iam:UploadServerCertificate",
	"kms:CreateKey",
	"logs:CreateLogGroup",
	"sns:CreateTopic",
	"ssm:CreateDocument", "ssm:PutParameter",
	"wafv2:CreateWebACL",
}

// marks are the actions that AWS asks for beside those, as they give what is made its tags. Something without a
// stage's tags can be given these, which AWS does not tell from making it; something of another project cannot.
var marks = []string{
	"acm:AddTagsToCertificate", "application-autoscaling:TagResource", "autoscaling:CreateOrUpdateTags", "cloudtrail:AddTags",
	"cloudwatch:TagResource", "dlm:TagResource", "events:TagResource", "iam:TagInstanceProfile", "iam:TagPolicy",
	"iam:TagServerCertificate", "kms:TagResource", "logs:TagResource", "sns:TagResource",
	"ssm:AddTagsToResource", "wafv2:TagResource",
}

// marksAtCreation are those of the services that do tell, by a key of their own.
var marksAtCreation = map[string]string{
	"ec2:CreateTags": "ec2:CreateAction", "ecs:TagResource": "ecs:CreateAction",
	"elasticloadbalancing:AddTags": "elasticloadbalancing:CreateAction",
}

// make is what lets a deployment make what a stage consists of.
func (g granting) make() []policy.Statement {
	statements := []policy.Statement{
		{Sid: "Make", Actions: makes, Resources: []string{"*"}, Condition: g.own("aws:RequestTag")},
		{
			Sid: "Mark", Actions: marks, Resources: []string{"*"},
			Condition: policy.Condition{
				"StringEquals":         g.own("aws:RequestTag")["StringEquals"],
				"StringEqualsIfExists": {"aws:ResourceTag/Project": {g.project}},
			},
		},
		// An instance is made from an image and disks from its snapshots, which are Amazon's; what is made along with it has
		// tags or not, as its launch template says.
		{
			Sid: "FromImages", Actions: []string{"ec2:RunInstances"},
			Resources: []string{
				"arn:" + g.at.Partition + ":ec2:" + g.at.Region + "::image/*", "arn:" + g.at.Partition + ":ec2:" + g.at.Region + "::snapshot/*",
				g.arn("ec2", g.at.Region, "network-interface/*"), g.arn("ec2", g.at.Region, "volume/*"),
			},
		},
	}
	for _, action := range []string{"ec2:CreateTags", "ecs:TagResource", "elasticloadbalancing:AddTags"} {
		condition := g.own("aws:RequestTag")
		condition["Null"] = map[string][]string{marksAtCreation[action]: {"false"}}
		statements = append(statements, policy.Statement{
			Sid: "MarkNew" + map[string]string{"ec2": "Ec2", "ecs": "Ecs", "ela": "Elb"}[action[:3]], Actions: []string{action},
			Resources: []string{"*"}, Condition: condition,
		})
	}
	return append(statements, g.notOfOthers())
}
