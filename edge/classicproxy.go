package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// proxyProtocol makes the load balancer tell the instances whose connection it hands on: it
// puts a line of the PROXY protocol (version 1) before what the client sends. It returns
// the load balancer's name, known once it does so: an instance that waits for the line takes
// nothing without.
func (m *classicMaker) proxyProtocol(of *elb.LoadBalancer) (name pulumi.StringOutput, err error) {
	policy, err := elb.NewLoadBalancerPolicy(m.ctx, m.name+"-proxy", &elb.LoadBalancerPolicyArgs{
		LoadBalancerName: of.Name,
		PolicyName:       pulumi.String("proxy"),
		PolicyTypeName:   pulumi.String("ProxyProtocolPolicyType"),
		PolicyAttributes: elb.LoadBalancerPolicyPolicyAttributeArray{&elb.LoadBalancerPolicyPolicyAttributeArgs{
			Name: pulumi.String("ProxyProtocol"), Value: pulumi.String("true"),
		}},
		// Two policies of one load balancer cannot share a name.
	}, pulumi.Parent(m.self), pulumi.DeleteBeforeReplace(true), pulumi.DeletedWith(of))
	if err != nil {
		return name, fmt.Errorf("naming the PROXY protocol of %s: %w", m.name, err)
	}
	// Named after the port, which the provider cannot change: it would look at the old one for
	// ever. It is not taken off its port when it goes, as nothing may lead to that one then;
	// with the policy it ends anyway.
	chosen, err := elb.NewLoadBalancerBackendServerPolicy(m.ctx, fmt.Sprintf("%s-proxy-%d", m.name, m.args.Port),
		&elb.LoadBalancerBackendServerPolicyArgs{
			LoadBalancerName: of.Name,
			InstancePort:     pulumi.Int(m.args.Port),
			PolicyNames:      pulumi.StringArray{policy.PolicyName},
		}, pulumi.Parent(m.self), pulumi.RetainOnDelete(true))
	if err != nil {
		return name, fmt.Errorf("choosing the PROXY protocol of %s: %w", m.name, err)
	}
	return chosen.LoadBalancerName, nil
}
