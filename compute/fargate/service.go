package fargate

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/key"
	"torii/internal/tags"
)

const serviceToken = "torii:fargate:Service"

// ServiceArgs describes a web service.
type ServiceArgs struct {
	Cluster *Cluster // Required.

	Image         string            // Required. Pinned by tag or digest.
	Port          int               // Required. TCP port of the container.
	CPU           int               // Required. Units; 1024 are one core.
	Memory        int               // Required. MiB; a pair with CPU that Fargate knows.
	Min           int               // Required. Tasks that always run.
	Max           int               // Required. Tasks it may grow to.
	ReadOnly      bool              // Optional. Keeps the container's own file system unwritable.
	WritablePaths []string          // Optional. Folders it may write to all the same.
	Environment   map[string]string // Optional. Plain variables.
	Secrets       map[string]string // Optional. Variable to the ARN of a secret or parameter.

	SubnetIDs            pulumi.StringArrayInput // Required. Private.
	SecurityGroupID      pulumi.StringInput      // Required.
	TargetGroupARN       pulumi.StringInput      // Required. Of type ip.
	TargetGroupARNSuffix pulumi.StringInput      // Required.
	LoadBalancerSuffix   pulumi.StringInput      // Required. ARN suffix of the load balancer in front.
	ListenerRule         pulumi.Resource         // Required, for ordering: the target group must be in use first.

	LogRetentionDays int      // Required.
	Partition        string   // Required.
	Region           string   // Required.
	AccountID        string   // Required.
	Tags             tags.Set // Required.

	KeyARN pulumi.StringInput // Optional. Defaults to AWS's own key.
}

// Service is a web service on Fargate.
type Service struct {
	pulumi.ResourceState

	Name              pulumi.StringOutput // of the ECS service
	TaskDefinitionARN pulumi.StringOutput // that was asked for
}

// healthGraceSeconds is how long a new task may take to answer its health check.
const healthGraceSeconds = 60

// NewService makes a service with its task definition, roles, log group and scaling. It
// waits until the tasks are healthy; a deployment that never gets there is rolled back
// by AWS.
func NewService(ctx *pulumi.Context, name string, args *ServiceArgs, opts ...pulumi.ResourceOption) (*Service, error) {
	if args.Min < 1 || args.Max < args.Min {
		return nil, errors.New("creating service " + name + ": min must be 1 or more, and max no less")
	}
	self := &Service{}
	if err := ctx.RegisterComponentResource(serviceToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering service %s: %w", name, err)
	}
	group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(args.LogRetentionDays),
		KmsKeyId:        key.Ptr(args.KeyARN),
		Tags:            args.Tags.Named(name),
	}, pulumi.Parent(self))
	if err != nil {
		return nil, fmt.Errorf("creating log group of %s: %w", name, err)
	}
	execution, task, granted, err := self.roles(ctx, name, args, group.Arn)
	if err != nil {
		return nil, err
	}
	definition, err := self.taskDefinition(ctx, name, args, group.Name, execution, task)
	if err != nil {
		return nil, err
	}
	service, err := ecs.NewService(ctx, name, &ecs.ServiceArgs{
		Cluster:        args.Cluster.ARN,
		TaskDefinition: definition.Arn,
		LaunchType:     pulumi.String("FARGATE"),
		DesiredCount:   pulumi.Int(args.Min),
		NetworkConfiguration: &ecs.ServiceNetworkConfigurationArgs{
			AssignPublicIp: pulumi.Bool(false),
			Subnets:        args.SubnetIDs,
			SecurityGroups: pulumi.StringArray{args.SecurityGroupID},
		},
		LoadBalancers: ecs.ServiceLoadBalancerArray{&ecs.ServiceLoadBalancerArgs{
			ContainerName:  pulumi.String(name),
			ContainerPort:  pulumi.Int(args.Port),
			TargetGroupArn: args.TargetGroupARN.ToStringOutput().ToStringPtrOutput(),
		}},
		HealthCheckGracePeriodSeconds: pulumi.Int(healthGraceSeconds),
		DeploymentCircuitBreaker: &ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true),
		},
		EnableExecuteCommand: pulumi.Bool(false),
		EnableEcsManagedTags: pulumi.Bool(true),
		PropagateTags:        pulumi.String("SERVICE"),
		WaitForSteadyState:   pulumi.Bool(true),
		Tags:                 args.Tags.Named(name),
	},
		pulumi.Parent(self),
		pulumi.DependsOn([]pulumi.Resource{args.ListenerRule, granted}),
		// Scaling sets it after the first day.
		pulumi.IgnoreChanges([]string{"desiredCount"}),
	)
	if err != nil {
		return nil, fmt.Errorf("creating service %s: %w", name, err)
	}
	if err := self.scaling(ctx, name, args, service.Name); err != nil {
		return nil, err
	}
	self.Name = service.Name
	self.TaskDefinitionARN = definition.Arn
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{
		"name": self.Name, "taskDefinitionArn": self.TaskDefinitionARN,
	})
}

// taskDefinition says what a task of the service is.
func (s *Service) taskDefinition(
	ctx *pulumi.Context, name string, args *ServiceArgs, logGroup pulumi.StringOutput, execution, task *iam.Role,
) (*ecs.TaskDefinition, error) {
	container := Container{
		Name: name, Image: args.Image, Port: args.Port,
		ReadOnly: args.ReadOnly, WritablePaths: args.WritablePaths,
		Environment: args.Environment, Secrets: args.Secrets, Region: args.Region,
	}
	var volumes ecs.TaskDefinitionVolumeArray
	for _, volume := range Volumes(container) {
		volumes = append(volumes, &ecs.TaskDefinitionVolumeArgs{Name: pulumi.String(volume.Name)})
	}
	definition, err := ecs.NewTaskDefinition(ctx, name, &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(args.Tags.Prefix() + name),
		RequiresCompatibilities: pulumi.ToStringArray([]string{"FARGATE"}),
		NetworkMode:             pulumi.String("awsvpc"),
		Cpu:                     pulumi.String(strconv.Itoa(args.CPU)),
		Memory:                  pulumi.String(strconv.Itoa(args.Memory)),
		ExecutionRoleArn:        execution.Arn,
		TaskRoleArn:             task.Arn,
		RuntimePlatform: &ecs.TaskDefinitionRuntimePlatformArgs{
			OperatingSystemFamily: pulumi.String("LINUX"),
			CpuArchitecture:       pulumi.String("X86_64"),
		},
		Volumes: volumes,
		ContainerDefinitions: logGroup.ApplyT(func(group string) (string, error) {
			container.LogGroup = group
			return Definitions(container)
		}).(pulumi.StringOutput),
		Tags: args.Tags.Named(name),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("creating task definition of %s: %w", name, err)
	}
	return definition, nil
}
