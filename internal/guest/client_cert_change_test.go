//go:build integration && linux

package guest_test

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/require"

	"torii/edge/authority"
	"torii/internal/guest"
)

// takesUp has the machine look for new certificates now. A start would wait when it is about
// to look again by itself.
func (c *clientCertTest) takesUp(t *testing.T) {
	t.Helper()
	run(t, c.m.Machine, "systemctl", "restart", "torii-certificates")
}

// shown is the serial number of the certificate that the machine shows.
func (c *clientCertTest) shown(t *testing.T) string {
	t.Helper()
	raw, err := net.Dial("tcp", c.network.Address)
	require.NoError(t, err)
	defer raw.Close()
	conn := tls.Client(raw, c.tlsFor(t, "partner-a"))
	require.NoError(t, conn.Handshake())
	return serial(conn.ConnectionState().PeerCertificates[0].SerialNumber.Text(16))
}

func (c *clientCertTest) renewsItsOwn(t *testing.T) {
	before, clients := c.server.Certificate, c.bundles
	require.Equal(t, serialOf(t, before), c.shown(t))
	c.hosts = append(c.hosts, "www."+certHost)
	c.up(t)
	require.NotEqual(t, serialOf(t, before), serialOf(t, c.server.Certificate))
	require.Equal(t, clients["partner-a"], c.bundles["partner-a"])
	require.Equal(t, serialOf(t, before), c.shown(t), "nobody has told it yet")
	c.takesUp(t)
	require.Eventually(t, func() bool { return c.shown(t) == serialOf(t, c.server.Certificate) }, 10*time.Second, 100*time.Millisecond)
	c.sameProcess(t)
	require.Equal(t, 200, c.asks(t, c.classic, c.client(t, "partner-a")).status)
}

// hastyCertificates has the timer look all the time.
const hastyCertificates = "[Timer]\nOnActiveSec=\nOnUnitInactiveSec=\nOnActiveSec=1s\nOnUnitInactiveSec=1s\nAccuracySec=100ms\n"

// revokes takes a client out who is in the middle of a request.
func (c *clientCertTest) revokes(t *testing.T) {
	stays, bundle := c.client(t, "partner-a"), c.bundles["partner-a"]
	gone, serial := c.client(t, "partner-b"), parse(t, c.bundles["partner-b"].Certificate).SerialNumber.Bytes()
	c.revoked = gone
	raw, err := net.Dial("tcp", c.classic.Address)
	require.NoError(t, err)
	defer raw.Close()
	open := tls.Client(raw, c.tlsFor(t, "partner-b"))
	require.Equal(t, 200, c.keepsOpen(t, open, c.path()))

	c.clients = slices.DeleteFunc(c.clients, func(name string) bool { return name == "partner-b" })
	c.up(t)
	require.Equal(t, bundle, c.bundles["partner-a"], "nobody else's changes")
	require.True(t, slices.ContainsFunc(c.issued, func(i authority.Issued) bool {
		return i.Client == "partner-b" && i.Serial == hex.EncodeToString(serial) && i.Revoked
	}), "%+v", c.issued)
	require.Equal(t, 200, c.asks(t, c.network, gone).status, "nobody has told it yet")
	require.Equal(t, 200, c.keepsOpen(t, open, c.path()))
	_, err = fmt.Fprintf(open, "GET / HTTP/1.1\r\nHost: %s\r\n", certHost)
	require.NoError(t, err)

	// The timer does, sooner here than every five minutes.
	const folder = "/etc/systemd/system/torii-certificates.timer.d"
	require.NoError(t, os.MkdirAll(c.m.Path(folder), 0o755))
	require.NoError(t, os.WriteFile(c.m.Path(folder+"/hasty.conf"), []byte(hastyCertificates), 0o600))
	run(t, c.m.Machine, "systemctl", "daemon-reload")
	run(t, c.m.Machine, "systemctl", "restart", "torii-certificates.timer")
	require.Eventually(t, func() bool { return c.asks(t, c.network, gone).status == 400 }, 30*time.Second, 300*time.Millisecond)
	since := time.Now()
	require.NoError(t, os.RemoveAll(c.m.Path(folder)))
	run(t, c.m.Machine, "systemctl", "daemon-reload")
	run(t, c.m.Machine, "systemctl", "restart", "torii-certificates.timer")
	for _, by := range []*guest.PassThrough{c.network, c.classic} {
		a := c.asks(t, by, gone)
		require.Equal(t, 400, a.status)
		require.Contains(t, a.body, "Client certificate refused: it was revoked.")
		require.Equal(t, "FAILED:certificate revoked", c.logged(t, a.request).Verify)
		require.Equal(t, 200, c.asks(t, by, stays).status)
	}
	c.sameProcess(t)

	// The process that knows no better has ten seconds, and then answers nothing that it was asked before.
	time.Sleep(time.Until(since.Add(11 * time.Second)))
	require.NoError(t, open.SetDeadline(time.Now().Add(10*time.Second)))
	if _, err = open.Write([]byte("\r\n")); err == nil {
		_, err = open.Read(make([]byte, 1))
	}
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
}

// takesBack gives a client that was taken out a new certificate.
func (c *clientCertTest) takesBack(t *testing.T) {
	c.clients = append(c.clients, "partner-b")
	c.up(t)
	c.takesUp(t)
	again := c.client(t, "partner-b")
	require.Eventually(t, func() bool { return c.asks(t, c.network, again).status == 200 }, 10*time.Second, 200*time.Millisecond)
	require.Contains(t, c.asks(t, c.network, c.revoked).body, "Client certificate refused: it was revoked.")
	c.sameProcess(t)
}

// keepsTheOld gives the machine sets that it must not take up.
func (c *clientCertTest) keepsTheOld(t *testing.T) {
	who, shown := c.client(t, "partner-a"), c.shown(t)
	set := run(t, c.m.Machine, "readlink", "/run/torii-tls/current")
	another := c.forge(t, forgery{issuer: "another", subject: certHost})
	refuses := func(why string) {
		t.Helper()
		_, err := c.m.Run(t.Context(), "systemctl", "restart", "torii-certificates")
		require.Error(t, err, why)
		require.Eventually(t, func() bool { // the journal is a moment behind
			said := run(t, c.m.Machine, "journalctl", "--output=cat", "--lines=1", "SYSLOG_IDENTIFIER=torii-certificates")
			return strings.Contains(said, why) && strings.HasSuffix(said, "keeping what is there")
		}, 10*time.Second, 200*time.Millisecond, why)
		require.Equal(t, set, run(t, c.m.Machine, "readlink", "/run/torii-tls/current"))
		require.Equal(t, shown, c.shown(t))
		require.Equal(t, 200, c.asks(t, c.network, who).status)
	}
	c.silent.Store(true)
	refuses("aws ssm get-parameters")
	c.silent.Store(false)
	for _, wrong := range []struct{ part, value, why string }{
		{"server-key", contents(t, another.key), "the server's key and certificate do not fit"},
		{"server-certificate", contents(t, another.certificate), "the server's key and certificate do not fit"},
		{"server-certificate", "garbled", "the server's key and certificate do not fit"},
		{"client-authorities", "garbled", "client-authorities"},
		{"client-authorities", contents(t, another.certificate), "client-authorities"},
		{"revocation-lists", "garbled", "revocation-lists"},
	} {
		restore := c.replaces(t, wrong.part, wrong.value)
		refuses(wrong.why)
		restore()
	}
	c.takesUp(t)
	require.Equal(t, set, run(t, c.m.Machine, "readlink", "/run/torii-tls/current"))
	require.ElementsMatch(t, []string{"current", "loaded", set}, strings.Fields(run(t, c.m.Machine, "ls", "/run/torii-tls")), "nothing is left")
	c.sameProcess(t)
}

// replaces gives a parameter another value; what it returns gives it the old one.
func (c *clientCertTest) replaces(t *testing.T, part, value string) func() {
	t.Helper()
	name := parameters + "/" + part
	before, err := c.ssm.GetParameter(context.WithoutCancel(t.Context()), &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	require.NoError(t, err)
	kind := ssmtypes.ParameterTypeString
	if part == "server-key" {
		kind = ssmtypes.ParameterTypeSecureString
	}
	require.Equal(t, kind, before.Parameter.Type)
	c.putParameter(name, value, kind)
	return func() { c.putParameter(name, *before.Parameter.Value, kind) }
}
