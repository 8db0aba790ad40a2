package recovery

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// kind says how something of a type is found again.
type kind struct {
	key  func(inputs map[string]any) string // as Thing.Key; "" when it cannot be known
	name string                             // property that holds the physical name; "" where there is none
	data bool                               // May hold users' data: never deleted here.
}

const (
	taskDefinition = "aws:ecs/taskDefinition:TaskDefinition"
	egressRule     = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	ingressRule    = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	route          = "aws:ec2/route:Route"
	association    = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	record         = "aws:route53/record:Record"
	eventTarget    = "aws:cloudwatch/eventTarget:EventTarget"
	rolePolicy     = "aws:iam/rolePolicy:RolePolicy"
	scalingPolicy  = "aws:appautoscaling/policy:Policy"
	groupPolicy    = "aws:autoscaling/policy:Policy"
	iamGroup       = "aws:iam/group:Group"
	alias          = "aws:kms/alias:Alias"
	query          = "aws:cloudwatch/queryDefinition:QueryDefinition"
	budget         = "aws:budgets/budget:Budget"
)

// kinds are the types of which a second one can come into being, or of which a second creation fails.
var kinds = map[string]kind{
	"aws:acm/certificate:Certificate":           {key: nameTag},
	"aws:autoscaling/group:Group":               {key: nameTag, name: "name"},
	groupPolicy:                                 {key: joined("autoscalingGroupName", "name"), name: "name"},
	scalingPolicy:                               {key: joined("resourceId", "name"), name: "name"},
	"aws:cloudtrail/trail:Trail":                {key: nameTag, name: "name"},
	"aws:cloudwatch/eventRule:EventRule":        {key: nameTag, name: "name"},
	eventTarget:                                 {key: joined("rule", "arn")},
	"aws:cloudwatch/logGroup:LogGroup":          {key: nameTag, name: "name", data: true},
	"aws:cloudwatch/metricAlarm:MetricAlarm":    {key: nameTag, name: "name"},
	"aws:dlm/lifecyclePolicy:LifecyclePolicy":   {key: nameTag},
	"aws:ebs/volume:Volume":                     {key: nameTag, data: true},
	"aws:ec2/eip:Eip":                           {key: nameTag},
	"aws:ec2/flowLog:FlowLog":                   {key: nameTag},
	"aws:ec2/instance:Instance":                 {key: nameTag},
	"aws:ec2/internetGateway:InternetGateway":   {key: nameTag},
	"aws:ec2/launchTemplate:LaunchTemplate":     {key: nameTag, name: "name"},
	"aws:ec2/natGateway:NatGateway":             {key: nameTag},
	"aws:ec2/networkAcl:NetworkAcl":             {key: nameTag},
	"aws:ec2/networkInterface:NetworkInterface": {key: nameTag},
	route:                                         {key: joined("routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock")},
	"aws:ec2/routeTable:RouteTable":               {key: nameTag},
	association:                                   {key: joined("routeTableId", "subnetId")},
	"aws:ec2/securityGroup:SecurityGroup":         {key: nameTag, name: "name"},
	"aws:ec2/subnet:Subnet":                       {key: nameTag},
	"aws:ec2/vpc:Vpc":                             {key: nameTag},
	"aws:ec2/vpcEndpoint:VpcEndpoint":             {key: nameTag},
	"aws:ecs/cluster:Cluster":                     {key: nameTag, name: "name"},
	"aws:ecs/service:Service":                     {key: nameTag, name: "name"},
	taskDefinition:                                {key: nameTag},
	"aws:elb/loadBalancer:LoadBalancer":           {key: nameTag, name: "name"},
	iamGroup:                                      {key: joined("name"), name: "name"},
	"aws:iam/instanceProfile:InstanceProfile":     {key: nameTag, name: "name"},
	"aws:iam/policy:Policy":                       {key: nameTag, name: "name"},
	"aws:iam/role:Role":                           {key: nameTag, name: "name"},
	rolePolicy:                                    {key: joined("role", "name"), name: "name"},
	"aws:iam/serverCertificate:ServerCertificate": {key: nameTag, name: "name"},
	alias:                              {key: joined("name")},
	query:                              {key: joined("name")},
	budget:                             {key: joined("name")},
	"aws:kms/key:Key":                  {key: nameTag, data: true},
	"aws:lb/listener:Listener":         {key: joined("loadBalancerArn", "port")},
	"aws:lb/listenerRule:ListenerRule": {key: joined("listenerArn", "priority")},
	"aws:lb/loadBalancer:LoadBalancer": {key: nameTag, name: "name"},
	"aws:lb/targetGroup:TargetGroup":   {key: nameTag, name: "name"},
	"aws:lb/trustStore:TrustStore":     {key: nameTag, name: "name"},
	record:                             {key: recordKey},
	"aws:s3/bucketV2:BucketV2":         {key: nameTag, name: "bucket", data: true},
	"aws:sns/topic:Topic":              {key: nameTag, name: "name"},
	"aws:ssm/parameter:Parameter":      {key: nameTag, name: "name"},
	egressRule:                         {key: ruleKey},
	ingressRule:                        {key: ruleKey},
	"aws:wafv2/webAcl:WebAcl":          {key: nameTag, name: "name"},
}

const (
	isPut    = "it writes a setting of something else, and writing it again changes nothing"
	isOwn    = "AWS knows it by a name of the program's own, and making it again changes nothing"
	isLocal  = "nothing in AWS belongs to it"
	isLooked = "the provider looks whether AWS has it before it makes it"
)

// repeatable are the types whose creation the next update may simply repeat, and why.
var repeatable = map[string]string{
	"aws:acm/certificateValidation:CertificateValidation":                                        isLocal,
	"aws:appautoscaling/target:Target":                                                           isPut,
	"aws:autoscaling/attachment:Attachment":                                                      isPut,
	"aws:autoscaling/schedule:Schedule":                                                          isOwn,
	"aws:cloudwatch/dashboard:Dashboard":                                                         isOwn,
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy":                                         isOwn,
	"aws:ec2/defaultNetworkAcl:DefaultNetworkAcl":                                                isPut,
	"aws:ec2/defaultRouteTable:DefaultRouteTable":                                                isPut,
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":                                          isPut,
	"aws:ec2/eipAssociation:EipAssociation":                                                      isPut,
	"aws:ec2/volumeAttachment:VolumeAttachment":                                                  isLooked,
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders":                                  isPut,
	"aws:elb/listenerPolicy:ListenerPolicy":                                                      isPut,
	"aws:elb/loadBalancerBackendServerPolicy:LoadBalancerBackendServerPolicy":                    isPut,
	"aws:iam/groupPolicyAttachment:GroupPolicyAttachment":                                        isPut,
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":                                          isPut,
	"aws:iam/userGroupMembership:UserGroupMembership":                                            isPut,
	"aws:iam/userPolicyAttachment:UserPolicyAttachment":                                          isPut,
	"aws:lb/listenerCertificate:ListenerCertificate":                                             isPut,
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       isPut,
	"aws:s3/bucketObjectv2:BucketObjectv2":                                                       isOwn,
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     isPut,
	"aws:s3/bucketPolicy:BucketPolicy":                                                           isPut,
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     isPut,
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": isPut,
	"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               isPut,
	"aws:sns/topicPolicy:TopicPolicy":                                                            isPut,
	"aws:sns/topicSubscription:TopicSubscription":                                                "SNS has each address once for a topic",
	"aws:wafv2/webAclAssociation:WebAclAssociation":                                              isPut,
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration":                            isPut,
	"pulumi:providers:aws":                                                                       isLocal,
	"pulumi:providers:tls":                                                                       isLocal,
	"tls:index/certRequest:CertRequest":                                                          isLocal,
	"tls:index/locallySignedCert:LocallySignedCert":                                              isLocal,
	"tls:index/privateKey:PrivateKey":                                                            isLocal,
	"tls:index/selfSignedCert:SelfSignedCert":                                                    isLocal,
}

// looked are the types that only a person can look for, and where.
var looked = map[string]string{
	"aws:elb/loadBalancerPolicy:LoadBalancerPolicy":    "aws elb describe-load-balancer-policies",
	"aws:lb/trustStoreRevocation:TrustStoreRevocation": "aws elbv2 describe-trust-store-revocations",
}

// Known tells whether there is a rule for a type.
func Known(token string) bool {
	_, findable := kinds[token]
	_, again := repeatable[token]
	_, hand := looked[token]
	return findable || again || hand
}

func byHand(token string) string {
	if command, known := looked[token]; known {
		return "see with `" + command + "` whether AWS has it, and delete it there before the next update"
	}
	return "nothing here knows its type; see in AWS's console whether it was made, and delete it there before the next update"
}

// nameTag is the Name tag, which is a resource's own within its type and stack.
func nameTag(inputs map[string]any) string {
	for _, each := range list(inputs["tags"]) { // as Auto Scaling groups have them
		if tag := object(each); text(tag, "key") == "Name" {
			return text(tag, "value")
		}
	}
	return text(object(inputs["tags"]), "Name")
}

// joined is several properties in one. Of names that Pulumi made up, the random end does not count.
func joined(properties ...string) func(map[string]any) string {
	return func(inputs map[string]any) string {
		var parts []string
		for _, property := range properties {
			value := text(inputs, property)
			if property == "name" && len(properties) > 1 {
				value = stem(value)
			}
			parts = append(parts, value)
		}
		if parts[0] == "" {
			return ""
		}
		return strings.Join(parts, " ")
	}
}

var randomEnd = regexp.MustCompile(`-[0-9a-f]{7}$`)

func stem(name string) string { return randomEnd.ReplaceAllString(name, "") }

func recordKey(inputs map[string]any) string {
	return strings.ToLower(text(inputs, "zoneId") + " " + strings.TrimSuffix(text(inputs, "name"), ".") + " " + text(inputs, "type"))
}

func ruleKey(inputs map[string]any) string {
	var parts []string
	for _, property := range []string{"securityGroupId", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6",
		"referencedSecurityGroupId", "prefixListId"} {
		parts = append(parts, text(inputs, property))
	}
	return strings.Join(parts, " ")
}

func sorted[T any](all map[string]T) []string { return slices.Sorted(maps.Keys(all)) }
