// Package fargate runs web services in containers on ECS Fargate, in private subnets,
// behind a gate.
package fargate

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/tags"
)

const clusterToken = "torii:fargate:Cluster"

// ClusterArgs describes a cluster.
type ClusterArgs struct {
	Tags tags.Set // Required.
}

// Cluster is what services of one stack run in. A program that finds one in another stack fills in ARN and Name.
type Cluster struct {
	pulumi.ResourceState

	ARN  pulumi.StringOutput
	Name pulumi.StringOutput
}

// NewCluster makes an ECS cluster with container insights, which give CPU, memory and
// task counts per service.
func NewCluster(ctx *pulumi.Context, name string, args *ClusterArgs, opts ...pulumi.ResourceOption) (*Cluster, error) {
	self := &Cluster{}
	if err := ctx.RegisterComponentResource(clusterToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering cluster %s: %w", name, err)
	}
	cluster, err := ecs.NewCluster(ctx, name, &ecs.ClusterArgs{
		Settings: ecs.ClusterSettingArray{&ecs.ClusterSettingArgs{
			Name: pulumi.String("containerInsights"), Value: pulumi.String("enabled"),
		}},
		Tags: args.Tags.Named(name),
	}, pulumi.Parent(self))
	if err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", name, err)
	}
	self.ARN = cluster.Arn
	self.Name = cluster.Name
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"arn": self.ARN})
}
