//go:build integration

package integration

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
	"torii/internal/recovery"
)

// complete wants everything that the state has to be found in AWS by what was asked for, and nothing else: whatever was
// being made when an update is cut off, make recover finds it.
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

// forgotten has the state forget everything that is in AWS, as if an update had been cut off after all of its requests, and
// wants the next update to find all of it, and to make nothing but what may be made again.
func (s *site) forgotten(chosen settings) {
	s.t.Helper()
	standing, err := s.server.Resources(s.t.Context())
	require.NoError(s.t, err)
	var kept, cutOff []any
	s.rewriteState(func(state map[string]any) {
		for _, each := range state["resources"].([]any) {
			resource := each.(map[string]any)
			// What is made again comes after what is found. The next update knows who depends on whom.
			for _, key := range []string{"dependencies", "propertyDependencies"} {
				delete(resource, key)
			}
			kind := resource["type"].(string)
			// A volume that is attached was not being made.
			if resource["custom"] != true || strings.HasPrefix(kind, "pulumi:") || kind == "aws:ebs/volume:Volume" {
				kept = append(kept, each)
				continue
			}
			for _, key := range []string{"id", "outputs", "created", "modified"} {
				delete(resource, key)
			}
			cutOff = append(cutOff, map[string]any{"type": "creating", "resource": resource})
		}
		state["resources"], state["pending_operations"] = kept, cutOff
	})
	require.NotEmpty(s.t, cutOff)

	looking := *s
	looking.through = s.server // what recovery asks is no part of a deployment
	result := looking.up("everything was forgotten", chosen)
	require.Empty(s.t, replaced(result))
	require.Empty(s.t, updated(result))
	found := 0
	for _, each := range result.Settled {
		require.Contains(s.t, []recovery.Verdict{recovery.Made, recovery.Repeats}, each.Verdict, each)
		if each.Verdict == recovery.Made {
			found++
		}
	}
	require.Greater(s.t, found, len(cutOff)/2, "most is found, and not made again")
	require.Equal(s.t, len(cutOff)-found, result.Changes["create"], "what is made again may be")
	s.unchanged(chosen)
	now, err := s.server.Resources(s.t.Context())
	require.NoError(s.t, err)
	require.Equal(s.t, standing, now)
}
