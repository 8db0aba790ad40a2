//go:build integration && linux

package guest_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"torii/internal/guest"
)

// speaks looks at TLS with openssl.
func (c *clientCertTest) speaks(t *testing.T) {
	who := c.client(t, "partner-a")
	const weak = "DEFAULT:@SECLEVEL=0" // so that it is not openssl itself that refuses
	for _, old := range []string{"-tls1", "-tls1_1"} {
		said := c.openssl(t, c.network, who, "", old, "-cipher", weak)
		require.Contains(t, said, "alert protocol version", old)
		require.Contains(t, said, "Cipher is (NONE)", old)
	}
	for _, cipher := range []string{"ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"} {
		said := c.openssl(t, c.network, who, "", "-tls1_2", "-cipher", cipher+":@SECLEVEL=0")
		require.Contains(t, said, "alert handshake failure", cipher)
	}
	for _, version := range []struct{ option, name, cipher string }{
		{"-tls1_2", "TLSv1.2", "ECDHE-ECDSA-"}, {"-tls1_3", "TLSv1.3", "TLS_"},
	} {
		for _, by := range []*guest.PassThrough{c.network, c.classic} {
			said := c.openssl(t, by, who, request, version.option, "-ign_eof")
			require.Contains(t, said, "New, "+version.name+", Cipher is "+version.cipher)
			require.Contains(t, said, "Verify return code: 0 (ok)", "the server's certificate")
			require.Contains(t, said, "HTTP/1.1 200 OK")
			require.Contains(t, said, "Welcome, partner-a.")
		}
		c.resumesNothing(t, who, version.option)
	}
	said := c.openssl(t, c.network, who, "", "-alpn", "h2,http/1.1")
	require.Contains(t, said, "ALPN protocol: h2")
	require.Contains(t, said, "Acceptable client certificate CA names\n", "browsers choose a certificate by them")
	a := c.asks(t, c.network, who, "--http1.1")
	require.Equal(t, "HTTP/1.1", a.version)
	require.Equal(t, 200, a.status)
}

// resumesNothing comes again with whatever the server has said to remember.
func (c *clientCertTest) resumesNothing(t *testing.T, who holder, version string) {
	t.Helper()
	session := filepath.Join(folder(t, "session"), "session")
	said := c.openssl(t, c.network, who, request, version, "-ign_eof", "-sess_out", session)
	require.Contains(t, said, "Welcome, partner-a.")
	require.NotContains(t, strings.ToLower(said), "session ticket")
	if _, err := os.Stat(session); err != nil {
		return // there was nothing to remember
	}
	said = c.openssl(t, c.network, who, request, version, "-ign_eof", "-sess_in", session)
	require.Contains(t, said, "\nNew, ")
	require.NotContains(t, said, "Reused, ")
}

// standsBehindBalancers checks what load balancers ask, and that they alone are believed.
func (c *clientCertTest) standsBehindBalancers(t *testing.T) {
	for port, balancer := range map[string]*guest.PassThrough{":7080": c.classic, ":7081": c.network} {
		for path, want := range map[string]int{"/health": 200, "/": 404, "/health/": 404, "/index.html": 404} {
			status, err := balancer.Check(t.Context(), certMachine+port, path)
			require.NoError(t, err, port+path)
			require.Equal(t, want, status, port+path)
		}
	}
	_, err := c.classic.Check(t.Context(), certMachine+":7081", "/health")
	require.Error(t, err, "a check without the header where one is due")

	// Nobody gets to TLS without the header.
	bare, err := c.wire.Dial(certMachine + ":443")
	require.NoError(t, err)
	defer bare.Close()
	require.NoError(t, bare.SetDeadline(time.Now().Add(10*time.Second)))
	require.Error(t, tls.Client(bare, c.tlsFor(t, "partner-a")).Handshake())

	// From outside the network of the load balancers, the header is no more than a claim.
	address, err := c.m.Forward(443)
	require.NoError(t, err)
	outside, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer outside.Close()
	_, err = fmt.Fprintf(outside, "PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n")
	require.NoError(t, err)
	path := c.path()
	require.Equal(t, 200, c.keepsOpen(t, tls.Client(outside, c.tlsFor(t, "partner-a")), path))
	logged := c.logged(t, path)
	require.Equal(t, guest.HostAddress, logged.Client)
	require.Equal(t, guest.HostAddress, logged.Through)

	// Plain HTTP on the port for TLS is told so.
	plain, err := c.curl(t, c.network, holder{}, "http://"+certHost+"/")
	require.NoError(t, err)
	require.Equal(t, 400, plain.status)
	require.Contains(t, plain.body, "Plain HTTP on a port for HTTPS.")
}

// tlsFor is how a client of the deployment talks to the machine.
func (c *clientCertTest) tlsFor(t *testing.T, name string) *tls.Config {
	t.Helper()
	pair, err := tls.X509KeyPair([]byte(c.bundles[name].Certificate), []byte(c.bundles[name].PrivateKey))
	require.NoError(t, err)
	return &tls.Config{
		ServerName: certHost, RootCAs: poolOf(t, c.certificate), Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12,
	}
}

// keepsOpen asks for a path on a connection, which then can be used again.
func (c *clientCertTest) keepsOpen(t *testing.T, conn net.Conn, path string) int {
	t.Helper()
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	r, err := http.NewRequest(http.MethodGet, "https://"+certHost+path, nil)
	require.NoError(t, err)
	status, err := ask(conn, r)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Time{}))
	return status
}
