package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// classicTLSPolicy allows TLS 1.2 only, the newest that classic load balancers speak; left
// alone they take 1.0. Source: "Predefined SSL security policies for Classic Load
// Balancers" in AWS's guide.
const classicTLSPolicy = "ELBSecurityPolicy-TLS-1-2-2017-01"

// negotiation says which TLS the HTTPS listener speaks.
//
// A classic listener is not changed but deleted and made anew, by the provider and within
// the load balancer's update, and a new one takes AWS's default. That happens with every
// certificate that comes from IAM, so the choice is made again with each.
func (m *classicMaker) negotiation(of *elb.LoadBalancer, certificate pulumi.StringInput) error {
	chosen, err := elb.NewLoadBalancerPolicy(m.ctx, m.name+"-tls", &elb.LoadBalancerPolicyArgs{
		LoadBalancerName: of.Name,
		PolicyName:       pulumi.String("tls"),
		PolicyTypeName:   pulumi.String("SSLNegotiationPolicyType"),
		PolicyAttributes: elb.LoadBalancerPolicyPolicyAttributeArray{&elb.LoadBalancerPolicyPolicyAttributeArgs{
			Name: pulumi.String("Reference-Security-Policy"), Value: pulumi.String(classicTLSPolicy),
		}},
		// Two policies of one load balancer cannot share a name.
	}, pulumi.Parent(m.self), pulumi.DeleteBeforeReplace(true), pulumi.DeletedWith(of))
	if err != nil {
		return fmt.Errorf("naming the TLS of %s: %w", m.name, err)
	}
	_, err = elb.NewListenerPolicy(m.ctx, m.name+"-tls", &elb.ListenerPolicyArgs{
		LoadBalancerName: of.Name,
		LoadBalancerPort: pulumi.Int(443),
		PolicyNames:      pulumi.StringArray{chosen.PolicyName},
		Triggers:         pulumi.StringMap{"certificate": certificate},
		// It goes only when the listener has gone before, and AWS then finds none to take it
		// off. Nothing is kept of it.
	}, pulumi.Parent(m.self), pulumi.RetainOnDelete(true))
	if err != nil {
		return fmt.Errorf("choosing the TLS of %s: %w", m.name, err)
	}
	return nil
}
