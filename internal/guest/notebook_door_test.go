//go:build integration && linux

package guest_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	notebook "torii/compute/notebooks/guest"
	"torii/internal/guest"
)

// listensOnLoopback checks all that the machine listens at before anybody has come.
func (n *notebookTest) listensOnLoopback(t *testing.T) {
	require.Equal(t, []string{fmt.Sprintf("127.0.0.1:%d", notebook.Port)}, n.listeners(t))
}

// listeners are where the machine listens, of IPv4 and IPv6, but for the metadata service,
// which this test plays.
func (n *notebookTest) listeners(t *testing.T) []string {
	t.Helper()
	var found []string
	for line := range strings.Lines(run(t, n.m.Machine, "ss", "--no-header", "--listening", "--tcp", "--udp", "--numeric")) {
		if address := strings.Fields(line)[4]; address != "169.254.169.254:80" {
			found = append(found, address)
		}
	}
	return found
}

// nothingOutside asks from another machine's network, and proves that it would hear an answer.
func (n *notebookTest) nothingOutside(t *testing.T) {
	neighbour, err := guest.NewNeighbour(t.Context(), n.m.Machine)
	require.NoError(t, err)
	defer neighbour.Close()
	run(t, n.m.Machine, "systemd-run", "--unit=open-door", "python3", "-m", "http.server", "8889", "--bind", "::")
	for _, address := range guest.NeighbourAddresses {
		require.Eventually(t, func() bool {
			conn, err := neighbour.Dial(net.JoinHostPort(address, "8889"))
			return err == nil && conn.Close() == nil
		}, 20*time.Second, 200*time.Millisecond, address)
		_, err := neighbour.Dial(net.JoinHostPort(address, fmt.Sprint(notebook.Port)))
		require.ErrorIs(t, err, syscall.ECONNREFUSED, address)
	}
	run(t, n.m.Machine, "systemctl", "stop", "open-door")
}

// ask sends a request to Jupyter from the machine itself, and returns status and where it
// sends the browser.
func (n *notebookTest) ask(t *testing.T, method, path string, header map[string]string) (int, string) {
	t.Helper()
	client := http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				return n.m.Dial(fmt.Sprintf("127.0.0.1:%d", notebook.Port))
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       time.Minute,
	}
	request, err := http.NewRequestWithContext(t.Context(), method, notebookURL+path, nil)
	require.NoError(t, err)
	for name, value := range header {
		request.Header.Set(name, value)
	}
	if host := header["Host"]; host != "" {
		request.Host = host
	}
	response, err := client.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, response.Header.Get("Location")
}

func (n *notebookTest) withoutToken(t *testing.T) {
	upgrade := map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	}
	for _, c := range []struct {
		method, path string
		header       map[string]string
	}{
		{http.MethodGet, "/api/contents", nil},
		{http.MethodGet, "/api/kernels", nil},
		{http.MethodPost, "/api/kernels", nil},
		{http.MethodPost, "/api/terminals", nil},
		{http.MethodGet, "/api/contents?token=wrong", nil},
		{http.MethodGet, "/api/contents?token=", nil},
		{http.MethodGet, "/api/contents", map[string]string{"Authorization": "token wrong"}},
		{http.MethodGet, "/terminals/websocket/1", upgrade},
		// Somebody else's page that the browser was led to under a name of this machine.
		{http.MethodGet, "/api/contents?token=" + n.token(), map[string]string{"Host": "evil.example:58889"}},
	} {
		status, _ := n.ask(t, c.method, c.path, c.header)
		require.Equal(t, http.StatusForbidden, status, "%s %s", c.method, c.path)
	}
	for _, socket := range []string{"/api/events/subscribe", "/api/kernels/00000000-0000-0000-0000-000000000000/channels"} {
		status, _ := n.ask(t, http.MethodGet, socket, upgrade)
		require.Contains(t, []int{http.StatusForbidden, http.StatusFound}, status, socket)
	}
	status, _ := n.ask(t, http.MethodGet, "/api/contents?token="+n.token(), nil)
	require.Equal(t, http.StatusOK, status)
	for _, page := range []string{"/", "/lab", "/tree", "/files/analysis.ipynb", "/lab?token=wrong"} {
		status, location := n.ask(t, http.MethodGet, page, nil)
		require.Equal(t, http.StatusFound, status, page)
		if page != "/" { // which leads to /lab
			require.True(t, strings.HasPrefix(location, "/login?next="), location)
		}
	}

	mallory := newPerson(t, n.browser, notebookURL, "mallory")
	for _, path := range []string{"/lab", "/lab?token=wrong"} {
		mallory.opens(path)
		mallory.sees("Token authentication is enabled", 10*time.Second)
		address, err := mallory.Address()
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(address, notebookURL+"/login?next="), address)
	}
	require.NoError(t, mallory.Fill("input[name=password]", "wrong"))
	require.NoError(t, mallory.Submit("#login_submit"))
	mallory.sees("Invalid credentials", 10*time.Second)
	var there bool
	require.NoError(t, mallory.Eval("!!document.querySelector('.jp-Launcher')", &there))
	require.False(t, there)
}

func (n *notebookTest) metadataIsForRoot(t *testing.T) {
	metadataIsForRoot(t, n.m.Machine, n.ken)
	// All that the kernel knows of AWS is the address that this test gave the whole machine.
	require.Equal(t, "['AWS_ENDPOINT_URL']", n.ken.runs("import os; print([k for k in os.environ if 'AWS' in k or 'TOKEN' in k])"))
}

// tokenIsNowhere looks for the token, after it was used, wherever it must not be.
func (n *notebookTest) tokenIsNowhere(t *testing.T) {
	const pattern = "/run/pattern" // in memory, and on no command line
	require.NoError(t, os.WriteFile(n.m.Path(pattern), []byte(n.token()), 0o600))
	const look = `grep --recursive --files-with-matches --binary-files=text --file=/run/pattern \
  /etc /var /home /root /tmp /opt/torii/setup /opt/torii/torii_notebook
cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | grep --text --file=/run/pattern
journalctl --no-pager | grep --file=/run/pattern; true`
	require.Empty(t, run(t, n.m.Machine, "/bin/bash", "-c", look))
	require.Equal(t, "/run/torii/token", run(t, n.m.Machine, "grep", "--files-with-matches", "--file="+pattern, "/run/torii/token"))
	require.Equal(t, "root jupyter 711", run(t, n.m.Machine, "/bin/sh", "-c",
		"echo $(stat --format=%U /run/torii) $(stat --format=%U /run/torii/token) $(stat --format=%a /run/torii)"))
	_, err := n.m.Run(t.Context(), "setpriv", "--reuid=nobody", "--clear-groups", "cat", "/run/torii/token")
	require.ErrorContains(t, err, "Permission denied")
}
