// Package userdatatest checks what must hold of every kind of machine's user data. It needs
// bash, which a developer's machine has beside Go, since make uses it too.
package userdatatest

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/userdata"
)

// Intruder is a command that must never run. Values that would run it if they got near a
// shell are what Check is best given.
const Intruder = "touch /tmp/torii-was-here"

// Check checks a machine's script: it is good bash, it writes each file as it is, and no
// value becomes a command.
func Check(t *testing.T, m userdata.Machine) {
	t.Helper()
	files, err := m.Files()
	require.NoError(t, err)
	assert.Empty(t, bash(t, "-n", save(t, m)))
	for _, f := range files {
		assert.NotContains(t, strings.Split(f.Text, "\n"), userdata.EndOfFile, f.Path)
		assert.True(t, f.Text == "" || strings.HasSuffix(f.Text, "\n"), "%s ends within a line", f.Path)
		if strings.HasSuffix(f.Path, ".py") {
			checkBlocks(t, f)
		}
	}
	writesItsFiles(t, m, files)
	assert.NoFileExists(t, "/tmp/torii-was-here")
}

// writesItsFiles runs the part of the script that writes files, into a folder, twice.
func writesItsFiles(t *testing.T, m userdata.Machine, want []userdata.File) {
	t.Helper()
	root := t.TempDir()
	const write = `source "$1"; root="$2"; write_files; printf '%s\n' "${changed[@]}"`
	changed := strings.Fields(bash(t, "-c", write, "bash", save(t, m), root))
	var paths []string
	for _, f := range want {
		paths = append(paths, f.Path)
		got, err := os.ReadFile(filepath.Join(root, f.Path))
		require.NoError(t, err)
		assert.Equal(t, f.Text, string(got), f.Path)
		info, err := os.Stat(filepath.Join(root, f.Path))
		require.NoError(t, err)
		assert.Equal(t, fs.FileMode(0o644), info.Mode(), f.Path)
	}
	assert.Equal(t, paths, changed)
	assert.ElementsMatch(t, paths, filesUnder(t, root))

	const again = `source "$1"; root="$2"; write_files; echo "${#changed[@]}"`
	assert.Equal(t, "0\n", bash(t, "-c", again, "bash", save(t, m), root), "a second run changes nothing")
}

// filesUnder lists the files in a folder.
func filesUnder(t *testing.T, root string) []string {
	t.Helper()
	var paths []string
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			paths = append(paths, strings.TrimPrefix(path, root))
		}
		return err
	}))
	return paths
}

// opensBlock is a line of Python that must be followed by something indented.
var opensBlock = regexp.MustCompile(`^ *(class|def|async def|if|for|while|with|try|except|else)\b.*:$`)

// checkBlocks checks that no class or function is empty now that it has no docstring.
func checkBlocks(t *testing.T, f userdata.File) {
	t.Helper()
	assert.NotContains(t, f.Text, `"""`, f.Path)
	indent := func(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
	lines := regexp.MustCompile(`\n+`).Split(f.Text, -1)
	for i, line := range lines {
		if opensBlock.MatchString(line) {
			assert.Greater(t, indent(lines[i+1]), indent(line), "%s: %s", f.Path, line)
		}
	}
}

// Steps are the functions that the script's main calls by way of step, in their order, with
// their arguments.
func Steps(t *testing.T, m userdata.Machine) []string {
	t.Helper()
	const list = `source "$1"; step() { printf '%s\n' "${*:2}"; }; last_line() { printf '%s\n' "$1"; }; main`
	return strings.Split(strings.TrimSuffix(bash(t, "-c", list, "bash", save(t, m)), "\n"), "\n")
}

// Run runs shell code among the script's functions with its handling of errors, where
// nothing is logged, nobody sleeps, and systemd is left alone: a script may power its machine
// off. It returns what was printed, and the exit status.
func Run(t *testing.T, m userdata.Machine, code string) (lines []string, status int) {
	t.Helper()
	run := `source "$1"; opt="$2"; logger() { :; }; sleep() { :; }; systemctl() { :; }; trap failed ERR; ` + code
	cmd := exec.Command("bash", "-c", run, "bash", save(t, m), t.TempDir())
	out, err := cmd.Output()
	if cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"), cmd.ProcessState.ExitCode()
}

func bash(t *testing.T, arguments ...string) string {
	t.Helper()
	out, err := exec.Command("bash", arguments...).CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

// save writes a machine's script to a file.
func save(t *testing.T, m userdata.Machine) string {
	t.Helper()
	script, err := m.Script()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "user-data")
	require.NoError(t, os.WriteFile(path, []byte(script), 0o600))
	return path
}
