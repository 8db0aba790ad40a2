package check

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// taggedAtOnce is how many load balancers or target groups AWS tells the tags of in one answer.
const taggedAtOnce = 20

// balancer is a load balancer of the stack: the gate, or a fleet's network load balancer.
type balancer struct {
	arn   string
	role  string // gate, or as legacy-nlb
	state string
}

// stackBalancers are the stack's application and network load balancers.
func (a *asker) stackBalancers(ctx context.Context) ([]balancer, error) {
	if a.asked {
		return a.balancers, nil
	}
	var all []elbtypes.LoadBalancer
	pages := elb.NewDescribeLoadBalancersPaginator(a.AWS.ELB, &elb.DescribeLoadBalancersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("describing load balancers: %w", err)
		}
		all = append(all, page.LoadBalancers...)
	}
	var arns []string
	states := map[string]string{}
	for _, each := range all {
		if aws.ToString(each.VpcId) == a.Outputs.VPCID {
			arn := aws.ToString(each.LoadBalancerArn)
			arns = append(arns, arn)
			if each.State != nil {
				states[arn] = string(each.State.Code)
			}
		}
	}
	tagged, err := a.elbTags(ctx, arns)
	if err != nil {
		return nil, err
	}
	for _, arn := range arns {
		if a.ours(tagged[arn]) {
			a.balancers = append(a.balancers, balancer{arn: arn, role: a.role(tagged[arn]), state: states[arn]})
		}
	}
	slices.SortFunc(a.balancers, func(x, y balancer) int { return compare(x.role, y.role) })
	a.asked = true
	return a.balancers, nil
}

// elbTags are the tags of load balancers or target groups, by ARN.
func (a *asker) elbTags(ctx context.Context, arns []string) (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	for some := range slices.Chunk(arns, taggedAtOnce) {
		found, err := a.AWS.ELB.DescribeTags(ctx, &elb.DescribeTagsInput{ResourceArns: some})
		if err != nil {
			return nil, fmt.Errorf("asking for the tags of load balancers: %w", err)
		}
		for _, each := range found.TagDescriptions {
			all[aws.ToString(each.ResourceArn)] = tagMap(each.Tags, func(t elbtypes.Tag) (*string, *string) { return t.Key, t.Value })
		}
	}
	return all, nil
}

// expectedBalancers are the roles of those that the outputs speak of.
func (a *asker) expectedBalancers() []string {
	var roles []string
	if a.Outputs.LoadBalancerARN != "" {
		roles = append(roles, gateRole)
	}
	return append(roles, a.Outputs.exposed(exposedByNetwork)...)
}

// gateRole is what the gate's Name tag says.
const gateRole = "gate"
