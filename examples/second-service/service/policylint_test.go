//go:build integration

package service

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/policylint"
)

// TestPoliciesPassTheLinter: the roles of a service of another program.
func TestPoliciesPassTheLinter(t *testing.T) {
	w, err := deploy(t, torii("internet"), map[string]string{"host": "api.example.jp", "domain": "example.jp"})
	require.NoError(t, err)
	all, err := policylint.Gather(w.All())
	require.NoError(t, err)
	require.NotEmpty(t, all)
	found, err := policylint.Lint(t.Context(), os.Stderr, all)
	require.NoError(t, err)
	t.Log(policylint.Figures(all, found))
	exceptions, err := policylint.Exceptions("second-service")
	require.NoError(t, err)
	severe, stale := policylint.Verdict(found, exceptions)
	assert.Empty(t, severe, "findings above LOW")
	assert.Empty(t, stale, "exceptions that nothing needs any more")
}
