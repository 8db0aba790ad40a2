package recovery

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	grouptypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/dlm"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	routetypes "github.com/aws/aws-sdk-go-v2/service/route53/types"
)

func ecsTag(t ecstypes.Tag) (*string, *string) { return t.Key, t.Value }

// containers lists clusters, services and task definitions.
func (a *Account) containers(ctx context.Context) ([]Thing, error) {
	listed, err := a.ecs.ListClusters(ctx, &ecs.ListClustersInput{})
	if err != nil || len(listed.ClusterArns) == 0 {
		return a.tasks(ctx, nil, err)
	}
	clusters, err := a.ecs.DescribeClusters(ctx, &ecs.DescribeClustersInput{
		Clusters: listed.ClusterArns, Include: []ecstypes.ClusterField{ecstypes.ClusterFieldTags},
	})
	if err != nil {
		return nil, err
	}
	var things []Thing
	for _, cluster := range clusters.Clusters {
		tags := tagsOf(cluster.Tags, ecsTag)
		if aws.ToString(cluster.Status) == "INACTIVE" || !a.ours(tags) {
			continue
		}
		name := aws.ToString(cluster.ClusterName)
		things = append(things, named("aws:ecs/cluster:Cluster", aws.ToString(cluster.ClusterArn), "name", name, tags))
		if things, err = a.services(ctx, cluster.ClusterArn, things); err != nil {
			return nil, err
		}
	}
	return a.tasks(ctx, things, nil)
}

func (a *Account) services(ctx context.Context, cluster *string, things []Thing) ([]Thing, error) {
	pages := ecs.NewListServicesPaginator(a.ecs, &ecs.ListServicesInput{Cluster: cluster})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil || len(page.ServiceArns) == 0 {
			return things, err
		}
		found, err := a.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{
			Cluster: cluster, Services: page.ServiceArns, Include: []ecstypes.ServiceField{ecstypes.ServiceFieldTags},
		})
		if err != nil {
			return nil, err
		}
		for _, each := range found.Services {
			if tags := tagsOf(each.Tags, ecsTag); aws.ToString(each.Status) == "ACTIVE" && a.ours(tags) {
				name := aws.ToString(each.ServiceName)
				things = append(things, named("aws:ecs/service:Service", aws.ToString(each.ServiceArn), "name", name, tags))
			}
		}
	}
	return things, nil
}

func (a *Account) tasks(ctx context.Context, things []Thing, err error) ([]Thing, error) {
	if err != nil {
		return nil, err
	}
	pages := ecs.NewListTaskDefinitionsPaginator(a.ecs, &ecs.ListTaskDefinitionsInput{Status: ecstypes.TaskDefinitionStatusActive})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, arn := range page.TaskDefinitionArns {
			found, err := a.ecs.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
				TaskDefinition: &arn, Include: []ecstypes.TaskDefinitionField{ecstypes.TaskDefinitionFieldTags},
			})
			if err != nil {
				return nil, err
			}
			if tags := tagsOf(found.Tags, ecsTag); a.ours(tags) {
				things = append(things, Thing{Type: taskDefinition, ID: aws.ToString(found.TaskDefinition.Family), Key: tags["Name"],
					Props: map[string]any{"arn": arn, "revision": found.TaskDefinition.Revision}})
			}
		}
	}
	return things, nil
}

// fleets lists Auto Scaling groups, and the policies of groups and services.
func (a *Account) fleets(ctx context.Context) ([]Thing, error) {
	var things []Thing
	mine := map[string]bool{}
	pages := autoscaling.NewDescribeAutoScalingGroupsPaginator(a.groups, &autoscaling.DescribeAutoScalingGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.AutoScalingGroups {
			tags := tagsOf(each.Tags, func(t grouptypes.TagDescription) (*string, *string) { return t.Key, t.Value })
			name := aws.ToString(each.AutoScalingGroupName)
			if a.ours(tags) && each.Status == nil { // which is given while it is being deleted only
				mine[name] = true
				things = append(things, named("aws:autoscaling/group:Group", name, "name", name, tags))
			}
		}
	}
	policies := autoscaling.NewDescribePoliciesPaginator(a.groups, &autoscaling.DescribePoliciesInput{})
	for policies.HasMorePages() {
		page, err := policies.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.ScalingPolicies {
			if group, name := aws.ToString(each.AutoScalingGroupName), aws.ToString(each.PolicyName); mine[group] {
				things = append(things, policyOf(groupPolicy, group, name))
			}
		}
	}
	return things, nil
}

// policyOf is a policy by which something scales.
func policyOf(token, of, name string) Thing {
	return Thing{Type: token, ID: name, Name: name, Key: of + " " + stem(name), Props: map[string]any{"name": name}}
}

// scalings lists the scaling policies of services that the state or the program name.
func (a *Account) scalings(ctx context.Context) ([]Thing, error) {
	mine := map[string]bool{}
	for _, each := range a.known {
		if text(each, "type") == scalingPolicy || text(each, "type") == "aws:appautoscaling/target:Target" {
			mine[text(object(each["inputs"]), "resourceId")] = true
		}
	}
	if len(mine) == 0 {
		return nil, nil
	}
	var things []Thing
	pages := applicationautoscaling.NewDescribeScalingPoliciesPaginator(a.scaling,
		&applicationautoscaling.DescribeScalingPoliciesInput{ServiceNamespace: scalingtypes.ServiceNamespaceEcs})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.ScalingPolicies {
			if service, name := aws.ToString(each.ResourceId), aws.ToString(each.PolicyName); mine[service] {
				things = append(things, policyOf(scalingPolicy, service, name))
			}
		}
	}
	return things, nil
}

// snapshots lists what DLM makes snapshots by.
func (a *Account) snapshots(ctx context.Context) ([]Thing, error) {
	found, err := a.dlm.GetLifecyclePolicies(ctx, &dlm.GetLifecyclePoliciesInput{})
	if err != nil {
		return nil, err
	}
	var things []Thing
	for _, each := range found.Policies {
		if tags := tagSet(each.Tags); a.ours(tags) {
			things = append(things, Thing{Type: "aws:dlm/lifecyclePolicy:LifecyclePolicy", ID: aws.ToString(each.PolicyId), Key: tags["Name"]})
		}
	}
	return things, nil
}

// records lists the records of the zones that the state or the program name. Only those that they name are the stack's.
func (a *Account) records(ctx context.Context) ([]Thing, error) {
	wanted, zones := map[string]string{}, map[string]bool{}
	for _, each := range a.known {
		if inputs := object(each["inputs"]); text(each, "type") == record && text(inputs, "zoneId") != "" {
			wanted[recordKey(inputs)] = text(inputs, "name")
			zones[text(inputs, "zoneId")] = true
		}
	}
	var things []Thing
	for _, zone := range sorted(zones) {
		pages := route53.NewListResourceRecordSetsPaginator(a.route53, &route53.ListResourceRecordSetsInput{HostedZoneId: &zone})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			var gone *routetypes.NoSuchHostedZone
			if errors.As(err, &gone) {
				break
			}
			if err != nil {
				return nil, err
			}
			for _, each := range page.ResourceRecordSets {
				inputs := map[string]any{"zoneId": zone, "name": aws.ToString(each.Name), "type": string(each.Type)}
				if key := recordKey(inputs); wanted[key] != "" {
					// As the provider composes it, of the name as it was given: with a dot at its end or without.
					things = append(things, Thing{Type: record, Key: key, ID: zone + "_" + wanted[key] + "_" + string(each.Type)})
				}
			}
		}
	}
	return things, nil
}
