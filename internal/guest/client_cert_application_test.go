//go:build integration && linux

package guest_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"torii/edge/authority"
	"torii/internal/guest"
)

// tellsHeaders is an owner's script: a service on port 8080 that answers with the headers
// that it was asked with.
const tellsHeaders = `#!/bin/bash
set -e
cat > /opt/application.py <<'PYTHON'
import http.server, json, time

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b"more\n")
                time.sleep(0.2)
        body = json.dumps({"Path": self.path, "Headers": self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
PYTHON
cat > /etc/systemd/system/application.service <<'UNIT'
[Service]
DynamicUser=yes
ExecStart=/usr/bin/python3 /opt/application.py
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now application
`

// told is what the application was asked.
type told struct {
	Path    string
	Headers [][2]string
}

// all are the values of a header, whatever a framework would take for its name: they read
// X_Client_Name and x-client-name as the same.
func (a told) all(name string) []string {
	plain := func(name string) string { return strings.ReplaceAll(strings.ToLower(name), "_", "-") }
	var values []string
	for _, header := range a.Headers {
		if plain(header[0]) == plain(name) {
			values = append(values, header[1])
		}
	}
	return values
}

// servesAnApplication has the machine pass requests on, of everybody whom the authority
// vouches for.
func (c *clientCertTest) servesAnApplication(t *testing.T) {
	c.nginx.ClientAuth.Application, c.nginx.ClientAuth.Setup, c.nginx.ClientAuth.Clients = 8080, []byte(tellsHeaders), nil
	c.runsUserData(t)
	require.Equal(t, 200, c.asks(t, c.network, c.client(t, "partner-c")).status, "no longer narrowed")
	forged := []string{"X-Client-Subject", "x-client-subject", "X_Client_Subject", "X-Client_Subject", "X-CLIENT-NAME", "X_CLIENT_NAME",
		"X-Client-Serial", "x_client_serial", "X-Client-Verify", "X_Client_Verify", "X-Forwarded-For", "X_Forwarded_For", "x-forwarded-proto",
		"X-Forwarded-Host", "X-Forwarded-Port", "X-Real-IP", "Forwarded", "X-Amzn-Mtls-Clientcert-Subject", "Proxy"}
	var lie []string
	for _, name := range forged {
		lie = append(lie, "--header", name+": forged")
	}
	for _, by := range []*guest.PassThrough{c.network, c.classic} {
		for _, version := range []string{"--http1.1", "--http2"} {
			// A proxy that believed this would take the header off that it has put on.
			more := append(lie, version, "--header", "Connection: close, X-Client-Subject, X-Client-Name")
			if version == "--http2" {
				more = append(lie, version)
			}
			a := c.asks(t, by, c.client(t, "partner-a"), more...)
			require.Equal(t, 200, a.status)
			require.NotContains(t, a.body, "forged")
			var heard told
			require.NoError(t, json.Unmarshal([]byte(a.body), &heard))
			require.Equal(t, a.request, heard.Path)
			serial := c.logged(t, a.request).Serial
			for name, want := range map[string]string{
				"X-Client-Subject": "CN=partner-a,O=" + organization, "X-Client-Name": "partner-a", "X-Client-Serial": serial,
				"X-Client-Verify": "SUCCESS", "X-Forwarded-For": clientAddress, "X-Forwarded-Proto": "https", "Host": certHost,
			} {
				require.Equal(t, []string{want}, heard.all(name), name)
			}
		}
	}
	// Without a good certificate nobody gets as far as the application.
	require.Contains(t, c.asks(t, c.network, holder{}, lie...).body, "No client certificate.")
	require.Contains(t, c.asks(t, c.network, c.revoked, lie...).body, "it was revoked")

	// It is the application that is well or not.
	health := func(want int) {
		t.Helper()
		for port, balancer := range map[string]*guest.PassThrough{":7080": c.classic, ":7081": c.network} {
			status, err := balancer.Check(t.Context(), certMachine+port, "/health")
			require.NoError(t, err)
			require.Equal(t, want, status, port)
		}
	}
	health(http.StatusOK)
	run(t, c.m.Machine, "systemctl", "stop", "application")
	health(http.StatusBadGateway)
	run(t, c.m.Machine, "systemctl", "start", "application")
	require.Eventually(t, func() bool { return c.asks(t, c.network, c.client(t, "partner-a")).status == 200 }, 10*time.Second, 200*time.Millisecond)
}

// changesItsKeys makes the authority and all certificates anew, with keys for old clients.
func (c *clientCertTest) changesItsKeys(t *testing.T) {
	before := c.client(t, "partner-a")
	raw, err := net.Dial("tcp", c.network.Address)
	require.NoError(t, err)
	defer raw.Close()
	endless := tls.Client(raw, c.tlsFor(t, "partner-a"))
	_, err = fmt.Fprintf(endless, "GET /endless HTTP/1.1\r\nHost: %s\r\n\r\n", certHost)
	require.NoError(t, err)
	require.NoError(t, endless.SetReadDeadline(time.Now().Add(time.Minute)))
	first, err := bufio.NewReader(endless).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 200 OK\r\n", first)
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, endless)
		ended <- err
	}()

	c.keyType = authority.RSA
	c.up(t)
	c.takesUp(t)
	since := time.Now()
	require.Eventually(t, func() bool { // until then it shows what is no longer trusted
		a, err := c.curl(t, c.classic, c.client(t, "partner-a"), "https://"+certHost+"/")
		return err == nil && a.status == 200
	}, 10*time.Second, 200*time.Millisecond)
	require.Contains(t, c.openssl(t, c.network, c.client(t, "partner-a"), request, "-tls1_2", "-ign_eof"), "Cipher is ECDHE-RSA-")
	require.Equal(t, 400, c.asks(t, c.network, before).status)
	// What the application has not finished telling by then it does not tell.
	require.NotErrorIs(t, <-ended, os.ErrDeadlineExceeded)
	require.Less(t, time.Since(since), 20*time.Second)
	c.sameProcess(t)
}

// restarts has the metadata service come late: without it there are no certificates, and
// without these no web server.
func (c *clientCertTest) restarts(t *testing.T) {
	const folder = "/etc/systemd/system/torii-certificates.service.d"
	require.NoError(t, os.MkdirAll(c.m.Path(folder), 0o755))
	require.NoError(t, os.WriteFile(c.m.Path(folder+"/hasty.conf"), []byte("[Service]\nRestartSec=3\n"), 0o600))
	require.NoError(t, c.m.Restart(t.Context()))
	require.Equal(t, "inactive", c.m.value(t, "torii-fleet", "ActiveState"))
	require.Empty(t, run(t, c.m.Machine, "/bin/sh", "-c", "ls /run/torii-tls 2>/dev/null; ss -Hltn 'sport = :443'"))
	c.surround(t)
	require.Eventually(t, func() bool {
		a, err := c.curl(t, c.network, c.client(t, "partner-a"), "https://"+certHost+"/")
		return err == nil && a.status == 200
	}, time.Minute, 500*time.Millisecond)
	require.Equal(t, 400, c.asks(t, c.classic, holder{}).status)
	run(t, c.m.Machine, "nft", "list", "table", "inet", "torii")
}
