//go:build integration

package integration

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
)

// The image that a promotion brings.
const promoted = "public.ecr.aws/docker/library/nginx:1.28.1"

// stage is one of the committed stages, on the local AWS that it shares with the others.
type stage struct {
	*site
	chosen settings
	up     localdeploy.Result // of its first deployment
}

// TestStages is the walk from dev over staging to prod, in one account, as a team goes it: each stage goes up from its
// committed file, a new image is promoted from one to the next, and all are taken down (by `make exhaustive`). What
// differs between them is what their files say.
func TestStages(t *testing.T) {
	t.Parallel()
	account := newSite(t, "dev", "example.jp")
	_, err := account.server.EnsureZone(t.Context(), "staging.example.jp")
	require.NoError(t, err)
	account.baseline, err = account.server.Resources(t.Context())
	require.NoError(t, err)
	names := []string{"dev", "staging", "prod"}
	stages := map[string]*stage{}
	for _, name := range names {
		each := *account
		each.name = name
		stages[name] = &stage{site: &each, chosen: stackFile(t, "Pulumi."+name+".yaml")}
	}

	t.Run("up", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := stages[name].in(t)
				s.up = s.site.up("first up", s.chosen)
				if name == "dev" {
					s.checkWithoutDomain(t)
					s.besideAndAway(t)
				}
			})
		}
	})
	for _, s := range stages {
		require.NotNil(t, s.up.Outputs, "%s is not up", s.name)
	}
	c := account.ask()
	for _, name := range names {
		t.Run("what "+name+" has", func(t *testing.T) {
			c.t = t
			assert.Equal(t, wantedOfStages[name], stages[name].has(c))
		})
	}

	t.Run("promotion", func(t *testing.T) {
		for i, name := range names {
			s := stages[name].in(t)
			s.chosen.set("torii:workloads/site/image", promoted)
			// A second up, in which all else is to stay as it is.
			result := s.site.up(name+" gets the image", s.chosen)
			assert.Equal(t, []string{"aws:ecs/service:Service site"}, updated(result))
			for _, step := range replaced(result) {
				assert.Contains(t, step, "aws:ecs/taskDefinition:TaskDefinition site", "nothing else of %s is replaced or deleted", name)
			}
			c.t = t
			for j, other := range names {
				assert.Equal(t, j <= i, stages[other].image(c) == promoted, "%s after %s has it", other, name)
			}
		}
	})

	t.Run("prod is protected", func(t *testing.T) {
		prod := stages["prod"].in(t)
		standing, err := prod.server.Resources(t.Context())
		require.NoError(t, err)
		_, err = localdeploy.Destroy(t.Context(), prod.spec(prod.chosen))
		require.ErrorContains(t, err, "is protected")
		after, err := prod.server.Resources(t.Context())
		require.NoError(t, err)
		assert.Equal(t, standing, after, "a destroy of a protected stage takes nothing down")
	})
	if !exhaustive { // a tenth of CI's time, and what goes in the other examples' destroys
		return
	}
	t.Run("down", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := stages[name].in(t)
				if name != "dev" { // which nothing protects
					s.chosen.set("torii:operations/protect", false)
					s.site.up("no longer protected", s.chosen)
				}
				result, err := localdeploy.Destroy(t.Context(), s.spec(s.chosen))
				require.NoError(t, err)
				t.Logf("destroy: %v in %s", result.Changes, result.Duration.Round(time.Second))
			})
		}
	})
	c.t = t
	after, err := account.server.Resources(t.Context())
	require.NoError(t, err)
	left := after.Without(account.baseline)
	// What is asked for: the homes as they were. dev's file says that it needs no such thing.
	assert.Equal(t, []int32{50, 200}, c.sizesOf(left["ec2"]["Snapshot"]))
	delete(left["ec2"], "Snapshot")
	account.keptKeys(left, 2) // dev has none of its own
	assert.Zero(t, left.Count(), "left in AWS:\n%s", left)
}

// in hands the stage to a test's part.
func (s *stage) in(t *testing.T) *stage {
	s.t = t
	return s
}
