//go:build integration && exhaustive

package integration

import "testing"

// TestWhatIsForgottenIsFoundAgain has the state of stacks with people's data forget everything.
func TestWhatIsForgottenIsFoundAgain(t *testing.T) {
	t.Parallel()
	for _, example := range []string{"jupyterhub", "notebooks"} {
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, "forgotten", "example.jp", "aiko", "ken", "mina")
			chosen := stackFile(t, "examples/Pulumi."+example+".yaml")
			s.up("up", chosen)
			s.forgotten(chosen)
			s.destroyed(chosen)
		})
	}
}
