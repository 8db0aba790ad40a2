package recovery

import "strings"

// listers say for each type of kinds who finds it. A function, as listers ask each other.
func listers() []lister {
	return []lister{
		{"network", typesOf(prefixes), (*Account).network},
		{"routes", []string{route, association}, (*Account).routes},
		{"rules of security groups", []string{ingressRule, egressRule}, (*Account).rules},
		{"load balancers", []string{
			"aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup", "aws:lb/trustStore:TrustStore",
		}, (*Account).balancing},
		{"listeners", []string{"aws:lb/listener:Listener", "aws:lb/listenerRule:ListenerRule"}, (*Account).listeners},
		{"classic load balancers", []string{"aws:elb/loadBalancer:LoadBalancer"}, (*Account).classics},
		{"roles", []string{"aws:iam/role:Role", rolePolicy}, (*Account).roles},
		{"IAM", []string{
			"aws:iam/policy:Policy", "aws:iam/instanceProfile:InstanceProfile", "aws:iam/serverCertificate:ServerCertificate",
		}, (*Account).identities},
		{"IAM groups", []string{iamGroup}, (*Account).people},
		{"ECS", []string{"aws:ecs/cluster:Cluster", "aws:ecs/service:Service", taskDefinition}, (*Account).containers},
		{"Auto Scaling groups", []string{"aws:autoscaling/group:Group", groupPolicy}, (*Account).fleets},
		{"scaling of services", []string{scalingPolicy}, (*Account).scalings},
		{"snapshot policies", []string{"aws:dlm/lifecyclePolicy:LifecyclePolicy"}, (*Account).snapshots},
		{"records", []string{record}, (*Account).records},
		{"certificates", []string{"aws:acm/certificate:Certificate"}, (*Account).certificates},
		{"log groups", []string{"aws:cloudwatch/logGroup:LogGroup"}, (*Account).logGroups},
		{"alarms", []string{"aws:cloudwatch/metricAlarm:MetricAlarm"}, (*Account).alarming},
		{"event rules", []string{"aws:cloudwatch/eventRule:EventRule", eventTarget}, (*Account).listEvents},
		{"names of keys", []string{alias}, (*Account).aliases},
		{"budgets", []string{budget}, (*Account).listBudgets},
		{"saved queries", []string{query}, (*Account).queries},
		{"keys", []string{"aws:kms/key:Key"}, (*Account).keys},
		{"buckets", []string{"aws:s3/bucketV2:BucketV2"}, (*Account).buckets},
		{"topics", []string{"aws:sns/topic:Topic"}, (*Account).topics},
		{"parameters", []string{"aws:ssm/parameter:Parameter"}, (*Account).parameters},
		{"trails", []string{"aws:cloudtrail/trail:Trail"}, (*Account).listTrails},
		{"web ACLs", []string{"aws:wafv2/webAcl:WebAcl"}, (*Account).webACLs},
	}
}

func lastPart(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }
