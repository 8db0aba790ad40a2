//go:build integration

package stack_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/policylint"
	"torii/internal/recorder"
	"torii/stack"
)

// TestPoliciesPassTheLinter: every policy document of every committed stack file.
func TestPoliciesPassTheLinter(t *testing.T) {
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	var all []policylint.Document
	for name, file := range files {
		config, err := recorder.Config(file)
		require.NoError(t, err)
		gathered, err := policylint.Gather(recorder.MustRun(t, name, config, stack.Deploy).All())
		require.NoError(t, err, name)
		require.NotEmpty(t, gathered, name)
		for _, each := range gathered {
			each.Name = name + " " + each.Name
			all = append(all, each)
		}
	}
	verdict, err := policylint.Judge(t.Context(), os.Stderr, "stack", all)
	require.NoError(t, err)
	t.Log(verdict.Figures)
	assert.Empty(t, verdict.Severe, "findings above LOW")
	assert.Empty(t, verdict.Stale, "exceptions that nothing needs any more")
}
