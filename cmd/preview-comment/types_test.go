package main

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
	"torii/internal/review"
	"torii/stack"
)

// harmless are the types of the examples whose deletion loses nothing and stops nothing by itself. A type that is new in
// the program is to be put here, or into internal/review/types.yaml.
var harmless = regexp.MustCompile(`^(tls:index/certRequest|aws:elb/loadBalancer.*Policy|aws:(appautoscaling/|iam/|cloudwatch/(event|metricAlarm|logResourcePolicy|dashboard|queryDefinition)|sns/|budgets/|` +
	`autoscaling/(policy|schedule):|acm/certificateValidation|kms/alias|ssm/document|ecs/taskDefinition|wafv2/webAclLogging|` +
	`ec2/(defaultNetworkAcl|defaultSecurityGroup|flowLog|networkAcl|networkAclRule):|vpc/securityGroup|` +
	`s3/bucket(OwnershipControls|Policy|ServerSide|Versioning|Lifecycle)|elb/listenerPolicy|lb/targetGroupAttachment))`)

func TestEveryTypeOfTheExamplesIsKnown(t *testing.T) {
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	seen := map[string]bool{}
	for name, file := range files {
		config, err := recorder.Config(file)
		require.NoError(t, err)
		for _, each := range recorder.MustRun(t, name, config, stack.Deploy).All() {
			seen[each.Type] = each.Custom
		}
	}
	require.Greater(t, len(seen), 60)
	for token, custom := range seen {
		if custom && !harmless.MatchString(token) {
			gone := review.Step{Op: "delete", URN: "urn:pulumi:dev::torii::" + token + "::x", Old: &review.State{Type: token, Custom: true}}
			comment, err := review.Comment(review.Digest{Steps: []review.Step{gone}}, review.Options{Stack: "dev"})
			require.NoError(t, err)
			assert.Contains(t, comment, "1 point to look at first", "say in types.yaml what the deletion of a %s loses, or here that it is harmless", token)
		}
	}
}
