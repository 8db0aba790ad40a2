package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	classic "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	classictypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"
)

// classic asks whether machines are in service behind each classic load balancer.
func (a *asker) classic(ctx context.Context) ([]Finding, error) {
	expected := a.Outputs.exposed(exposedByClassic)
	if len(expected) == 0 {
		return nil, nil
	}
	standing, err := a.classicBalancers(ctx)
	if err != nil {
		return nil, err
	}
	var all []Finding
	for _, role := range expected {
		what := "targets " + role
		balancer, there := standing[role]
		if !there {
			all = append(all, failed("load balancer "+role, "it is gone", "somebody deleted it; pulumi up --refresh makes it again"))
			continue
		}
		health, err := a.AWS.Classic.DescribeInstanceHealth(ctx, &classic.DescribeInstanceHealthInput{
			LoadBalancerName: balancer.LoadBalancerName,
		})
		if err != nil {
			return all, fmt.Errorf("asking for the health of %s: %w", role, err)
		}
		all = append(all, judgeInstances(what, health.InstanceStates))
	}
	return all, nil
}

// classicBalancers are the stack's classic load balancers, by their role.
func (a *asker) classicBalancers(ctx context.Context) (map[string]classictypes.LoadBalancerDescription, error) {
	byName := map[string]classictypes.LoadBalancerDescription{}
	pages := classic.NewDescribeLoadBalancersPaginator(a.AWS.Classic, &classic.DescribeLoadBalancersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("describing classic load balancers: %w", err)
		}
		for _, each := range page.LoadBalancerDescriptions {
			if aws.ToString(each.VPCId) == a.Outputs.VPCID {
				byName[aws.ToString(each.LoadBalancerName)] = each
			}
		}
	}
	all := map[string]classictypes.LoadBalancerDescription{}
	for some := range slices.Chunk(sorted(byName), taggedAtOnce) {
		found, err := a.AWS.Classic.DescribeTags(ctx, &classic.DescribeTagsInput{LoadBalancerNames: some})
		if err != nil {
			return nil, fmt.Errorf("asking for the tags of classic load balancers: %w", err)
		}
		for _, each := range found.TagDescriptions {
			tagged := tagMap(each.Tags, func(t classictypes.Tag) (*string, *string) { return t.Key, t.Value })
			if a.ours(tagged) {
				all[a.role(tagged)] = byName[aws.ToString(each.LoadBalancerName)]
			}
		}
	}
	return all, nil
}

// judgeInstances judges the machines behind a classic load balancer.
func judgeInstances(what string, states []classictypes.InstanceState) Finding {
	look := "see whether they start and answer their health checks: their journal, their security group"
	var out []string
	for _, each := range states {
		if state := aws.ToString(each.State); state != "InService" {
			said := fmt.Sprintf("%s is %s", aws.ToString(each.InstanceId), state)
			if why := aws.ToString(each.Description); why != "" && why != "N/A" {
				said += " (" + why + ")"
			}
			out = append(out, said)
		}
	}
	switch {
	case len(states) == 0:
		return pending(what, "nothing stands behind it, so that clients get an error", look)
	case len(out) > 0:
		return pending(what, fmt.Sprintf("%d of %d in service: %s", len(states)-len(out), len(states), strings.Join(out, ", ")), look)
	}
	return fine(what, "%d of %d in service", len(states), len(states))
}
