package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/policy"
	"torii/internal/tags"
)

// sessionSeconds is how long a deployment may take. The others need a fraction of an hour, the least that AWS knows.
var sessionSeconds = map[purpose]int{deploying: 7200, previewing: 3600, drifting: 3600}

// stageArgs describes what a stage needs.
type stageArgs struct {
	Settings settings            // Required.
	Provider pulumi.StringOutput // Required. ARN of GitHub's OIDC provider.
	Bucket   pulumi.StringOutput // Required. Name of the state's bucket.
	KeyARN   pulumi.StringOutput // Required. ARN of the state's key.
	Cloud    account.Place       // Required.
	Tags     tags.Set            // Required.
}

// stage is the roles that GitHub has for a stack, and the boundary of those that the stack makes.
type stage struct {
	pulumi.ResourceState

	roles map[purpose]pulumi.StringOutput // ARNs
}

// newStage makes what GitHub needs for the stack of this name.
func newStage(ctx *pulumi.Context, name string, args stageArgs, opts ...pulumi.ResourceOption) (*stage, error) {
	s := &stage{roles: map[purpose]pulumi.StringOutput{}}
	if err := ctx.RegisterComponentResource("torii:bootstrap:Stage", name, s, opts...); err != nil {
		return nil, fmt.Errorf("registering stage %s: %w", name, err)
	}
	limit, err := boundary(args.Cloud, args.Settings.Project, name)
	if err != nil {
		return nil, fmt.Errorf("writing the boundary of %s: %w", name, err)
	}
	_, err = iam.NewPolicy(ctx, name+"-boundary", &iam.PolicyArgs{
		Name:        pulumi.String(boundaryName(args.Settings.Project, name)),
		Description: pulumi.String("What no role of the stack can exceed, whatever its own policies say"),
		Policy:      pulumi.String(limit),
		Tags:        args.Tags.Named(name + "-boundary"),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("creating the boundary of %s: %w", name, err)
	}
	for _, p := range []purpose{deploying, previewing, drifting} {
		if s.roles[p], err = s.role(ctx, name, p, args); err != nil {
			return nil, err
		}
	}
	if err := ctx.RegisterResourceOutputs(s, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("registering outputs of stage %s: %w", name, err)
	}
	return s, nil
}

// role makes one of the roles and returns its ARN when it may do what it is for.
func (s *stage) role(ctx *pulumi.Context, name string, p purpose, args stageArgs) (pulumi.StringOutput, error) {
	label := name + "-" + string(p)
	made, err := iam.NewRole(ctx, label, &iam.RoleArgs{
		Name:        pulumi.String(args.Settings.Project + "-" + label),
		Description: pulumi.String("For jobs of " + args.Settings.Repository + " in the environment " + p.environment(name)),
		AssumeRolePolicy: args.Provider.ApplyT(func(provider string) (string, error) {
			return args.Settings.trust(provider, name, p)
		}).(pulumi.StringOutput),
		MaxSessionDuration: pulumi.Int(sessionSeconds[p]),
		Tags:               args.Tags.Named(label),
	}, pulumi.Parent(s))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("creating role %s: %w", label, err)
	}
	documents := grants(args.Settings, args.Cloud, name, p)
	for _, part := range slices.Sorted(maps.Keys(documents)) {
		granted, err := iam.NewPolicy(ctx, label+"-"+part, &iam.PolicyArgs{
			Policy: pulumi.All(args.Bucket, args.KeyARN).ApplyT(func(at []any) (string, error) {
				return policy.JSON(documents[part](at[0].(string), at[1].(string))...)
			}).(pulumi.StringOutput),
			Tags: args.Tags.Named(label + "-" + part),
		}, pulumi.Parent(s))
		if err != nil {
			return pulumi.StringOutput{}, fmt.Errorf("creating policy %s of role %s: %w", part, label, err)
		}
		_, err = iam.NewRolePolicyAttachment(ctx, label+"-"+part, &iam.RolePolicyAttachmentArgs{
			Role: made.Name, PolicyArn: granted.Arn,
		}, pulumi.Parent(s))
		if err != nil {
			return pulumi.StringOutput{}, fmt.Errorf("granting policy %s to role %s: %w", part, label, err)
		}
	}
	return made.Arn, nil
}
