//go:build integration

package integration

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
	"torii/internal/recovery"
)

// TestEverythingIsFoundAgain: whatever was being made when an update was cut off, it would be found.
func TestEverythingIsFoundAgain(t *testing.T) {
	if !exhaustive {
		t.Skip("make exhaustive")
	}
	for _, example := range []string{"jupyterhub", "web-fleet", "client-cert"} {
		t.Run(example, func(t *testing.T) {
			s := newSite(t, "found-"+example, "example.jp")
			chosen := stackFile(t, "examples/Pulumi."+example+".yaml")
			if example == "jupyterhub" {
				chosen.set("torii:workloads/site", stackFile(t, "examples/Pulumi.fargate-web.yaml")["torii:workloads"].(settings)["site"])
			}
			s.up("up", chosen)
			s.complete()
		})
	}
}

// complete wants everything that the state has to be found in AWS by what was asked for, and nothing else.
func (s *site) complete() {
	s.t.Helper()
	text, err := os.ReadFile(localdeploy.StateFile(s.dir, "torii", s.name))
	require.NoError(s.t, err)
	var file struct {
		Checkpoint struct{ Latest json.RawMessage }
	}
	require.NoError(s.t, json.Unmarshal(text, &file))
	state, err := recovery.Read(file.Checkpoint.Latest)
	require.NoError(s.t, err)
	account := recovery.New(s.asked())
	unfound, err := recovery.Unfound(s.t.Context(), state, account)
	require.NoError(s.t, err)
	require.Empty(s.t, unfound)
	found, err := recovery.Examine(s.t.Context(), state, nil, account)
	require.NoError(s.t, err)
	require.Empty(s.t, found, "AWS has something beside the state")
}
