//go:build integration && linux

package guest_test

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"torii/internal/guest"
)

// holder is somebody with a certificate, in files; the zero value has none.
type holder struct{ certificate, key string }

// hold puts a certificate and its key into files.
func (c *clientCertTest) hold(t *testing.T, certificate, key string) holder {
	t.Helper()
	dir, err := os.MkdirTemp(c.dir, "holder-")
	require.NoError(t, err)
	h := holder{filepath.Join(dir, "certificate.pem"), filepath.Join(dir, "key.pem")}
	require.NoError(t, os.WriteFile(h.certificate, []byte(certificate), 0o600))
	require.NoError(t, os.WriteFile(h.key, []byte(key), 0o600))
	return h
}

// client is who a deployment has given a certificate to.
func (c *clientCertTest) client(t *testing.T, name string) holder {
	t.Helper()
	b, ok := c.bundles[name]
	require.True(t, ok, name)
	return c.hold(t, b.Certificate, b.PrivateKey)
}

// answer is what curl was told.
type answer struct {
	request string // path and query, different each time
	status  int
	version string // of HTTP
	headers textproto.MIMEHeader
	body    string
}

// curl asks the machine by way of a load balancer, from an address of this machine's
// loopback. It trusts the deployment's authority only, and nobody when the name is another.
func (c *clientCertTest) curl(t *testing.T, by *guest.PassThrough, who holder, more ...string) (answer, error) {
	t.Helper()
	args := []string{
		"--silent", "--show-error", "--max-time", "20", "--noproxy", "*", "--include", "--interface", clientAddress,
		"--connect-to", "::" + by.Address, "--cacert", c.trusted(t),
	}
	if who.certificate != "" {
		args = append(args, "--cert", who.certificate, "--key", who.key)
	}
	cmd := exec.CommandContext(t.Context(), "curl", append(args, more...)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return answer{}, fmt.Errorf("curl: %w: %s", err, said.String())
	}
	return parseAnswer(t, string(out)), nil
}

// asks is curl for the page, which must be answered.
func (c *clientCertTest) asks(t *testing.T, by *guest.PassThrough, who holder, more ...string) answer {
	t.Helper()
	path := c.path()
	a, err := c.curl(t, by, who, append(more, "https://"+certHost+path)...)
	require.NoError(t, err)
	a.request = path
	return a
}

// path is the page under a path that nobody has asked for yet.
func (c *clientCertTest) path() string {
	c.asked++
	return fmt.Sprintf("/?%d", c.asked)
}

// parseAnswer reads an answer with its headers.
func parseAnswer(t *testing.T, text string) answer {
	t.Helper()
	first, rest, _ := strings.Cut(text, "\r\n") // HTTP/2 200
	fields := strings.Fields(first)
	require.GreaterOrEqual(t, len(fields), 2, text)
	status, err := strconv.Atoi(fields[1])
	require.NoError(t, err)
	head, body, _ := strings.Cut(rest, "\r\n\r\n")
	headers, err := textproto.NewReader(bufio.NewReader(strings.NewReader(head + "\r\n\r\n"))).ReadMIMEHeader()
	require.NoError(t, err)
	return answer{status: status, version: fields[0], headers: headers, body: body}
}

// trusted is a file with the authority that signs servers.
func (c *clientCertTest) trusted(t *testing.T) string {
	t.Helper()
	path := filepath.Join(c.dir, "authority.pem")
	require.NoError(t, os.WriteFile(path, []byte(c.certificate), 0o600))
	return path
}

// openssl talks to the machine with openssl's s_client, and returns all that it says.
func (c *clientCertTest) openssl(t *testing.T, by *guest.PassThrough, who holder, say string, more ...string) string {
	t.Helper()
	args := []string{"s_client", "-connect", by.Address, "-servername", certHost, "-verify_hostname", certHost, "-CAfile", c.trusted(t)}
	if who.certificate != "" {
		args = append(args, "-cert", who.certificate, "-key", who.key)
	}
	cmd := exec.CommandContext(t.Context(), "openssl", append(args, more...)...)
	cmd.Stdin = strings.NewReader(say)
	out, _ := cmd.CombinedOutput() //nolint:errcheck // what it says is what counts
	return string(out)
}

// request is what s_client says to ask for the page.
const request = "GET / HTTP/1.1\r\nHost: " + certHost + "\r\nConnection: close\r\n\r\n"

// logged is what nginx notes of a request.
type logged struct{ Client, Through, Subject, Serial, Verify, TLS, Request, Status string }

// logged is the line of the access log for a path.
func (c *clientCertTest) logged(t *testing.T, path string) logged {
	t.Helper()
	var found logged
	require.Eventually(t, func() bool {
		lines := run(t, c.m.Machine, "journalctl", "--output=cat", "--lines=50", "SYSLOG_IDENTIFIER=torii_access")
		for line := range strings.Lines(lines) {
			require.NoError(t, json.Unmarshal([]byte(line), &found), line)
			if strings.Contains(found.Request, " "+path+" ") {
				return true
			}
		}
		return false
	}, 10*time.Second, 100*time.Millisecond, path)
	return found
}

// ask sends a request on a connection, and returns the status of the answer.
func ask(conn net.Conn, r *http.Request) (int, error) {
	if err := r.Write(conn); err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// serial is a serial number as numbers are compared.
func serial(hex string) string { return strings.TrimLeft(strings.ToLower(hex), "0") }

// serialOf is that of a certificate.
func serialOf(t *testing.T, certificate string) string {
	t.Helper()
	return serial(parse(t, certificate).SerialNumber.Text(16))
}

// poolOf trusts a certificate.
func poolOf(t *testing.T, certificate string) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM([]byte(certificate)))
	return pool
}

// contents are those of a file.
func contents(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}
