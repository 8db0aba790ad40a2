//go:build integration && linux

package guest_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// certFolder is where the machine keeps what it has fetched.
const certFolder = "/run/torii-tls/current/"

func (c *clientCertTest) comesUp(t *testing.T) {
	c.up(t)
	c.surround(t)
	c.runsUserData(t)
	require.ElementsMatch(t, []string{"0.0.0.0:443", "0.0.0.0:7080", "0.0.0.0:7081", "169.254.169.254:80"},
		strings.Fields(run(t, c.m.Machine, "/bin/sh", "-c", "ss -Hltn | awk '{print $4}'")))
	require.Equal(t, "active", c.m.value(t, "torii-certificates.timer", "ActiveState"))
	require.Equal(t, "enabled", c.m.value(t, "torii-certificates.timer", "UnitFileState"))
	require.Contains(t, c.m.value(t, "torii-certificates.timer", "TimersMonotonic"), "=5min")
	require.Equal(t, "success", c.m.value(t, "torii-certificates", "Result"))

	// It has asked for nothing but its parameters.
	for _, call := range c.endpoint.Calls() {
		require.Equal(t, "ssm:GetParameters", call.Action)
		require.Equal(t, roleKey, call.KeyID)
		var asked struct {
			Names          []string
			WithDecryption bool
		}
		require.NoError(t, json.Unmarshal(call.Body, &asked))
		require.True(t, asked.WithDecryption)
		require.ElementsMatch(t, []string{
			parameters + "/server-key", parameters + "/server-certificate", parameters + "/client-authorities", parameters + "/revocation-lists",
		}, asked.Names)
	}
	fleet := &fleetTest{m: c.m}
	fleet.isNotRoot(t)
	fleet.metadataIsForRoot(t)
}

func (c *clientCertTest) keepsItsKey(t *testing.T) {
	require.Equal(t, "tmpfs", run(t, c.m.Machine, "stat", "--file-system", "--format=%T", certFolder))
	require.Equal(t, strings.Join([]string{
		"client-authorities 640 root torii-tls", "revocation-lists 640 root torii-tls",
		"server-certificate 640 root torii-tls", "server-key 640 root torii-tls",
	}, "\n"), run(t, c.m.Machine, "/bin/sh", "-c", "cd "+certFolder+"; stat --format='%n %a %U %G' *"))
	require.Equal(t, "750 root torii-tls\n750 root torii-tls",
		run(t, c.m.Machine, "stat", "--dereference", "--format=%a %U %G", "/run/torii-tls", certFolder))
	_, err := c.m.Run(t.Context(), "setpriv", "--reuid=61234", "--clear-groups", "cat", certFolder+"server-key")
	require.ErrorContains(t, err, "Permission denied")
	require.Equal(t, c.server.PrivateKey, run(t, c.m.Machine, "cat", certFolder+"server-key")+"\n")

	// No disk has it, and no argument or environment.
	require.NoError(t, os.WriteFile(c.m.Path("/run/inside"), []byte(strings.Split(c.server.PrivateKey, "\n")[1]), 0o600))
	const look = `find / -xdev -type f -mmin -60 -print0 | xargs -0 grep -lsF -f /run/inside
cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | grep -caF -f /run/inside; true`
	require.Equal(t, "0", run(t, c.m.Machine, "/bin/sh", "-c", look))
}

func (c *clientCertTest) secondRun(t *testing.T) {
	before := c.m.fingerprint(t, certFolder+"server-key", "torii-fleet")
	c.runsUserData(t)
	require.Equal(t, before, c.m.fingerprint(t, certFolder+"server-key", "torii-fleet"))
}
