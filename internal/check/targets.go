package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

func compare(a, b string) int { return cmp.Compare(a, b) }

// targets asks whether something healthy stands behind each load balancer.
func (a *asker) targets(ctx context.Context) ([]Finding, error) {
	expected := a.expectedBalancers()
	if len(expected) == 0 {
		return nil, nil
	}
	standing, err := a.stackBalancers(ctx)
	if err != nil {
		return nil, err
	}
	var all []Finding
	for _, role := range expected {
		i := slices.IndexFunc(standing, func(b balancer) bool { return b.role == role })
		if i < 0 {
			all = append(all, failed("load balancer "+role, "it is gone", "somebody deleted it; pulumi up --refresh makes it again"))
			continue
		}
		// A network load balancer leads to what it is named after.
		leads := []string{role}
		if role == gateRole {
			leads = a.Outputs.behind()
		}
		found, err := a.behindBalancer(ctx, standing[i], leads)
		all = append(all, found...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// behindBalancer judges the target groups of the stack that a load balancer leads to; expected are their roles.
func (a *asker) behindBalancer(ctx context.Context, b balancer, expected []string) ([]Finding, error) {
	var arns []string
	pages := elb.NewDescribeTargetGroupsPaginator(a.AWS.ELB, &elb.DescribeTargetGroupsInput{LoadBalancerArn: aws.String(b.arn)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("describing target groups: %w", err)
		}
		for _, group := range page.TargetGroups {
			arns = append(arns, aws.ToString(group.TargetGroupArn))
		}
	}
	tagged, err := a.elbTags(ctx, arns)
	if err != nil {
		return nil, err
	}
	groups := map[string]string{}
	for _, arn := range arns {
		if a.ours(tagged[arn]) {
			groups[a.role(tagged[arn])] = arn
		}
	}
	var all []Finding
	for _, role := range expected {
		what := "targets " + role
		arn, there := groups[role]
		if !there {
			all = append(all, failed(what, "nothing leads from the load balancer "+b.role+" to it",
				"its listener rule or target group was deleted; pulumi up --refresh makes it again"))
			continue
		}
		health, err := a.AWS.ELB.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: aws.String(arn)})
		if err != nil {
			return all, fmt.Errorf("asking for the health of %s: %w", role, err)
		}
		all = append(all, judgeTargets(what, health.TargetHealthDescriptions))
	}
	return all, nil
}

// judgeTargets judges what is registered with a target group. Whatever is wrong may be the first minutes of a machine.
func judgeTargets(what string, targets []elbtypes.TargetHealthDescription) Finding {
	look := "see whether it starts and answers its health checks: its log, its security group"
	var unwell []string
	healthy, staying := 0, 0
	for _, target := range targets {
		state, why, id := elbtypes.TargetHealthStateEnum(""), "", ""
		if target.TargetHealth != nil {
			state, why = target.TargetHealth.State, aws.ToString(target.TargetHealth.Description)
		}
		if target.Target != nil {
			id = aws.ToString(target.Target.Id)
		}
		if state == elbtypes.TargetHealthStateEnumDraining {
			continue // it goes, and finishes what it was answering
		}
		staying++
		if state == elbtypes.TargetHealthStateEnumHealthy {
			healthy++
			continue
		}
		said := fmt.Sprintf("%s is %s", id, state)
		if why != "" {
			said += " (" + why + ")"
		}
		unwell = append(unwell, said)
	}
	switch {
	case staying == 0:
		return pending(what, "nothing stands behind it, so that clients get an error", look)
	case len(unwell) > 0:
		return pending(what, fmt.Sprintf("%d of %d healthy: %s", healthy, staying, strings.Join(unwell, ", ")), look)
	}
	return fine(what, "%d of %d healthy", healthy, staying)
}
