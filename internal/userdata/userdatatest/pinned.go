package userdatatest

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	exact     = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*)==([0-9]+(?:\.[0-9]+)*(?:\.post[0-9]+)?)$`)
	separator = regexp.MustCompile(`[-_.]+`) // one is as good as another in a package's name
)

// Pinned reads a machine's list of Python packages: versions by names as PyPI compares
// them. It fails on a line that does not name one exact version.
func Pinned(t *testing.T, own fs.FS, list string) map[string]string {
	t.Helper()
	text, err := fs.ReadFile(own, "files/machine/opt/torii/requirements-"+list+".txt")
	require.NoError(t, err)
	pinned := map[string]string{}
	for line := range strings.Lines(string(text)) {
		match := exact.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		require.NotNil(t, match, "%s: %q is not package==version", list, line)
		name := strings.ToLower(separator.ReplaceAllString(match[1], "-"))
		assert.NotContains(t, pinned, name)
		pinned[name] = match[2]
	}
	return pinned
}
