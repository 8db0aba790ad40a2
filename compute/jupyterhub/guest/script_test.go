package guest

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostile has in each value what would be a command if it got near the shell.
var hostile = Instance{
	Region:            "$(touch /tmp/torii-was-here)",
	VolumeID:          "vol-1'; touch /tmp/torii-was-here; '",
	SettingsParameter: "/a`touch /tmp/torii-was-here`\"\\",
	SecretARN:         "x\n" + endOfFile + "\ntouch /tmp/torii-was-here\n",
	LogGroup:          "{{.Port}} %s ${HOME} #",
}

// bash is what a developer's machine has beside Go, since make uses it too.
func bash(t *testing.T, arguments ...string) string {
	t.Helper()
	out, err := exec.Command("bash", arguments...).CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

// save writes the script of an instance to a file.
func save(t *testing.T, i Instance) string {
	t.Helper()
	script, err := Script(i)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "user-data")
	require.NoError(t, os.WriteFile(path, []byte(script), 0o600))
	return path
}

func TestScriptIsGoodBash(t *testing.T) {
	assert.Empty(t, bash(t, "-n", save(t, someInstance)))
	assert.Empty(t, bash(t, "-n", save(t, hostile)))
}

// TestScriptWritesEveryFileAsItIs runs the part of the script that writes files, into a folder.
func TestScriptWritesEveryFileAsItIs(t *testing.T) {
	for _, instance := range []Instance{someInstance, hostile} {
		root := t.TempDir()
		write := `source "$1"; root="$2"; write_files; printf '%s\n' "${changed[@]}"`
		changed := strings.Fields(bash(t, "-c", write, "bash", save(t, instance), root))

		want, err := machineFiles(instance)
		require.NoError(t, err)
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
		assert.Equal(t, paths, filesUnder(t, root))

		text, err := os.ReadFile(filepath.Join(root, instancePath))
		require.NoError(t, err)
		var back Instance
		require.NoError(t, json.Unmarshal(text, &back))
		assert.Equal(t, instance, back)

		again := `source "$1"; root="$2"; write_files; echo "${#changed[@]}"`
		assert.Equal(t, "0\n", bash(t, "-c", again, "bash", save(t, instance), root), "a second run changes nothing")
	}
	assert.NoFileExists(t, "/tmp/torii-was-here")
}

// filesUnder lists the files in a folder in the order in which the script writes them.
func filesUnder(t *testing.T, root string) []string {
	t.Helper()
	var paths []string
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			paths = append(paths, strings.TrimPrefix(path, root))
		}
		return err
	}))
	at := slices.Index(paths, instancePath)
	require.NotEqual(t, -1, at)
	return append([]string{instancePath}, slices.Delete(paths, at, at+1)...)
}

func TestNoFileEndsItsOwnPart(t *testing.T) {
	for _, instance := range []Instance{someInstance, hostile} {
		list, err := machineFiles(instance)
		require.NoError(t, err)
		for _, f := range list {
			assert.NotContains(t, strings.Split(f.Text, "\n"), endOfFile, f.Path)
			assert.True(t, f.Text == "" || strings.HasSuffix(f.Text, "\n"), "%s ends within a line", f.Path)
		}
	}
}

func TestScriptNamesItsStepsInOrder(t *testing.T) {
	script, err := Script(someInstance)
	require.NoError(t, err)
	_, body, found := strings.Cut(script, "\nmain() {\n")
	require.True(t, found)
	body, _, _ = strings.Cut(body, "\n}\n")
	var steps []string
	for line := range strings.Lines(body) {
		fields := strings.Fields(line)
		steps = append(steps, strings.Join(fields[len(fields)-1:], ""))
	}
	assert.Equal(t, []string{"write_files", "install_packages", "make_account", "hub", "user", "share_user_site",
		"install_proxy", "start_services", "wait_for_hub", `"up"`}, steps)
}

// TestAFailedStepIsNamedInTheLastLine runs the script's own machinery around a step that fails.
func TestAFailedStepIsNamedInTheLastLine(t *testing.T) {
	for _, c := range []struct{ step, want string }{
		{`break_it() { false; }`, "torii-hub: NOT UP: breaking it: false"},
		{`break_it() { retry false --really; }`, "torii-hub: NOT UP: breaking it: false --really"},
		{`break_it() { trying="torii-volume: refusing to touch /dev/x"; return 1; }`,
			"torii-hub: NOT UP: breaking it: torii-volume: refusing to touch /dev/x"},
	} {
		run := `source "$1"; opt="$2"; logger() { :; }; sleep() { :; }; trap failed ERR; ` + c.step + `; step "breaking it" break_it; echo reached`
		out, err := exec.Command("bash", "-c", run, "bash", save(t, someInstance), t.TempDir()).Output()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		assert.Equal(t, 1, exit.ExitCode())
		lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		assert.Equal(t, c.want, lines[len(lines)-1])
		assert.NotContains(t, lines, "reached")
	}
}

func TestNothingInTheScriptIsASecret(t *testing.T) {
	script, err := Script(someInstance)
	require.NoError(t, err)
	// What the machine is told is what it may be told, and secrets come into being on the machine.
	_, told, found := strings.Cut(script, "put "+instancePath+" <<'"+endOfFile+"'\n")
	require.True(t, found)
	told, _, _ = strings.Cut(told, "\n")
	var values map[string]string
	require.NoError(t, json.Unmarshal([]byte(told), &values))
	assert.Equal(t, map[string]string{
		"Region": someInstance.Region, "VolumeID": someInstance.VolumeID, "SettingsParameter": someInstance.SettingsParameter,
		"SecretARN": someInstance.SecretARN, "LogGroup": someInstance.LogGroup,
	}, values)
	assert.NotRegexp(t, `(?i)(AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN|password *[=:] *["'][^"']+["']|[^0-9a-f][0-9a-f]{64}[^0-9a-f]`, script)
}
