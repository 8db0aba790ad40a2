package fargate

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/policy"
)

// tasksService is who uses a task's roles.
const tasksService = "ecs-tasks.amazonaws.com"

// privateImage is an image in ECR: account, region, partition's domain, repository.
var privateImage = regexp.MustCompile(
	`^([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)`)

// ExecutionPolicy is what ECS may do to start a task: write its log group, pull its
// image where that asks for permission, and read its secrets; nothing else.
func ExecutionPolicy(partition, logGroupARN, image string, secrets map[string]string) (string, error) {
	statements := []policy.Statement{{
		Sid:       "WriteOwnLogs",
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: []string{strings.TrimSuffix(logGroupARN, ":*") + ":*"},
	}}
	if match := privateImage.FindStringSubmatch(image); match != nil {
		statements = append(statements,
			policy.Statement{
				Sid:       "LogInToECR",
				Actions:   []string{"ecr:GetAuthorizationToken"},
				Resources: []string{"*"}, // the action knows no resource
			},
			policy.Statement{
				Sid:       "PullOwnImage",
				Actions:   []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
				Resources: []string{fmt.Sprintf("arn:%s:ecr:%s:%s:repository/%s", partition, match[2], match[1], match[3])},
			})
	}
	var values, parameters []string
	for _, arn := range slices.Sorted(maps.Values(secrets)) {
		if strings.Contains(arn, ":ssm:") {
			parameters = append(parameters, arn)
			continue
		}
		// A secret's ARN may be followed by :key:stage:version, which is no part of it.
		values = append(values, strings.Join(strings.SplitN(arn, ":", 8)[:7], ":"))
	}
	if len(values) > 0 {
		statements = append(statements, policy.Statement{
			Sid: "ReadSecrets", Actions: []string{"secretsmanager:GetSecretValue"}, Resources: slices.Compact(values),
		})
	}
	if len(parameters) > 0 {
		statements = append(statements, policy.Statement{
			Sid: "ReadParameters", Actions: []string{"ssm:GetParameters"}, Resources: slices.Compact(parameters),
		})
	}
	return policy.JSON(statements...)
}

// roles makes the role that ECS starts tasks with and the one that the program in them
// has, which may do nothing.
func (s *Service) roles(ctx *pulumi.Context, name string, args *ServiceArgs, logGroupARN pulumi.StringOutput) (
	execution, task *iam.Role, granted pulumi.Resource, err error,
) {
	trust, err := policy.Trust(tasksService, args.AccountID)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("creating roles of %s: %w", name, err)
	}
	execution, err = iam.NewRole(ctx, name+"-execution", &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(trust),
		Tags:             args.Tags.Named(name + "-execution"),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("creating execution role of %s: %w", name, err)
	}
	granted, err = iam.NewRolePolicy(ctx, name+"-execution", &iam.RolePolicyArgs{
		Role: execution.ID(),
		Policy: logGroupARN.ApplyT(func(arn string) (string, error) {
			return ExecutionPolicy(args.Partition, arn, args.Image, args.Secrets)
		}).(pulumi.StringOutput),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("granting execution role of %s: %w", name, err)
	}
	task, err = iam.NewRole(ctx, name+"-task", &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(trust),
		Tags:             args.Tags.Named(name + "-task"),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("creating task role of %s: %w", name, err)
	}
	return execution, task, granted, nil
}
