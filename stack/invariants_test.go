package stack_test

import (
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
	"endpoints are for the account's own":            endpointsAreForTheAccountsOwn,
	"what AWS makes with a network is closed":        defaultsAreClosed,
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
