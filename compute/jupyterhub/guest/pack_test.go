package guest

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPackDropsCommentsAndDocstringsOnly(t *testing.T) {
	packed, err := pack("files/a.py", []byte(`"""What it is."""
# why
def f():
    """Says
    more."""
    # why
    return "# no comment", '"""'  # stays
`))
	require.NoError(t, err)
	assert.Equal(t, "def f():\n    return \"# no comment\", '\"\"\"'  # stays\n", packed)

	packed, err = pack("files/a.service", []byte("# why\n[Unit]\nA=b # c\n"))
	require.NoError(t, err)
	assert.Equal(t, "[Unit]\nA=b # c\n", packed)
}

// TestPackLeavesNoPythonBlockEmpty: a class or function that was only a docstring would be none without it.
func TestPackLeavesNoPythonBlockEmpty(t *testing.T) {
	list, err := machineFiles(someInstance)
	require.NoError(t, err)
	indent := func(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
	blocks := 0
	for _, f := range list {
		if !strings.HasSuffix(f.Path, ".py") {
			continue
		}
		assert.NotContains(t, f.Text, `"""`, f.Path)
		lines := regexp.MustCompile(`\n+`).Split(f.Text, -1)
		for i, line := range lines {
			if !regexp.MustCompile(`^ *(class|def|async def|if|for|while|with|try|except|else)\b.*:$`).MatchString(line) {
				continue
			}
			blocks++
			assert.Greater(t, indent(lines[i+1]), indent(line), "%s: %s", f.Path, line)
		}
	}
	assert.Greater(t, blocks, 80)
}

func TestPackedLockInstallsTheSame(t *testing.T) {
	const path = "files/machine/opt/torii/proxy/package-lock.json"
	original, err := files.ReadFile(path)
	require.NoError(t, err)
	text, err := pack(path, original)
	require.NoError(t, err)

	var before, after map[string]any
	require.NoError(t, json.Unmarshal(original, &before))
	require.NoError(t, json.Unmarshal([]byte(text), &after))
	for _, entry := range before["packages"].(map[string]any) {
		for _, shown := range []string{"license", "engines", "funding"} {
			delete(entry.(map[string]any), shown)
		}
	}
	assert.Equal(t, before, after)
}
