package stack_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
	"torii/stack"
)

// invariant is something that must hold for every stack that anybody deploys.
type invariant func(t *testing.T, all []recorder.Resource)

// invariants by the sentence that they keep true.
var invariants = map[string]invariant{
	"every resource stands in a component":      everyResourceHasAParent,
	"every resource that can be tagged is":      everyResourceIsTagged,
	"only load balancers admit addresses":       onlyLoadBalancersAdmitAddresses,
	"every rule says why":                       everyRuleSaysWhy,
	"the way out is 443 only":                   theWayOutIs443Only,
	"rules are written apart from their groups": groupsHaveNoInlineRules,
	"logs end": logGroupsHaveARetention,
	"buckets are private, encrypted and TLS only":    bucketsAreLocked,
	"names stay within limits":                       namesStayWithinLimits,
	"disks are encrypted":                            disksAreEncrypted,
	"instances keep their credentials to themselves": instancesAskForTokens,
	"no policy allows everything":                    policiesAreNarrow,
	"keys are for their users":                       keysAreForTheirUsers,
	"nothing private gets a public address":          nothingPrivateIsPublic,
	"what AWS has once is deleted before it is new":  singletonsAreDeletedFirst,
	"alarms can go off and reach somebody":           alarmsCanGoOff,
}

func TestInvariantsOfEveryCommittedStack(t *testing.T) {
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	for name, file := range files {
		config, err := recorder.Config(file)
		require.NoError(t, err)
		all := recorder.MustRun(t, name, config, stack.Deploy).All()
		require.NotEmpty(t, all)
		for _, sentence := range slices.Sorted(maps.Keys(invariants)) {
			t.Run(name+"/"+sentence, func(t *testing.T) { invariants[sentence](t, all) })
		}
	}
}

func of(all []recorder.Resource, token string) []recorder.Resource {
	return slices.DeleteFunc(slices.Clone(all), func(r recorder.Resource) bool { return r.Type != token })
}

func everyResourceHasAParent(t *testing.T, all []recorder.Resource) {
	components := 0
	for _, each := range all {
		parent := resource.URN(each.Parent)
		if !each.Custom {
			components++
			assert.True(t, strings.HasPrefix(each.Type, "torii:"), "%s is a component of somebody else's", each.Type)
			continue
		}
		require.NotEmpty(t, each.Parent, "%s %s", each.Type, each.Name)
		assert.True(t, strings.HasPrefix(string(parent.Type()), "torii:"), "%s %s stands in %s", each.Type, each.Name, parent.Type())
	}
	assert.Positive(t, components)
}

// untaggable are the types of this program that AWS has no tags for.
var untaggable = []string{
	"aws:acm/certificateValidation:CertificateValidation", "aws:appautoscaling/policy:Policy",
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "aws:ec2/route:Route",
	"aws:cloudwatch/dashboard:Dashboard", "aws:cloudwatch/queryDefinition:QueryDefinition",
	"aws:autoscaling/policy:Policy", "aws:autoscaling/schedule:Schedule", "aws:cloudwatch/eventTarget:EventTarget",
	"aws:ec2/eipAssociation:EipAssociation", "aws:elb/listenerPolicy:ListenerPolicy", "aws:elb/loadBalancerPolicy:LoadBalancerPolicy",
	"aws:elb/loadBalancerBackendServerPolicy:LoadBalancerBackendServerPolicy", "aws:lb/trustStoreRevocation:TrustStoreRevocation",
	"aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:ec2/volumeAttachment:VolumeAttachment",
	"aws:iam/group:Group", "aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "aws:iam/rolePolicy:RolePolicy",
	"aws:iam/userGroupMembership:UserGroupMembership", "aws:iam/userPolicyAttachment:UserPolicyAttachment",
	"aws:kms/alias:Alias",
	"aws:lb/listenerCertificate:ListenerCertificate", "aws:route53/record:Record",
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls", "aws:s3/bucketPolicy:BucketPolicy",
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
	"aws:s3/bucketVersioningV2:BucketVersioningV2", "aws:sns/topicPolicy:TopicPolicy",
	"aws:sns/topicSubscription:TopicSubscription",
	"aws:wafv2/webAclAssociation:WebAclAssociation",
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
	"tls:index/privateKey:PrivateKey", "tls:index/selfSignedCert:SelfSignedCert",
	"tls:index/certRequest:CertRequest", "tls:index/locallySignedCert:LocallySignedCert",
}

func everyResourceIsTagged(t *testing.T, all []recorder.Resource) {
	for _, each := range all {
		if !each.Custom || slices.Contains(untaggable, each.Type) {
			continue
		}
		tags, _ := each.Input("tags").(map[string]any)
		if list, isList := each.Input("tags").([]any); isList { // as Auto Scaling groups have them
			tags = map[string]any{}
			for _, tag := range list {
				tags[tag.(map[string]any)["key"].(string)] = tag.(map[string]any)["value"]
			}
		}
		for _, key := range []string{"Project", "Stack", "ManagedBy", "Name"} {
			assert.NotEmpty(t, tags[key], "%s %s has no tag %s", each.Type, each.Name, key)
		}
	}
}

const (
	ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressRule  = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

func onlyLoadBalancersAdmitAddresses(t *testing.T, all []recorder.Resource) {
	for _, rule := range of(all, ingressRule) {
		if rule.Input("cidrIpv4") == nil && rule.Input("cidrIpv6") == nil {
			continue
		}
		assert.Regexp(t, `^firewall-(gateway|.*-clb|.*-nlb)-id$`, rule.Input("securityGroupId"), rule.Name)
		assert.Contains(t, []any{443.0, 80.0}, rule.Input("toPort"), rule.Name)
	}
	for _, group := range of(all, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup") {
		assert.Nil(t, group.Input("ingress"))
		assert.Nil(t, group.Input("egress"))
	}
	assert.Len(t, of(all, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"), len(of(all, "aws:ec2/vpc:Vpc")))
}

func everyRuleSaysWhy(t *testing.T, all []recorder.Resource) {
	rules := append(of(all, ingressRule), of(all, egressRule)...)
	require.NotEmpty(t, rules)
	for _, rule := range rules {
		why, _ := rule.Input("description").(string)
		_, reason, _ := strings.Cut(why, ": ")
		assert.NotEmpty(t, reason, rule.Name)
	}
}

func theWayOutIs443Only(t *testing.T, all []recorder.Resource) {
	network := of(all, "aws:ec2/vpc:Vpc")[0].Input("cidrBlock")
	for _, rule := range of(all, egressRule) {
		assert.Equal(t, "tcp", rule.Input("ipProtocol"), rule.Name)
		assert.Equal(t, rule.Input("fromPort"), rule.Input("toPort"), rule.Name)
		// Inside the network, what stands there decides; outside, nobody of ours does.
		if rule.Input("referencedSecurityGroupId") == nil && rule.Input("cidrIpv4") != network {
			assert.Equal(t, 443.0, rule.Input("toPort"), rule.Name)
		}
	}
}

func groupsHaveNoInlineRules(t *testing.T, all []recorder.Resource) {
	for _, group := range of(all, "aws:ec2/securityGroup:SecurityGroup") {
		assert.Nil(t, group.Input("ingress"), group.Name)
		assert.Nil(t, group.Input("egress"), group.Name)
	}
}

func logGroupsHaveARetention(t *testing.T, all []recorder.Resource) {
	groups := of(all, "aws:cloudwatch/logGroup:LogGroup")
	require.NotEmpty(t, groups)
	for _, group := range groups {
		days, _ := group.Input("retentionInDays").(float64)
		assert.Positive(t, days, group.Name)
	}
}

func bucketsAreLocked(t *testing.T, all []recorder.Resource) {
	for _, bucket := range of(all, "aws:s3/bucketV2:BucketV2") {
		for token, want := range map[string]map[string]any{
			"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
				"blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true,
			},
			"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": {
				"rules[0].applyServerSideEncryptionByDefault.sseAlgorithm": bucketCipher(all, bucket),
			},
			"aws:s3/bucketOwnershipControls:BucketOwnershipControls":               {"rule.objectOwnership": "BucketOwnerEnforced"},
			"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": {"rules[0].status": "Enabled"},
			"aws:s3/bucketPolicy:BucketPolicy":                                     {},
		} {
			if bucket.Name == trustBucket && strings.Contains(token, "Lifecycle") {
				continue
			}
			found := slices.DeleteFunc(of(all, token), func(r recorder.Resource) bool { return r.Input("bucket") != bucket.Name+"-id" })
			require.Len(t, found, 1, "%s of %s", token, bucket.Name)
			for path, value := range want {
				assert.Equal(t, value, found[0].Input(path), "%s of %s", path, bucket.Name)
			}
			if document, isPolicy := found[0].Input("policy").(string); isPolicy {
				assert.Contains(t, document, `"Effect":"Deny","Principal":"*","Action":["s3:*"]`)
				assert.Contains(t, document, `"Condition":{"Bool":{"aws:SecureTransport":["false"]}}`)
			}
		}
	}
}

// trustBucket holds what the gate checks clients by: no log, and every version of it is kept.
const trustBucket = "clients"

// bucketCipher is how a bucket is encrypted: with a key of the stack's own where its writer can.
func bucketCipher(all []recorder.Resource, bucket recorder.Resource) string {
	if bucket.Name == "sessions-trail" && len(of(all, aliasToken)) > 0 {
		return "aws:kms"
	}
	return "AES256" // the only one that load balancers write with
}

// ownNames are the types that have a name of their own: people or policies know them by it,
// and nothing of theirs is replaced but for the name.
var ownNames = []string{
	"aws:route53/record:Record",
	"aws:ssm/parameter:Parameter",                    // of notebooks: policies open folders of them; of fleets: user data names them
	"aws:ssm/document:Document",                      // AWS looks for the session preferences under one name
	"aws:kms/alias:Alias",                            // people know the key by it
	"aws:iam/policy:Policy",                          // permission sets and roles name it, with access by session tags
	"aws:budgets/budget:Budget",                      // mails name it
	"aws:cloudwatch/queryDefinition:QueryDefinition", // people look for it in the console
}

// natGroup tells the groups of NAT instances. They have names of their own, by which the
// handbook finds them, and stand in a public subnet, where their interface is.
func natGroup(each recorder.Resource) bool {
	return each.Type == groupToken && strings.HasPrefix(each.Name, "way-out-nat-")
}

// nameLimits are the longest logical names: what AWS allows, less the 8 characters that
// Pulumi adds.
var nameLimits = map[string]int{
	"aws:lb/loadBalancer:LoadBalancer": 24, "aws:lb/targetGroup:TargetGroup": 24,
	"aws:lb/trustStore:TrustStore": 24,
	"aws:iam/role:Role":            56, "aws:cloudwatch/eventRule:EventRule": 56, "aws:cloudwatch/eventTarget:EventTarget": 56,
	"aws:sns/topic:Topic": 72, "aws:iam/group:Group": 120, "aws:iam/policy:Policy": 120,
	"aws:wafv2/webAcl:WebAcl": 120, "aws:s3/bucketV2:BucketV2": 55,
}

func namesStayWithinLimits(t *testing.T, all []recorder.Resource) {
	for _, each := range all {
		if limit, limited := nameLimits[each.Type]; limited {
			assert.LessOrEqual(t, len(each.Name), limit, "%s %s", each.Type, each.Name)
		}
		// A name of one's own makes Pulumi delete the old before it makes the new.
		if each.Custom && !slices.Contains(ownNames, each.Type) && !natGroup(each) {
			assert.Nil(t, each.Input("name"), "%s %s", each.Type, each.Name)
		}
	}
}

// withoutResource are the statements whose actions know no resource: all of them for "*".
// Source: AWS's service authorization reference.
var withoutResource = map[string][]string{
	"LogInToECR":  {"ecr:GetAuthorizationToken"},
	"SendMetrics": {"cloudwatch:PutMetricData"}, // bound to a namespace by its condition
	"SessionManagerChannels": {
		"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
		"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
	},
	"OpenDataChannels":        {"ssmmessages:OpenDataChannel"},
	"FindInstances":           {"ec2:DescribeInstances"},
	"FindBastion":             {"autoscaling:DescribeAutoScalingGroups", "ec2:DescribeInstances"},
	"ListVolumesAndSnapshots": {"ec2:DescribeInstances", "ec2:DescribeSnapshots", "ec2:DescribeVolumes"},
}

const keyToken = "aws:kms/key:Key"

// keysAreForTheirUsers wants of a key's policy, whose resource is always the key itself, that
// services may use it for one thing only, and that all else is IAM's to decide.
func keysAreForTheirUsers(t *testing.T, all []recorder.Resource) {
	for _, each := range of(all, keyToken) {
		assert.Equal(t, true, each.Input("enableKeyRotation"), each.Name)
		var document struct {
			Statement []struct {
				Sid       string
				Principal map[string][]string
				Condition map[string]any
			}
		}
		require.NoError(t, json.Unmarshal([]byte(each.Input("policy").(string)), &document), each.Name)
		for i, statement := range document.Statement {
			if i == 0 {
				assert.Equal(t, map[string][]string{"AWS": {"arn:aws:iam::123456789012:root"}}, statement.Principal, each.Name)
				continue
			}
			if statement.Sid == "WhoMayUseTheThing" { // asks for the account, and for the service that keeps the thing
				condition, _ := statement.Condition["StringEquals"].(map[string]any)
				assert.Equal(t, []any{"123456789012"}, condition["kms:CallerAccount"], each.Name)
				assert.NotEmpty(t, condition["kms:ViaService"], each.Name)
				continue
			}
			assert.Len(t, statement.Principal["Service"], 1, "%s of %s", statement.Sid, each.Name)
			assert.NotEmpty(t, statement.Condition, "%s of %s", statement.Sid, each.Name)
		}
	}
}

func policiesAreNarrow(t *testing.T, all []recorder.Resource) {
	documents := 0
	for _, each := range all {
		for _, path := range []string{"policy", "assumeRolePolicy", "policyDocument"} {
			text, isText := each.Input(path).(string)
			if !isText {
				continue
			}
			documents++
			var document struct {
				Statement []struct {
					Sid, Effect      string
					Action, Resource []string
				}
			}
			require.NoError(t, json.Unmarshal([]byte(text), &document), "%s of %s", path, each.Name)
			for _, statement := range document.Statement {
				if statement.Effect != "Allow" {
					continue
				}
				if each.Type == keyToken {
					continue
				}
				for _, action := range statement.Action {
					assert.NotContains(t, action, "*", "%s of %s", statement.Sid, each.Name)
				}
				if !slices.Equal(statement.Action, withoutResource[statement.Sid]) {
					assert.NotContains(t, statement.Resource, "*", "%s of %s", statement.Sid, each.Name)
				}
			}
		}
	}
	assert.Positive(t, documents)
}

func disksAreEncrypted(t *testing.T, all []recorder.Resource) {
	for _, volume := range of(all, "aws:ebs/volume:Volume") {
		assert.Equal(t, true, volume.Input("encrypted"), volume.Name)
	}
	for _, machine := range of(all, instanceToken) {
		assert.Equal(t, true, machine.Input("rootBlockDevice.encrypted"), machine.Name)
		assert.Nil(t, machine.Input("ebsBlockDevices"), machine.Name)
	}
	for _, template := range of(all, launchTemplateToken) {
		disks, _ := template.Input("blockDeviceMappings").([]any)
		require.NotEmpty(t, disks, template.Name)
		for i := range disks {
			assert.Equal(t, "true", template.Input(fmt.Sprintf("blockDeviceMappings[%d].ebs.encrypted", i)), template.Name)
		}
	}
}

func instancesAskForTokens(t *testing.T, all []recorder.Resource) {
	for _, machine := range append(of(all, launchTemplateToken), of(all, instanceToken)...) {
		assert.Equal(t, map[string]any{"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1.0},
			machine.Input("metadataOptions"), machine.Name)
	}
}

func nothingPrivateIsPublic(t *testing.T, all []recorder.Resource) {
	for _, service := range of(all, "aws:ecs/service:Service") {
		assert.Equal(t, false, service.Input("networkConfiguration.assignPublicIp"), service.Name)
		subnets, _ := service.Input("networkConfiguration.subnets").([]any)
		require.NotEmpty(t, subnets)
		for _, subnet := range subnets {
			assert.Contains(t, subnet, "network-private-", service.Name)
		}
	}
	for _, machine := range of(all, instanceToken) {
		assert.Equal(t, false, machine.Input("associatePublicIpAddress"), machine.Name)
		assert.Contains(t, machine.Input("subnetId"), "network-private-", machine.Name)
	}
	for _, group := range of(all, groupToken) {
		if natGroup(group) {
			continue
		}
		subnets, _ := group.Input("vpcZoneIdentifiers").([]any)
		require.NotEmpty(t, subnets)
		for _, subnet := range subnets {
			assert.Contains(t, subnet, "network-private-", group.Name)
		}
	}
	for _, route := range of(all, "aws:ec2/route:Route") {
		if strings.HasPrefix(fmt.Sprint(route.Input("routeTableId")), "network-private-") {
			assert.Nil(t, route.Input("gatewayId"), "%s leads straight to the internet", route.Name)
		}
	}
	for _, association := range of(all, "aws:ec2/routeTableAssociation:RouteTableAssociation") {
		subnet, table := fmt.Sprint(association.Input("subnetId")), fmt.Sprint(association.Input("routeTableId"))
		assert.Equal(t, strings.HasPrefix(subnet, "network-public-"), table == "network-public-id", association.Name)
	}
}

func singletonsAreDeletedFirst(t *testing.T, all []recorder.Resource) {
	singletons := []string{
		"aws:wafv2/webAclAssociation:WebAclAssociation", "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
		"aws:ec2/route:Route", "aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:ec2/flowLog:FlowLog",
		"aws:ec2/natGateway:NatGateway", "aws:lb/listenerRule:ListenerRule", "aws:ec2/volumeAttachment:VolumeAttachment",
	}
	for _, each := range all {
		if slices.Contains(singletons, each.Type) {
			assert.True(t, each.DeleteBeforeReplace, "%s %s", each.Type, each.Name)
		}
		// The other way round for what carries traffic: the new one must be there first.
		for _, carrier := range []string{"aws:lb/targetGroup:TargetGroup", "aws:ecs/service:Service", "aws:acm/certificate:Certificate"} {
			if each.Type == carrier {
				assert.False(t, each.DeleteBeforeReplace, "%s %s", each.Type, each.Name)
			}
		}
	}
}
