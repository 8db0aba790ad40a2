package check

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// describedAtOnce is how many services, or load balancers' tags, AWS describes in one answer.
const describedAtOnce = 10

// services asks whether each service runs the tasks it should.
func (a *asker) services(ctx context.Context) ([]Finding, error) {
	expected := a.Outputs.services()
	if len(expected) == 0 {
		return nil, nil
	}
	found, err := a.stackServices(ctx)
	if err != nil {
		return nil, err
	}
	var all []Finding
	for _, name := range expected {
		what := "service " + name
		service, there := found[name]
		if !there {
			all = append(all, failed(what, "the cluster has no such service",
				"somebody deleted it; pulumi up --refresh makes it again"))
			continue
		}
		newest, err := a.newestDefinition(ctx, aws.ToString(service.TaskDefinition))
		if err != nil {
			return all, err
		}
		all = append(all, judgeService(what, service, newest))
	}
	return all, nil
}

// stackServices are the stack's services in its cluster, by their role. Other stacks may have services there too.
func (a *asker) stackServices(ctx context.Context) (map[string]ecstypes.Service, error) {
	var arns []string
	pages := ecs.NewListServicesPaginator(a.AWS.ECS, &ecs.ListServicesInput{Cluster: aws.String(a.Outputs.ClusterARN)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing services: %w", err)
		}
		arns = append(arns, page.ServiceArns...)
	}
	found := map[string]ecstypes.Service{}
	for some := range slices.Chunk(arns, describedAtOnce) {
		described, err := a.AWS.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{
			Cluster: aws.String(a.Outputs.ClusterARN), Services: some, Include: []ecstypes.ServiceField{ecstypes.ServiceFieldTags},
		})
		if err != nil {
			return nil, fmt.Errorf("describing services: %w", err)
		}
		for _, service := range described.Services {
			tagged := tagMap(service.Tags, func(t ecstypes.Tag) (*string, *string) { return t.Key, t.Value })
			if a.ours(tagged) {
				found[a.role(tagged)] = service
			}
		}
	}
	return found, nil
}

// newestDefinition is the newest task definition that is active of the family that one is of. It is what Pulumi made
// last: it takes the one before out of use.
func (a *asker) newestDefinition(ctx context.Context, running string) (string, error) {
	family, _ := revision(running)
	newest := ""
	pages := ecs.NewListTaskDefinitionsPaginator(a.AWS.ECS, &ecs.ListTaskDefinitionsInput{
		FamilyPrefix: aws.String(family), Status: ecstypes.TaskDefinitionStatusActive, Sort: ecstypes.SortOrderDesc,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("listing task definitions of %s: %w", family, err)
		}
		for _, arn := range page.TaskDefinitionArns {
			_, number := revision(arn)
			if _, highest := revision(newest); number > highest {
				newest = arn
			}
		}
	}
	return newest, nil
}

// revision takes a task definition's ARN apart. The number is 0 of what is none.
func revision(arn string) (family string, number int) {
	family, text, _ := strings.Cut(arn[strings.LastIndex(arn, "/")+1:], ":")
	number, err := strconv.Atoi(text)
	if err != nil {
		return family, 0
	}
	return family, number
}

// definitionName is what people call a task definition: family and number.
func definitionName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// judgeService judges a service; newest is the task definition that was asked for.
func judgeService(what string, s ecstypes.Service, newest string) Finding {
	running := definitionName(aws.ToString(s.TaskDefinition))
	look := "look at the service's events and its log group, mend the image or the settings, and deploy again"
	if aws.ToString(s.Status) != "ACTIVE" {
		return failed(what, "it is "+strings.ToLower(aws.ToString(s.Status)), "pulumi up --refresh makes it again")
	}
	var primary ecstypes.Deployment
	for _, deployment := range s.Deployments {
		if deployment.RolloutState == ecstypes.DeploymentRolloutStateFailed {
			return failed(what, fmt.Sprintf("its deployment of %s failed (%s), and AWS goes back to the one before",
				definitionName(aws.ToString(deployment.TaskDefinition)), aws.ToString(deployment.RolloutStateReason)), look)
		}
		if aws.ToString(deployment.Status) == "PRIMARY" {
			primary = deployment
		}
	}
	counts := fmt.Sprintf("%d of %d tasks run", s.RunningCount, s.DesiredCount)
	switch {
	case newest == "":
		return failed(what, "it runs "+running+", and no task definition of its family is in use any more",
			"pulumi up --refresh makes a new one")
	case definitionName(newest) != running:
		return failed(what, fmt.Sprintf("it runs %s, but %s was asked for: AWS went back because the new tasks never became healthy",
			running, definitionName(newest)), look)
	case s.DesiredCount == 0:
		return failed(what, "it was stopped: somebody set its number of tasks to 0",
			"aws ecs update-service --desired-count sets it again; scaling does the rest")
	case primary.RolloutState == ecstypes.DeploymentRolloutStateInProgress:
		return pending(what, fmt.Sprintf("its deployment of %s is under way: %s", running, counts), "wait some minutes, then ask again")
	case s.RunningCount < s.DesiredCount:
		return pending(what, counts+lastEvent(s), look)
	case primary.RolloutState != ecstypes.DeploymentRolloutStateCompleted:
		return failed(what, "it has no deployment that came to its end", look)
	}
	return fine(what, "%s, of %s as asked for", counts, running)
}

// lastEvent is the latest thing that AWS had to say of a service.
func lastEvent(s ecstypes.Service) string {
	if len(s.Events) == 0 {
		return ""
	}
	return " (" + aws.ToString(s.Events[0].Message) + ")"
}
