package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/tags"
)

// deploy is the whole program.
func deploy(ctx *pulumi.Context) error {
	chosen, err := load(ctx)
	if err != nil {
		return err
	}
	at, err := whereabouts(ctx)
	if err != nil {
		return err
	}
	// Not the tags of a stage: with those, a stage's deployments could change what holds them.
	marks := tags.ForStack(ctx.Project(), ctx.Stack())
	kept, err := newState(ctx, "state", stateArgs{Project: chosen.Project, Cloud: at, Protect: chosen.Protect, Tags: marks})
	if err != nil {
		return err
	}
	provider, err := gitHub(ctx, chosen.Provider, marks)
	if err != nil {
		return err
	}
	roles := map[string]map[purpose]pulumi.StringOutput{}
	for _, stage := range chosen.Stages {
		made, err := newStage(ctx, stage, stageArgs{
			Settings: chosen, Provider: provider, Bucket: kept.bucket.Bucket, KeyARN: kept.key.Arn, Cloud: at, Tags: marks,
		})
		if err != nil {
			return err
		}
		roles[stage] = made.roles
	}
	return export(ctx, chosen, at, kept, roles)
}

// whereabouts asks AWS where this stands.
func whereabouts(ctx *pulumi.Context) (account.Place, error) {
	caller, err := aws.GetCallerIdentity(ctx, nil)
	if err != nil {
		return account.Place{}, fmt.Errorf("asking AWS which account this is: %w", err)
	}
	partition, err := aws.GetPartition(ctx, nil)
	if err != nil {
		return account.Place{}, fmt.Errorf("asking AWS which partition this is: %w", err)
	}
	region, err := aws.GetRegion(ctx, nil)
	if err != nil {
		return account.Place{}, fmt.Errorf("asking AWS which region this is: %w", err)
	}
	return account.Place{Partition: partition.Partition, Region: region.Name, AccountID: caller.AccountId}, nil
}

// gitHub is the ARN of GitHub's OIDC provider: the account's own, or a new one.
func gitHub(ctx *pulumi.Context, existing string, marks tags.Set) (pulumi.StringOutput, error) {
	if existing != "" {
		return pulumi.String(existing).ToStringOutput(), nil
	}
	made, err := iam.NewOpenIdConnectProvider(ctx, "github", &iam.OpenIdConnectProviderArgs{
		Url:           pulumi.String("https://" + issuer),
		ClientIdLists: pulumi.ToStringArray([]string{audience}),
		// AWS checks GitHub's certificate against its own list of authorities and does not look at these; its interface
		// asked for them until 2024. They are the ones that GitHub announced in June 2023.
		ThumbprintLists: pulumi.ToStringArray([]string{
			"6938fd4d98bab03faadb97b34396831e3780aea1", "1c58a3a8518e8759bf075b76b750d4f2df264fcd",
		}),
		Tags: marks.Named("github"),
	})
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("making GitHub known to the account: %w", err)
	}
	return made.Arn, nil
}
