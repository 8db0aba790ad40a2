//go:build integration

package integration

import (
	"encoding/json"
	"os"

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
