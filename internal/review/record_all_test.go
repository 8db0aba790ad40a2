//go:build integration && record

package review_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
)

// only says to take the previews of one stack anew instead of all:
// go test -tags integration,record -timeout 40m -run TestRecord ./internal/review.
const only = "TORII_RECORD"

// TestRecord takes every preview of changes and writes it to testdata, shrunk. With both stacks that takes minutes, so it
// has a tag of its own: TestAPreviewOfTodayReadsAsRecorded is what CI runs.
func TestRecord(t *testing.T) {
	which := os.Getenv(only)
	stacks := map[string]localdeploy.Spec{}
	for name, change := range changes {
		if which != "" && which != change.stack {
			continue
		}
		spec, up := stacks[change.stack]
		if !up {
			spec = deployed(t, change)
			stacks[change.stack] = spec
		}
		whole := previewed(t, spec, change)
		text := shrink(t, whole)
		require.Equal(t, commentOn(t, whole, change.stack), commentOn(t, text, change.stack), "shrinking loses nothing that is read")
		require.NoError(t, os.WriteFile(filepath.Join("testdata", name+".json"), text, 0o644))
	}
}
