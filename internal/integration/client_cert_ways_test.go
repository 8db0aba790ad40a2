//go:build integration

package integration

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	classic "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/compute/fleet/guest"
	"torii/internal/localdeploy"
)

// The ways to who asks for a certificate, as AWS must say.

// balancer is the only load balancer of a kind, with its one listener on port 443.
func (c clients) balancer(kind elbtypes.LoadBalancerTypeEnum) (elbtypes.LoadBalancer, elbtypes.Listener) {
	c.t.Helper()
	found, err := c.elb.DescribeLoadBalancers(c.t.Context(), &elb.DescribeLoadBalancersInput{})
	require.NoError(c.t, err)
	all := slices.DeleteFunc(found.LoadBalancers, func(b elbtypes.LoadBalancer) bool { return b.Type != kind })
	require.Len(c.t, all, 1, kind)
	listeners, err := c.elb.DescribeListeners(c.t.Context(), &elb.DescribeListenersInput{LoadBalancerArn: all[0].LoadBalancerArn})
	require.NoError(c.t, err)
	for _, listener := range listeners.Listeners {
		if aws.ToInt32(listener.Port) == 443 {
			return all[0], listener
		}
	}
	require.Fail(c.t, "no listener on port 443", kind)
	return elbtypes.LoadBalancer{}, elbtypes.Listener{}
}

func (c clients) classicBalancer() *classic.DescribeLoadBalancersOutput {
	c.t.Helper()
	found, err := c.classic.DescribeLoadBalancers(c.t.Context(), &classic.DescribeLoadBalancersInput{})
	require.NoError(c.t, err)
	require.Len(c.t, found.LoadBalancerDescriptions, 1)
	return found
}

func checkNetworkPassThrough(t *testing.T, c clients) {
	balancer, listener := c.balancer(elbtypes.LoadBalancerTypeEnumNetwork)
	assert.Equal(t, elbtypes.LoadBalancerSchemeEnumInternetFacing, balancer.Scheme)
	listeners, err := c.elb.DescribeListeners(t.Context(), &elb.DescribeListenersInput{LoadBalancerArn: balancer.LoadBalancerArn})
	require.NoError(t, err)
	assert.Len(t, listeners.Listeners, 1, "nothing answers on port 80")
	assert.Equal(t, elbtypes.ProtocolEnumTcp, listener.Protocol)
	assert.Empty(t, listener.Certificates)
	require.Len(t, listener.DefaultActions, 1)
	found, err := c.elb.DescribeTargetGroups(t.Context(), &elb.DescribeTargetGroupsInput{
		TargetGroupArns: []string{aws.ToString(listener.DefaultActions[0].TargetGroupArn)},
	})
	require.NoError(t, err)
	group := found.TargetGroups[0]
	assert.Equal(t, elbtypes.ProtocolEnumTcp, group.Protocol)
	assert.Equal(t, int32(guest.TLSPort), aws.ToInt32(group.Port))
	assert.Equal(t, elbtypes.ProtocolEnumHttp, group.HealthCheckProtocol)
	assert.Equal(t, fmt.Sprint(guest.ProxiedHealthPort), aws.ToString(group.HealthCheckPort))
	assert.Equal(t, "/", aws.ToString(group.HealthCheckPath))
	attributes, err := c.elb.DescribeTargetGroupAttributes(t.Context(), &elb.DescribeTargetGroupAttributesInput{TargetGroupArn: group.TargetGroupArn})
	require.NoError(t, err)
	values := map[string]string{}
	for _, each := range attributes.Attributes {
		values[aws.ToString(each.Key)] = aws.ToString(each.Value)
	}
	assert.Equal(t, "true", values["proxy_protocol_v2.enabled"], "or nobody knew whose connection it is")
	assert.Equal(t, "false", values["preserve_client_ip.enabled"])
	health, err := c.elb.DescribeTargetHealth(t.Context(), &elb.DescribeTargetHealthInput{TargetGroupArn: group.TargetGroupArn})
	require.NoError(t, err)
	var behind []string
	for _, each := range health.TargetHealthDescriptions {
		behind = append(behind, aws.ToString(each.Target.Id))
	}
	assert.ElementsMatch(t, c.machineIDs(), behind)
}

func checkClassicPassThrough(t *testing.T, c clients) {
	balancer := c.classicBalancer().LoadBalancerDescriptions[0]
	require.Len(t, balancer.ListenerDescriptions, 1, "nothing answers on port 80")
	listener := balancer.ListenerDescriptions[0].Listener
	assert.Equal(t, "443 TCP to 443 TCP", fmt.Sprintf("%d %s to %d %s", listener.LoadBalancerPort, aws.ToString(listener.Protocol),
		aws.ToInt32(listener.InstancePort), aws.ToString(listener.InstanceProtocol)))
	assert.Empty(t, aws.ToString(listener.SSLCertificateId))
	assert.Equal(t, fmt.Sprintf("HTTP:%d/", guest.HealthPort), aws.ToString(balancer.HealthCheck.Target))
	require.Len(t, balancer.BackendServerDescriptions, 1)
	assert.Equal(t, int32(guest.TLSPort), aws.ToInt32(balancer.BackendServerDescriptions[0].InstancePort))
	require.Len(t, balancer.BackendServerDescriptions[0].PolicyNames, 1)
	policies, err := c.classic.DescribeLoadBalancerPolicies(t.Context(), &classic.DescribeLoadBalancerPoliciesInput{
		LoadBalancerName: balancer.LoadBalancerName, PolicyNames: balancer.BackendServerDescriptions[0].PolicyNames,
	})
	require.NoError(t, err)
	require.Len(t, policies.PolicyDescriptions, 1)
	policy := policies.PolicyDescriptions[0]
	assert.Equal(t, "ProxyProtocolPolicyType", aws.ToString(policy.PolicyTypeName))
	require.Len(t, policy.PolicyAttributeDescriptions, 1)
	assert.Equal(t, "ProxyProtocol=true", aws.ToString(policy.PolicyAttributeDescriptions[0].AttributeName)+"="+
		aws.ToString(policy.PolicyAttributeDescriptions[0].AttributeValue))
	var behind []string
	for _, instance := range balancer.Instances {
		behind = append(behind, aws.ToString(instance.InstanceId))
	}
	assert.ElementsMatch(t, c.machineIDs(), behind)
}

// trustStore is the ARN of the only one.
func (c clients) trustStore() string {
	c.t.Helper()
	found, err := c.elb.DescribeTrustStores(c.t.Context(), &elb.DescribeTrustStoresInput{})
	require.NoError(c.t, err)
	require.Len(c.t, found.TrustStores, 1)
	return aws.ToString(found.TrustStores[0].TrustStoreArn)
}

// checkTrustStore wants the gate's trust store to hold the authority that the servers admit, from a bucket that nobody
// else reads or writes.
func checkTrustStore(t *testing.T, c clients, up localdeploy.Result) {
	found, err := c.elb.DescribeTrustStores(t.Context(), &elb.DescribeTrustStoresInput{})
	require.NoError(t, err)
	require.Len(t, found.TrustStores, 1)
	store := found.TrustStores[0]
	assert.Equal(t, elbtypes.TrustStoreStatusActive, store.Status)
	assert.Equal(t, int32(1), aws.ToInt32(store.NumberOfCaCertificates))
	assert.Equal(t, int64(0), aws.ToInt64(store.TotalRevokedEntries))
	content, err := c.elb.GetTrustStoreCaCertificatesBundle(t.Context(), &elb.GetTrustStoreCaCertificatesBundleInput{TrustStoreArn: store.TrustStoreArn})
	require.NoError(t, err)
	held := certificates(t, fetched(t, content.Location))
	assert.Equal(t, certificates(t, c.identity()["client-authorities"]), held)
	for name, each := range bundlesOf(t, up) {
		assert.NoError(t, each.leaf.CheckSignatureFrom(held[0]), name)
	}

	buckets, err := c.s3.ListBuckets(t.Context(), &s3.ListBucketsInput{Prefix: aws.String("clients-")})
	require.NoError(t, err)
	require.Len(t, buckets.Buckets, 1)
	bucket := buckets.Buckets[0].Name
	versioning, err := c.s3.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: bucket})
	require.NoError(t, err)
	assert.Equal(t, s3types.BucketVersioningStatusEnabled, versioning.Status)
	checkPrivate(t, c, aws.ToString(bucket))
	objects, err := c.s3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: bucket})
	require.NoError(t, err)
	require.Len(t, objects.Contents, 1)
	object, err := c.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: objects.Contents[0].Key})
	require.NoError(t, err)
	text, err := io.ReadAll(object.Body)
	require.NoError(t, err)
	require.NoError(t, object.Body.Close())
	assert.Equal(t, held, certificates(t, string(text)))
	assert.NotContains(t, string(text), "PRIVATE")
}

func checkPrivate(t *testing.T, c clients, bucket string) {
	t.Helper()
	encryption, err := c.s3.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: &bucket})
	require.NoError(t, err)
	assert.Equal(t, s3types.ServerSideEncryptionAes256,
		encryption.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm)
	block, err := c.s3.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: &bucket})
	require.NoError(t, err)
	assert.Equal(t, s3types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
	}, *block.PublicAccessBlockConfiguration)
	policy, err := c.s3.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &bucket})
	require.NoError(t, err)
	assert.Contains(t, aws.ToString(policy.Policy), "aws:SecureTransport")
	assert.NotContains(t, aws.ToString(policy.Policy), `"Allow"`)
}

func checkAskingGate(t *testing.T, c clients) {
	gate, listener := c.balancer(elbtypes.LoadBalancerTypeEnumApplication)
	assert.Equal(t, elbtypes.ProtocolEnumHttps, listener.Protocol)
	require.NotNil(t, listener.MutualAuthentication)
	assert.Equal(t, "verify", aws.ToString(listener.MutualAuthentication.Mode))
	assert.Equal(t, c.trustStore(), aws.ToString(listener.MutualAuthentication.TrustStoreArn))
	assert.False(t, aws.ToBool(listener.MutualAuthentication.IgnoreClientCertificateExpiry))
	assert.Equal(t, map[string]string{"www.example.jp": "16606"}, c.hosts(listener), "who is behind the gate has asked for it")
	found, err := c.elb.DescribeLoadBalancerAttributes(t.Context(), &elb.DescribeLoadBalancerAttributesInput{LoadBalancerArn: gate.LoadBalancerArn})
	require.NoError(t, err)
	attributes := map[string]string{}
	for _, attribute := range found.Attributes {
		attributes[aws.ToString(attribute.Key)] = aws.ToString(attribute.Value)
	}
	assert.Equal(t, "true", attributes["connection_logs.s3.enabled"], "which client came, and why one did not get in")
	assert.Equal(t, attributes["access_logs.s3.bucket"], attributes["connection_logs.s3.bucket"])
	checkBucket(t, c, attributes["connection_logs.s3.bucket"])
}

// checkClientFirewall wants the rows of the flow table, and no more.
func checkClientFirewall(t *testing.T, c clients) {
	rules := c.rules(c.vpc().VpcId)
	says := func(group string, egress bool) []string {
		var all []string
		for _, rule := range rules["torii "+group] {
			assert.Equal(t, aws.ToInt32(rule.FromPort), aws.ToInt32(rule.ToPort))
			if aws.ToBool(rule.IsEgress) == egress {
				all = append(all, fmt.Sprintf("%d %s", aws.ToInt32(rule.FromPort), aws.ToString(rule.Description)))
			}
		}
		return all
	}
	in := func(group string) []string { return says(group, false) }
	out := func(group string) []string { return says(group, true) }
	const requests, health = "requests, in TLS that ends on the servers", "health checks, without a certificate"
	require.ElementsMatch(t, []string{
		"default", "torii gateway", "torii site", "torii legacy", "torii legacy-nlb", "torii legacy-clb", "torii nat",
	}, keys(rules))
	assert.Empty(t, rules["default"])
	assert.ElementsMatch(t, []string{"443 from internet: clients with a certificate", "80 from internet: redirected to HTTPS"}, in("gateway"))
	assert.ElementsMatch(t, []string{"80 to site: requests and health checks"}, out("gateway"))
	assert.ElementsMatch(t, []string{"80 from gateway: requests and health checks"}, in("site"), "only who is asked first comes here")
	assert.ElementsMatch(t, []string{
		"443 from legacy-nlb: " + requests, fmt.Sprint(guest.ProxiedHealthPort, " from legacy-nlb: ", health),
		"443 from legacy-clb: " + requests, fmt.Sprint(guest.HealthPort, " from legacy-clb: ", health),
	}, in("legacy"))
	assert.ElementsMatch(t, []string{
		"443 to internet: packages, AWS, and what the servers call", "443 to nat: forwarded to the internet",
	}, out("legacy"))
	for by, port := range map[string]int{"legacy-nlb": guest.ProxiedHealthPort, "legacy-clb": guest.HealthPort} {
		assert.ElementsMatch(t, []string{"443 from internet: clients with a certificate: partner-a"}, in(by))
		assert.ElementsMatch(t, []string{"443 to legacy: " + requests, fmt.Sprint(port, " to legacy: ", health)}, out(by))
	}
}

// checkClientNames wants each host to lead to who answers for it.
func checkClientNames(t *testing.T, c clients, up localdeploy.Result) {
	gate, _ := c.balancer(elbtypes.LoadBalancerTypeEnumApplication)
	network, _ := c.balancer(elbtypes.LoadBalancerTypeEnumNetwork)
	records := c.records()
	for host, balancer := range map[string]elbtypes.LoadBalancer{"www": gate, "legacy": network} {
		alias := records[host+".example.jp. A"].AliasTarget
		require.NotNil(t, alias, host)
		assert.Equal(t, aws.ToString(balancer.DNSName), strings.TrimSuffix(aws.ToString(alias.DNSName), "."))
	}
	assert.Equal(t, map[string]any{"site": "https://www.example.jp/", "legacy": "https://legacy.example.jp/"}, up.Outputs["urls"].Value)
}
