package main

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
)

// export says what goes where: the backend, each stage's secrets provider and boundary, and the commands that give GitHub
// its environments and variables. None of it is secret.
func export(
	ctx *pulumi.Context, s settings, at account.Place, kept *state, roles map[string]map[purpose]pulumi.StringOutput,
) error {
	providers, boundaries, arns := pulumi.StringMap{}, pulumi.StringMap{}, pulumi.StringMap{}
	for _, stage := range s.Stages {
		providers[stage] = pulumi.String(secretsProvider(kept.alias, at.Region, stage))
		boundaries[stage] = pulumi.String(boundaryName(s.Project, stage))
		for p, arn := range roles[stage] {
			arns[p.environment(stage)] = arn
		}
	}
	backend := pulumi.Sprintf("s3://%s", kept.bucket.Bucket)
	ctx.Export("backend", backend)
	ctx.Export("secretsProviders", providers)
	ctx.Export("roleBoundaries", boundaries)
	ctx.Export("roles", arns)
	ctx.Export("github", pulumi.All(backend, arns).ApplyT(func(all []any) string {
		return commands(s, at.Region, all[0].(string), all[1].(map[string]string))
	}).(pulumi.StringOutput))
	return nil
}

// secretsProvider is the key's address, as Pulumi reads it. The stage is part of what is encrypted with it: whoever may
// decrypt one stage's secrets can do nothing with another's.
func secretsProvider(alias, region, stage string) string {
	return fmt.Sprintf("awskms://%s?region=%s&context_stage=%s", alias, region, stage)
}

// commands are what tells GitHub, a line each. Only workflows of the protected branch get into the environments of
// deployments and drift; who approves is chosen by hand.
func commands(s settings, region, backend string, roles map[string]string) string {
	var lines []string
	say := func(format string, values ...any) { lines = append(lines, fmt.Sprintf(format, values...)) }
	for _, stage := range s.Stages {
		for _, p := range []purpose{previewing, drifting, deploying} {
			environment := p.environment(stage)
			say("gh api --silent --method PUT repos/%s/environments/%s%s", s.Repository, environment, map[bool]string{
				true: " -F 'deployment_branch_policy[protected_branches]=true' -F 'deployment_branch_policy[custom_branch_policies]=false'",
			}[p != previewing])
			say("gh variable set AWS_ROLE --repo %s --env %s --body %s", s.Repository, environment, roles[environment])
		}
	}
	say("gh variable set AWS_REGION --repo %s --body %s", s.Repository, region)
	// Last, since the workflows speak to AWS as soon as it is there.
	say("gh variable set PULUMI_BACKEND --repo %s --body %s", s.Repository, backend)
	return strings.Join(lines, "\n")
}
