//go:build integration

package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	classic "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

func listener(port int32, protocol, certificate string) types.Listener {
	made := types.Listener{
		LoadBalancerPort: port, Protocol: &protocol, InstancePort: aws.Int32(8080), InstanceProtocol: aws.String("HTTP"),
	}
	if certificate != "" {
		made.SSLCertificateId = &certificate
	}
	return made
}

func TestClassicLoadBalancerAsAWSKeepsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	balancers, users := classic.NewFromConfig(config(w.server)), iam.NewFromConfig(config(w.server))
	certificate := *upload(t, users, "first").Arn
	name := aws.String("web")
	add := func(arn string) error {
		_, err := balancers.CreateLoadBalancerListeners(t.Context(), &classic.CreateLoadBalancerListenersInput{
			LoadBalancerName: name, Listeners: []types.Listener{listener(443, "HTTPS", arn)},
		})
		return err
	}
	ask(t, balancers.CreateLoadBalancer, &classic.CreateLoadBalancerInput{
		LoadBalancerName: name, Subnets: w.subnets, SecurityGroups: []string{w.security},
		Listeners: []types.Listener{listener(80, "HTTP", ""), listener(443, "HTTPS", certificate), listener(8443, "HTTPS", certificate)},
	})
	described := func() types.LoadBalancerDescription {
		t.Helper()
		return ask(t, balancers.DescribeLoadBalancers, &classic.DescribeLoadBalancersInput{
			LoadBalancerNames: []string{*name},
		}).LoadBalancerDescriptions[0]
	}
	made := described()
	if *made.DNSName != "web-1.ap-northeast-1.elb.amazonaws.com" || aws.ToString(made.CanonicalHostedZoneNameID) == "" {
		t.Errorf("name %s in zone %s", *made.DNSName, aws.ToString(made.CanonicalHostedZoneNameID))
	}
	for _, each := range made.ListenerDescriptions {
		wants := map[int32]string{443: "ELBSecurityPolicy-2016-08", 8443: "ELBSecurityPolicy-2016-08"}[each.Listener.LoadBalancerPort]
		if got := append(each.PolicyNames, "")[0]; got != wants || *each.Listener.InstanceProtocol != "HTTP" {
			t.Errorf("%d: policy %q, inside %s", each.Listener.LoadBalancerPort, got, *each.Listener.InstanceProtocol)
		}
	}

	ask(t, balancers.CreateLoadBalancerPolicy, &classic.CreateLoadBalancerPolicyInput{
		LoadBalancerName: name, PolicyName: aws.String("tls"), PolicyTypeName: aws.String("SSLNegotiationPolicyType"),
	})
	choose := func() error {
		_, err := balancers.SetLoadBalancerPoliciesOfListener(t.Context(), &classic.SetLoadBalancerPoliciesOfListenerInput{
			LoadBalancerName: name, LoadBalancerPort: 443, PolicyNames: []string{"tls"},
		})
		return err
	}
	if err := choose(); err != nil {
		t.Fatal(err)
	}
	_, err := balancers.DeleteLoadBalancerPolicy(t.Context(), &classic.DeleteLoadBalancerPolicyInput{
		LoadBalancerName: name, PolicyName: aws.String("tls"),
	})
	refused(t, err, "InvalidConfigurationRequest", "enabled on a listener")
	_, err = users.DeleteServerCertificate(t.Context(), &iam.DeleteServerCertificateInput{ServerCertificateName: aws.String("first")})
	refused(t, err, "DeleteConflict", "currently in use by arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/web")

	ask(t, balancers.DeleteLoadBalancerListeners, &classic.DeleteLoadBalancerListenersInput{
		LoadBalancerName: name, LoadBalancerPorts: []int32{443, 8443},
	})
	if left := described().ListenerDescriptions; len(left) != 1 || left[0].Listener.LoadBalancerPort != 80 {
		t.Errorf("left: %+v", left)
	}
	refused(t, choose(), "ListenerNotFound", "443")
	refused(t, add("arn:aws:iam::123456789012:server-certificate/none"), "CertificateNotFound", "server-certificate/none")
	if err := add(certificate); err != nil {
		t.Error(err)
	}
	if again := described().ListenerDescriptions[1]; again.PolicyNames[0] != "ELBSecurityPolicy-2016-08" {
		t.Errorf("the listener that was made anew has %v", again.PolicyNames)
	}
}

func TestAttributesOfAClassicLoadBalancerChangeOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	balancers, name := classic.NewFromConfig(config(w.server)), aws.String("web")
	ask(t, balancers.CreateLoadBalancer, &classic.CreateLoadBalancerInput{
		LoadBalancerName: name, Subnets: w.subnets, Listeners: []types.Listener{listener(80, "HTTP", "")},
	})
	for _, change := range []*types.LoadBalancerAttributes{
		{AdditionalAttributes: []types.AdditionalAttribute{{Key: aws.String("elb.http.desyncmitigationmode"), Value: aws.String("strictest")}}},
		{ConnectionDraining: &types.ConnectionDraining{Enabled: true, Timeout: aws.Int32(30)}},
		{ConnectionDraining: &types.ConnectionDraining{Enabled: true}},
	} {
		ask(t, balancers.ModifyLoadBalancerAttributes, &classic.ModifyLoadBalancerAttributesInput{
			LoadBalancerName: name, LoadBalancerAttributes: change,
		})
	}
	found := ask(t, balancers.DescribeLoadBalancerAttributes, &classic.DescribeLoadBalancerAttributesInput{
		LoadBalancerName: name,
	}).LoadBalancerAttributes
	if d := found.ConnectionDraining; !d.Enabled || *d.Timeout != 30 {
		t.Errorf("draining %t for %d s", d.Enabled, *d.Timeout)
	}
	if a := found.AdditionalAttributes; len(a) != 1 || *a[0].Value != "strictest" {
		t.Errorf("additional attributes: %+v", a)
	}
}

func TestARNOfANetworkLoadBalancerSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := ask(t, w.balancing.CreateLoadBalancer, &elb.CreateLoadBalancerInput{
		Name: aws.String("web"), Type: elbtypes.LoadBalancerTypeEnumNetwork, Subnets: w.subnets,
		Tags: []elbtypes.Tag{{Key: aws.String("Name"), Value: aws.String("web")}},
	}).LoadBalancers[0]
	const before = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/net/web/"
	if (*made.LoadBalancerArn)[:len(before)] != before {
		t.Errorf("%s", *made.LoadBalancerArn)
	}
	tags := ask(t, w.balancing.DescribeTags, &elb.DescribeTagsInput{ResourceArns: []string{*made.LoadBalancerArn}}).TagDescriptions
	if len(tags) != 1 || len(tags[0].Tags) != 1 || *tags[0].Tags[0].Value != "web" {
		t.Errorf("tags: %+v", tags)
	}
}

func TestPortsOfInstancesHavePolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	balancers, name := classic.NewFromConfig(config(w.server)), aws.String("web")
	through := func(outside, inside int32) types.Listener {
		return types.Listener{LoadBalancerPort: outside, Protocol: aws.String("TCP"), InstancePort: &inside, InstanceProtocol: aws.String("TCP")}
	}
	ask(t, balancers.CreateLoadBalancer, &classic.CreateLoadBalancerInput{
		LoadBalancerName: name, Subnets: w.subnets, Listeners: []types.Listener{listener(80, "HTTP", "")},
	})
	ask(t, balancers.CreateLoadBalancerListeners, &classic.CreateLoadBalancerListenersInput{
		LoadBalancerName: name, Listeners: []types.Listener{through(443, 8443)},
	})
	set := func(port int32, policies ...string) error {
		_, err := balancers.SetLoadBalancerPoliciesForBackendServer(t.Context(), &classic.SetLoadBalancerPoliciesForBackendServerInput{
			LoadBalancerName: name, InstancePort: &port, PolicyNames: policies,
		})
		return err
	}
	refused(t, set(8443, "proxy"), "PolicyNotFound", "proxy")
	ask(t, balancers.CreateLoadBalancerPolicy, &classic.CreateLoadBalancerPolicyInput{
		LoadBalancerName: name, PolicyName: aws.String("proxy"), PolicyTypeName: aws.String("ProxyProtocolPolicyType"),
		PolicyAttributes: []types.PolicyAttribute{{AttributeName: aws.String("ProxyProtocol"), AttributeValue: aws.String("true")}},
	})
	refused(t, set(9443, "proxy"), "InvalidConfigurationRequest", "9443")
	if err := set(8443, "proxy"); err != nil {
		t.Fatal(err)
	}
	ports := func() []types.BackendServerDescription {
		t.Helper()
		return ask(t, balancers.DescribeLoadBalancers, &classic.DescribeLoadBalancersInput{
			LoadBalancerNames: []string{*name},
		}).LoadBalancerDescriptions[0].BackendServerDescriptions
	}
	found := ports()
	if len(found) != 1 || *found[0].InstancePort != 8443 || len(found[0].PolicyNames) != 1 || found[0].PolicyNames[0] != "proxy" {
		t.Errorf("ports: %+v", found)
	}
	drop := func() error {
		_, err := balancers.DeleteLoadBalancerPolicy(t.Context(), &classic.DeleteLoadBalancerPolicyInput{
			LoadBalancerName: name, PolicyName: aws.String("proxy"),
		})
		return err
	}
	refused(t, drop(), "InvalidConfigurationRequest", "enabled on a backend server")
	ask(t, balancers.DeleteLoadBalancerListeners, &classic.DeleteLoadBalancerListenersInput{
		LoadBalancerName: name, LoadBalancerPorts: []int32{443},
	})
	if found := ports(); len(found) != 0 {
		t.Errorf("a port that nothing leads to: %+v", found)
	}
	if err := drop(); err != nil {
		t.Error(err)
	}
}
