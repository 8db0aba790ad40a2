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
	verdict, err := policylint.Judge(t.Context(), os.Stderr, "second-service", all)
	require.NoError(t, err)
	t.Log(verdict.Figures)
	assert.Empty(t, verdict.Severe, "findings above LOW")
	assert.Empty(t, verdict.Stale, "exceptions that nothing needs any more")
}
