//go:build integration

package integration

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dlm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localaws"
	"torii/internal/prowler"
	"torii/internal/recorder"
)

// audited are the committed stack files that the auditor looks at: some in one account, beside each other, and some in
// another, as the same hosts occur in several.
var audited = []map[string]string{
	{
		"prod":      "Pulumi.prod.yaml",
		"web-fleet": "examples/Pulumi.web-fleet.yaml",
		"notebooks": "examples/Pulumi.notebooks.yaml",
	},
	{
		"fargate-web": "examples/Pulumi.fargate-web.yaml",
		"jupyterhub":  "examples/Pulumi.jupyterhub.yaml",
		"client-cert": "examples/Pulumi.client-cert.yaml",
	},
}

// adapted are settings with which stacks stand beside each other: each has hosts of its own, and the account one trail of
// sessions, as the local AWS cannot tell two apart.
func adapted(name string, chosen settings) {
	switch name {
	case "fargate-web":
		chosen.set("torii:workloads/site/host", "shop.example.jp")
	case "notebooks", "web-fleet":
		chosen.set("torii:security/trail", "account")
	}
}

// TestAuditor has Prowler look at the production stage and every example while they are up: what it finds is what
// internal/prowler's data file says, no more and no less.
func TestAuditor(t *testing.T) {
	t.Parallel()
	var mutex sync.Mutex
	var both prowler.Report
	ours := localaws.Resources{}
	t.Run("accounts", func(t *testing.T) {
		for i, stacks := range audited {
			t.Run(strconv.Itoa(i+1), func(t *testing.T) {
				t.Parallel()
				report, made := auditedAccount(t, stacks)
				mutex.Lock()
				defer mutex.Unlock()
				both.Add(report)
				ours.Add(made)
			})
		}
	})
	if t.Failed() {
		return
	}
	known, err := prowler.Known()
	require.NoError(t, err)
	verdict := prowler.Judge(both, ours, known)
	t.Logf("Prowler: %s", verdict.Figures)
	assert.Empty(t, verdict.New, "neither mended nor explained in internal/prowler/exceptions.yaml")
	assert.Empty(t, verdict.Stale, "exceptions that nothing needs any more")
}

// auditedAccount deploys stacks beside each other, and returns what Prowler says of all that is in their account, and what
// of that the stacks made.
func auditedAccount(t *testing.T, stacks map[string]string) (prowler.Report, localaws.Resources) {
	t.Helper()
	account := newSite(t, "prod", "example.jp", "aiko", "ken", "mina")
	for _, name := range slices.Sorted(maps.Keys(stacks)) {
		s := *account
		s.name = name
		chosen := stackFile(t, stacks[name])
		adapted(name, chosen)
		s.up(name, chosen)
	}
	account.aDayPasses()
	began := time.Now()
	report, err := prowler.Run(t.Context(), os.Stderr, account.server.URL, recorder.Region)
	require.NoError(t, err)
	t.Logf("Prowler took %s", time.Since(began).Round(time.Second))
	now, err := account.server.Resources(t.Context())
	require.NoError(t, err)
	return report, now.Without(account.baseline)
}

// aDayPasses takes the snapshots that AWS takes each day by the policies that are there, which the local AWS only keeps.
func (s *site) aDayPasses() {
	s.t.Helper()
	c := s.ask()
	policies, err := c.dlm.GetLifecyclePolicies(s.t.Context(), &dlm.GetLifecyclePoliciesInput{})
	require.NoError(s.t, err)
	for _, each := range policies.Policies {
		policy, err := c.dlm.GetLifecyclePolicy(s.t.Context(), &dlm.GetLifecyclePolicyInput{PolicyId: each.PolicyId})
		require.NoError(s.t, err)
		for _, tag := range policy.Policy.PolicyDetails.TargetTags {
			volumes, err := c.ec2.DescribeVolumes(s.t.Context(), &ec2.DescribeVolumesInput{Filters: []ec2types.Filter{
				{Name: aws.String("tag:" + aws.ToString(tag.Key)), Values: []string{aws.ToString(tag.Value)}},
			}})
			require.NoError(s.t, err)
			require.NotEmpty(s.t, volumes.Volumes, "%s takes no snapshots", aws.ToString(each.Description))
			for _, volume := range volumes.Volumes {
				_, err := c.ec2.CreateSnapshot(s.t.Context(), &ec2.CreateSnapshotInput{VolumeId: volume.VolumeId})
				require.NoError(s.t, err)
			}
		}
	}
}
