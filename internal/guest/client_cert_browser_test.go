//go:build integration && linux

package guest_test

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"torii/internal/guest"
)

// opensInBrowser imports what a client was given as people do.
func (c *clientCertTest) opensInBrowser(t *testing.T) {
	b := c.bundles["partner-a"]
	p12, err := base64.StdEncoding.DecodeString(b.P12)
	require.NoError(t, err)
	path := filepath.Join(c.dir, "client.p12")
	require.NoError(t, os.WriteFile(path, p12, 0o600))
	open := func(password string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "openssl", "pkcs12", "-in", path, "-passin", "pass:"+password, "-nodes").CombinedOutput()
		return string(out), err
	}
	said, err := open(b.Password)
	require.NoError(t, err, said)
	require.Regexp(t, "subject=O ?= ?"+organization+", CN ?= ?partner-a\n", said)
	require.Contains(t, said, "-----BEGIN PRIVATE KEY-----")
	said, err = open("wrong")
	require.Error(t, err)
	require.NotContains(t, said, "PRIVATE KEY")

	for _, who := range []struct {
		picture string
		client  *guest.ClientCertificate
		sees    string
	}{
		{"client-cert-none", nil, "No client certificate."},
		{"client-cert", &guest.ClientCertificate{P12: p12, Password: b.Password}, "Welcome, partner-a. " + c.m.id + " answers."},
	} {
		browser := browse(t, guest.BrowserOptions{
			Hosts: map[string]string{certHost: c.network.Address}, Authorities: []string{b.Authority}, Client: who.client,
		})
		page, err := browser.Person()
		require.NoError(t, err)
		require.NoError(t, page.Open("https://"+certHost+"/"))
		require.NoError(t, page.WaitText(who.sees, 10*time.Second))
		keepPicture(t, page, who.picture)
		page.Close()
	}
}
