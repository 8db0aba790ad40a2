//go:build integration && linux

package guest_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"torii/internal/guest"
)

func TestMain(m *testing.M) {
	if err := guest.Prepare(context.Background(), os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// testWriter passes progress to the test's log.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(text []byte) (int, error) {
	w.t.Log(strings.TrimRight(string(text), "\n"))
	return len(text), nil
}

// boot boots a machine that ends with the test.
func boot(t *testing.T, name string, files map[string]string) *guest.Machine {
	t.Helper()
	began := time.Now()
	m, err := guest.Boot(t.Context(), guest.Options{Name: name, Dir: folder(t, name), Files: files, Progress: testWriter{t}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Kill()) })
	t.Logf("%s booted in %s", name, time.Since(began).Round(100*time.Millisecond))
	return m
}

// folder is a folder of the test's own with a short path, as sockets want.
func folder(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "torii-"+name+"-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// browse starts a browser that ends with the test.
func browse(t *testing.T, o guest.BrowserOptions) *guest.Browser {
	t.Helper()
	o.Dir, o.Progress = folder(t, "browser"), testWriter{t}
	b, err := guest.StartBrowser(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

// run runs a command in a machine and returns what it printed, without its last newline.
func run(t *testing.T, m *guest.Machine, command ...string) string {
	t.Helper()
	out, err := m.Run(t.Context(), command...)
	require.NoError(t, err)
	return strings.TrimSuffix(out, "\n")
}

func TestMachineIsLikeOneOnEC2(t *testing.T) {
	t.Parallel()
	m := boot(t, "plain", map[string]string{"/srv/index.html": "<title>plain</title>here I am"})
	require.Equal(t, "plain", run(t, m, "hostname"))

	// Metadata: a token or nothing.
	require.NoError(t, m.ServeMetadata(t.Context(), guest.Metadata{InstanceID: "i-1", Region: "ap-northeast-1"}))
	ask := func(script string) string {
		return run(t, m, "python3", "-c", `
import urllib.request, urllib.error
def ask(path, method="GET", **headers):
    request = urllib.request.Request("http://169.254.169.254/latest/" + path, method=method, headers=headers)
    try:
        return urllib.request.urlopen(request, timeout=5).read().decode()
    except urllib.error.HTTPError as e:
        return str(e.code)
token = {"X-aws-ec2-metadata-token": ask("api/token", "PUT", **{"X-aws-ec2-metadata-token-ttl-seconds": "60"})}
print(`+script+`)`)
	}
	require.Equal(t, "401", ask(`ask("meta-data/instance-id")`))
	require.Equal(t, "i-1", ask(`ask("meta-data/instance-id", **token)`))
	require.Equal(t, "404", ask(`ask("meta-data/tags", **token)`))
	require.Equal(t, "400", ask(`ask("api/token", "PUT")`))

	t.Run("volume", volumeOutlivesMachines)

	// The browser sees a server in the guest through the load balancer, and nothing else.
	run(t, m, "systemd-run", "python3", "-m", "http.server", "8000", "--directory", "/srv")
	address, err := m.Forward(8000)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		response, err := http.Get("http://" + address)
		if err != nil {
			return false
		}
		return response.Body.Close() == nil
	}, 20*time.Second, 100*time.Millisecond)
	balancer, err := guest.NewLoadBalancer(t.Context(), "plain.example.jp")
	require.NoError(t, err)
	browser := browse(t, guest.BrowserOptions{
		Hosts: map[string]string{balancer.Host: balancer.Address}, Pins: []string{balancer.Pin},
	})
	page, err := browser.Person()
	require.NoError(t, err)
	t.Cleanup(page.Close)
	balancer.SetTarget(address)
	require.NoError(t, page.Open("https://plain.example.jp/"))
	text, err := page.Text()
	require.NoError(t, err)
	require.Equal(t, "here I am", text)
	require.ErrorContains(t, page.Open("https://elsewhere.example.jp/"), "net::ERR_NAME_NOT_RESOLVED")
}

// volumeOutlivesMachines checks that a volume appears as on Nitro, grows, and keeps its
// contents when the machine that has mounted it loses its power.
func volumeOutlivesMachines(t *testing.T) {
	volume, err := guest.NewVolume(filepath.Join(folder(t, "disk"), "disk"), "vol-0123", 64<<20)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, volume.Close()) })
	const device = "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123"

	first := boot(t, "first", nil)
	_, err = first.Run(t.Context(), "test", "-e", device)
	require.Error(t, err, "a volume that nobody attached")
	require.NoError(t, volume.Attach(t.Context(), first))
	run(t, first, "mkfs.ext4", "-q", device)
	run(t, first, "mount", device, "/mnt")
	run(t, first, "/bin/sh", "-c", "echo kept > /mnt/note")
	require.NoError(t, volume.Grow(128<<20))
	require.Equal(t, "134217728", run(t, first, "blockdev", "--getsize64", device))
	require.NoError(t, first.Kill())
	require.NoError(t, volume.WaitFree(t.Context()))

	second := boot(t, "second", nil)
	require.NoError(t, volume.Attach(t.Context(), second))
	run(t, second, "mount", device, "/mnt")
	require.Equal(t, "kept", run(t, second, "cat", "/mnt/note"))
	require.NoError(t, second.Kill())
	require.NoError(t, volume.WaitFree(t.Context()))
}
