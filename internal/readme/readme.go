// Package readme lets tests compare parts of README with what they describe.
package readme

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"torii/internal/recorder"
)

// Part returns what stands in README between <!-- marker --> and <!-- /marker -->,
// without blank lines around it. It fails the test when there is no such part.
func Part(t *testing.T, marker string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recorder.Root(), "README.md"))
	if err != nil {
		t.Fatalf("reading README: %v", err)
	}
	_, rest, begins := strings.Cut(string(text), "<!-- "+marker+" -->\n")
	part, _, ends := strings.Cut(rest, "<!-- /"+marker+" -->")
	if !begins || !ends {
		t.Fatalf("README has no part %s", marker)
	}
	return strings.TrimSpace(part)
}
