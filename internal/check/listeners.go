package check

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

// certificateARNs are the certificates of all listeners of the stack's load balancers, each once.
func (a *asker) certificateARNs(ctx context.Context) ([]string, error) {
	arns, err := a.newerCertificates(ctx)
	if err == nil && len(a.Outputs.exposed(exposedByClassic)) > 0 {
		var more []string
		more, err = a.classicCertificates(ctx)
		arns = append(arns, more...)
	}
	slices.Sort(arns)
	return slices.Compact(arns), err
}

// newerCertificates are those of the gate and of network load balancers. It notes whether the gate asks clients for one.
func (a *asker) newerCertificates(ctx context.Context) ([]string, error) {
	if len(a.expectedBalancers()) == 0 {
		return nil, nil
	}
	balancers, err := a.stackBalancers(ctx)
	if err != nil {
		return nil, err
	}
	var arns []string
	for _, balancer := range balancers {
		listeners, err := a.AWS.ELB.DescribeListeners(ctx, &elb.DescribeListenersInput{LoadBalancerArn: aws.String(balancer.arn)})
		if err != nil {
			return nil, fmt.Errorf("describing the listeners of %s: %w", balancer.role, err)
		}
		for _, listener := range listeners.Listeners {
			if mutual := listener.MutualAuthentication; mutual != nil && aws.ToString(mutual.Mode) == "verify" {
				a.mutual = true
			}
			if len(listener.Certificates) == 0 {
				continue
			}
			pages := elb.NewDescribeListenerCertificatesPaginator(a.AWS.ELB, &elb.DescribeListenerCertificatesInput{
				ListenerArn: listener.ListenerArn,
			})
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					return nil, fmt.Errorf("asking for the certificates of %s: %w", balancer.role, err)
				}
				for _, each := range page.Certificates {
					arns = append(arns, aws.ToString(each.CertificateArn))
				}
			}
		}
	}
	return arns, nil
}

// classicCertificates are those of classic load balancers.
func (a *asker) classicCertificates(ctx context.Context) ([]string, error) {
	balancers, err := a.classicBalancers(ctx)
	if err != nil {
		return nil, err
	}
	var arns []string
	for _, balancer := range balancers {
		for _, each := range balancer.ListenerDescriptions {
			if each.Listener == nil {
				continue
			}
			if arn := aws.ToString(each.Listener.SSLCertificateId); arn != "" { // of one that passes TLS through
				arns = append(arns, arn)
			}
		}
	}
	return arns, nil
}
