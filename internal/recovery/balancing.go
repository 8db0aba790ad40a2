package recovery

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	classic "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	classictypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// balancing lists load balancers, target groups and trust stores.
func (a *Account) balancing(ctx context.Context) ([]Thing, error) {
	names := map[string]Thing{}
	gates := elb.NewDescribeLoadBalancersPaginator(a.elb, &elb.DescribeLoadBalancersInput{})
	for gates.HasMorePages() {
		page, err := gates.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.LoadBalancers {
			names[aws.ToString(each.LoadBalancerArn)] = Thing{Type: "aws:lb/loadBalancer:LoadBalancer", Name: aws.ToString(each.LoadBalancerName)}
		}
	}
	groups := elb.NewDescribeTargetGroupsPaginator(a.elb, &elb.DescribeTargetGroupsInput{})
	for groups.HasMorePages() {
		page, err := groups.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.TargetGroups {
			names[aws.ToString(each.TargetGroupArn)] = Thing{Type: "aws:lb/targetGroup:TargetGroup", Name: aws.ToString(each.TargetGroupName)}
		}
	}
	stores := elb.NewDescribeTrustStoresPaginator(a.elb, &elb.DescribeTrustStoresInput{})
	for stores.HasMorePages() {
		page, err := stores.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.TrustStores {
			names[aws.ToString(each.TrustStoreArn)] = Thing{Type: "aws:lb/trustStore:TrustStore", Name: aws.ToString(each.Name)}
		}
	}
	var things []Thing
	for chunk := range slices.Chunk(sorted(names), 20) { // as many as one question may be about
		found, err := a.elb.DescribeTags(ctx, &elb.DescribeTagsInput{ResourceArns: chunk})
		if err != nil {
			return nil, err
		}
		for _, each := range found.TagDescriptions {
			tags := tagsOf(each.Tags, func(t types.Tag) (*string, *string) { return t.Key, t.Value })
			if arn := aws.ToString(each.ResourceArn); a.ours(tags) {
				things = append(things, named(names[arn].Type, arn, "name", names[arn].Name, tags))
				things[len(things)-1].Props["arn"] = arn
			}
		}
	}
	return things, nil
}

// listeners lists the listeners of the stack's load balancers, and their rules.
func (a *Account) listeners(ctx context.Context) ([]Thing, error) {
	gates, err := a.ids(ctx, "aws:lb/loadBalancer:LoadBalancer")
	if err != nil {
		return nil, err
	}
	var things []Thing
	for _, gate := range gates {
		found, err := a.elb.DescribeListeners(ctx, &elb.DescribeListenersInput{LoadBalancerArn: &gate})
		if err != nil {
			return nil, err
		}
		for _, listener := range found.Listeners {
			arn := aws.ToString(listener.ListenerArn)
			things = append(things, Thing{Type: "aws:lb/listener:Listener", ID: arn, Props: map[string]any{"arn": arn},
				Key: fmt.Sprintf("%s %d", gate, aws.ToInt32(listener.Port))})
			rules, err := a.elb.DescribeRules(ctx, &elb.DescribeRulesInput{ListenerArn: listener.ListenerArn})
			if err != nil {
				return nil, err
			}
			for _, rule := range rules.Rules {
				if aws.ToBool(rule.IsDefault) {
					continue
				}
				arn := aws.ToString(rule.RuleArn)
				things = append(things, Thing{Type: "aws:lb/listenerRule:ListenerRule", ID: arn, Props: map[string]any{"arn": arn},
					Key: aws.ToString(listener.ListenerArn) + " " + aws.ToString(rule.Priority)})
			}
		}
	}
	return things, nil
}

// classics lists classic load balancers.
func (a *Account) classics(ctx context.Context) ([]Thing, error) {
	found, err := a.classic.DescribeLoadBalancers(ctx, &classic.DescribeLoadBalancersInput{})
	if err != nil {
		return nil, err
	}
	var things []Thing
	for _, each := range found.LoadBalancerDescriptions {
		name := aws.ToString(each.LoadBalancerName)
		described, err := a.classic.DescribeTags(ctx, &classic.DescribeTagsInput{LoadBalancerNames: []string{name}})
		if err != nil {
			return nil, err
		}
		for _, of := range described.TagDescriptions {
			tags := tagsOf(of.Tags, func(t classictypes.Tag) (*string, *string) { return t.Key, t.Value })
			if a.ours(tags) {
				things = append(things, named("aws:elb/loadBalancer:LoadBalancer", name, "name", name, tags))
			}
		}
	}
	return things, nil
}
