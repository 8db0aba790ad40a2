//go:build integration && linux

package guest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"torii/internal/guest"
	"torii/internal/toolchain"
)

// bringCommandLine gives a machine the AWS command line, which Amazon Linux has and Debian
// has too old: this project's own, in the version that it pins.
func bringCommandLine(t *testing.T, kit toolchain.Kit, m *guest.Machine) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(filepath.Dir(kit.MotoServer), "..", "lib", "python3*", "site-packages", "awscli"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	to := m.Path("/opt/aws")
	require.NoError(t, os.MkdirAll(to, 0o755))
	for _, each := range []string{
		"awscli", "botocore", "s3transfer", "docutils", "yaml", "colorama", "rsa", "pyasn1", "jmespath", "dateutil", "six.py", "urllib3",
	} {
		out, err := exec.CommandContext(t.Context(), "cp", "-r", filepath.Join(filepath.Dir(found[0]), each), to).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	require.NoError(t, os.WriteFile(m.Path("/usr/local/bin/aws"),
		[]byte("#!/bin/sh\nPYTHONPATH=/opt/aws exec python3 -m awscli \"$@\"\n"), 0o755))
}
