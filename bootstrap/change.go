package main

import "torii/internal/policy"

// changes are the actions on what bears the stage's tags, but for the network's.
var changes = []string{
	"acm:AddTagsToCertificate", "acm:DeleteCertificate", "acm:ImportCertificate", "acm:RemoveTagsFromCertificate",
	"application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget",
	"application-autoscaling:PutScalingPolicy", "application-autoscaling:RegisterScalableTarget",
	"autoscaling:AttachLoadBalancerTargetGroups", "autoscaling:AttachLoadBalancers",
	"autoscaling:CreateOrUpdateTags", "autoscaling:DeleteAutoScalingGroup",
	"autoscaling:DeleteLifecycleHook", "autoscaling:DeletePolicy", "autoscaling:DeleteScheduledAction", "autoscaling:DeleteTags",
	"autoscaling:DetachLoadBalancerTargetGroups", "autoscaling:DetachLoadBalancers", "autoscaling:DisableMetricsCollection",
	"autoscaling:EnableMetricsCollection", "autoscaling:PutLifecycleHook",
	"autoscaling:PutScalingPolicy", "autoscaling:PutScheduledUpdateGroupAction", "autoscaling:ResumeProcesses",
	"autoscaling:SetDesiredCapacity", "autoscaling:SetInstanceProtection", "autoscaling:StartInstanceRefresh",
	"autoscaling:SuspendProcesses", "autoscaling:TerminateInstanceInAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup",
	"cloudtrail:AddTags", "cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "cloudtrail:RemoveTags",
	"cloudtrail:StartLogging", "cloudtrail:StopLogging", "cloudtrail:UpdateTrail",
	"cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:UntagResource",
	"dlm:DeleteLifecyclePolicy", "dlm:UntagResource", "dlm:UpdateLifecyclePolicy",
	"ecs:DeleteCluster", "ecs:DeleteService", "ecs:PutClusterCapacityProviders", "ecs:TagResource", "ecs:UntagResource",
	"ecs:UpdateCluster", "ecs:UpdateClusterSettings", "ecs:UpdateService",
	"elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:AddTags", "elasticloadbalancing:ApplySecurityGroupsToLoadBalancer",
	"elasticloadbalancing:AddTrustStoreRevocations", "elasticloadbalancing:AttachLoadBalancerToSubnets",
	"elasticloadbalancing:ConfigureHealthCheck",
	"elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateLoadBalancerListeners", "elasticloadbalancing:CreateLoadBalancerPolicy",
	"elasticloadbalancing:CreateRule", "elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteLoadBalancer",
	"elasticloadbalancing:DeleteLoadBalancerListeners", "elasticloadbalancing:DeleteLoadBalancerPolicy",
	"elasticloadbalancing:DeleteRule", "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:DeleteTrustStore",
	"elasticloadbalancing:DetachLoadBalancerFromSubnets",
	"elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:ModifyRule",
	"elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes",
	"elasticloadbalancing:ModifyTrustStore", "elasticloadbalancing:RemoveListenerCertificates", "elasticloadbalancing:RemoveTags",
	"elasticloadbalancing:RemoveTrustStoreRevocations",
	"elasticloadbalancing:SetIpAddressType", "elasticloadbalancing:SetLoadBalancerListenerSSLCertificate",
	"elasticloadbalancing:SetLoadBalancerPoliciesForBackendServer", "elasticloadbalancing:SetLoadBalancerPoliciesOfListener",
	"elasticloadbalancing:SetRulePriorities",
	"elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:SetSubnets",
	"events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:UntagResource",
	"kms:CreateAlias", "kms:DeleteAlias", "kms:DisableKey", "kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion",
	"kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
	"logs:AssociateKmsKey", "logs:DeleteLogGroup", "logs:DeleteMetricFilter", "logs:DeleteRetentionPolicy",
	"logs:DisassociateKmsKey", "logs:PutMetricFilter",
	"logs:PutRetentionPolicy", "logs:UntagResource",
	"secretsmanager:DeleteSecret", // which hubs of earlier releases have
	"sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:UntagResource",
	"ssm:DeleteDocument", "ssm:DeleteParameter", "ssm:PutParameter", "ssm:RemoveTagsFromResource", "ssm:UpdateDocument",
	"ssm:UpdateDocumentDefaultVersion",
	"wafv2:AssociateWebACL", "wafv2:DeleteLoggingConfiguration", "wafv2:DeleteWebACL", "wafv2:PutLoggingConfiguration",
	"wafv2:UntagResource", "wafv2:UpdateWebACL",
}

// networkChanges are those of EC2. What is made in something, such as a subnet in a VPC, needs this for what it is made in.
var networkChanges = []string{
	"ec2:AssignPrivateIpAddresses", "ec2:AssociateAddress", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway",
	"ec2:AttachNetworkInterface", "ec2:AttachVolume", "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress",
	"ec2:CreateFlowLogs", "ec2:CreateLaunchTemplateVersion", "ec2:CreateNatGateway", "ec2:CreateNetworkAcl", "ec2:CreateNetworkAclEntry",
	"ec2:CreateNetworkInterface", "ec2:CreateRoute", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSnapshot",
	"ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVolume", "ec2:CreateVpcEndpoint",
	"ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteLaunchTemplate", "ec2:DeleteLaunchTemplateVersions",
	"ec2:DeleteNatGateway", "ec2:DeleteNetworkAcl", "ec2:DeleteNetworkAclEntry", "ec2:DeleteNetworkInterface", "ec2:DeleteRoute",
	"ec2:DeleteRouteTable", "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVolume", "ec2:DeleteVpc",
	"ec2:DeleteVpcEndpoints", "ec2:DetachInternetGateway", "ec2:DetachNetworkInterface", "ec2:DetachVolume", "ec2:DisassociateAddress",
	"ec2:DisassociateRouteTable", "ec2:ModifyInstanceAttribute", "ec2:ModifyInstanceMetadataOptions", "ec2:ModifyLaunchTemplate",
	"ec2:ModifyNetworkInterfaceAttribute", "ec2:ModifySecurityGroupRules", "ec2:ModifySubnetAttribute", "ec2:ModifyVolume",
	"ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:ReleaseAddress", "ec2:ReplaceNetworkAclAssociation",
	"ec2:ReplaceNetworkAclEntry", "ec2:ReplaceRoute", "ec2:ReplaceRouteTableAssociation", "ec2:RevokeSecurityGroupEgress",
	"ec2:RevokeSecurityGroupIngress", "ec2:RunInstances", "ec2:StartInstances", "ec2:StopInstances", "ec2:TerminateInstances",
	"ec2:UpdateSecurityGroupRuleDescriptionsEgress", "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
}

// change is what lets a deployment change and delete what the stage consists of.
func (g granting) change() []policy.Statement {
	return []policy.Statement{{Sid: "Change", Actions: changes, Resources: []string{"*"}, Condition: g.own("aws:ResourceTag")}}
}

// defaults are actions on the group, the list and the table that AWS makes with each VPC, without tags: the stack
// empties them and gives them its own. Those of somebody else's VPC are safe when they have a project's tags.
var defaults = []struct {
	sid, kind string
	actions   []string
}{
	{"DefaultGroup", "security-group", []string{
		"ec2:CreateTags", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
	}},
	{"DefaultList", "network-acl", []string{"ec2:CreateTags", "ec2:DeleteNetworkAclEntry", "ec2:ReplaceNetworkAclAssociation"}},
	{"DefaultTable", "route-table", []string{"ec2:AssociateRouteTable", "ec2:CreateTags", "ec2:DeleteRoute"}},
}

// changeNetwork is the same for the network and its machines.
func (g granting) changeNetwork() []policy.Statement {
	statements := []policy.Statement{
		{Sid: "ChangeNetwork", Actions: networkChanges, Resources: []string{"*"}, Condition: g.own("aws:ResourceTag")},
	}
	for _, d := range defaults {
		statements = append(statements, policy.Statement{
			Sid: d.sid, Actions: d.actions, Resources: []string{g.arn("ec2", g.at.Region, d.kind+"/*")},
			Condition: policy.Condition{"Null": {"aws:ResourceTag/Project": {"true"}}},
		})
	}
	return statements
}
