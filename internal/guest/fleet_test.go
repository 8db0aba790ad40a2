//go:build integration && linux

package guest_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	fleet "torii/compute/fleet/guest"
	"torii/internal/guest"
)

// fleetTest is what the steps of TestFleet share.
type fleetTest struct {
	m      *instance
	server fleet.Server
	client *http.Client // in the machine
}

// TestFleet takes a machine of a fleet through its life. Each step builds on those before
// it, so the first that fails ends the test.
func TestFleet(t *testing.T) {
	t.Parallel()
	// A port that only root may listen at, and not the one that stands in for the metadata service.
	f := &fleetTest{server: fleet.Server{Port: 81, HealthPath: "/health", RedirectHTTP: true}}
	data, err := fleet.UserData(f.server)
	require.NoError(t, err)
	s := &site{t: t, root: t}
	f.m = &instance{Machine: boot(t, "fleet", map[string]string{script: s.unpack(data)}), s: s, id: "i-0123456789abcdef0"}
	require.NoError(t, f.m.ServeMetadata(t.Context(), guest.Metadata{InstanceID: f.m.id, Region: region}))
	f.client = &http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(_ context.Context, _, address string) (net.Conn, error) {
			return f.m.Dial(address)
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for _, step := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"fresh machine comes up", func(t *testing.T) { require.Equal(t, "torii-fleet: up", f.m.runUserData()) }},
		{"the page says which machine answers", f.servesThePage},
		{"the health path answers", f.isWell},
		{"plain HTTP is redirected", f.redirects},
		{"no process of it is root", f.isNotRoot},
		{"metadata is for root only", f.metadataIsForRoot},
		{"second run of the user data changes nothing", f.secondRun},
		{"a server that dies comes back", f.serverDies},
		{"a change is taken over by another run", f.changes},
		{"machine is stopped and started", f.machineRestarts},
	} {
		began := time.Now()
		if !t.Run(step.name, func(t *testing.T) { s.t = t; step.do(t) }) {
			f.m.journal(t)
			return
		}
		t.Logf("%s: %s", step.name, time.Since(began).Round(100*time.Millisecond))
	}
}

// get asks the machine over its loopback, with headers as name, value, name, value.
func (f *fleetTest) get(t *testing.T, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	response, body, err := f.try(path, headers...)
	require.NoError(t, err)
	return response, body
}

func (f *fleetTest) try(path string, headers ...string) (*http.Response, string, error) {
	request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", f.server.Port, path), nil)
	if err != nil {
		return nil, "", err
	}
	request.Host = "www.example.jp"
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := f.client.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

// answersAgain waits until the page is served.
func (f *fleetTest) answersAgain(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		response, body, err := f.try("/")
		return err == nil && response.StatusCode == 200 && strings.Contains(body, f.m.id)
	}, 30*time.Second, 200*time.Millisecond)
}

func (f *fleetTest) servesThePage(t *testing.T) {
	response, body := f.get(t, "/")
	require.Equal(t, 200, response.StatusCode)
	require.Contains(t, body, "<p>i-0123456789abcdef0 answers.</p>")
	require.Equal(t, "text/html", response.Header.Get("Content-Type"))
	require.Equal(t, "no-store", response.Header.Get("Cache-Control"))
	require.Equal(t, "nginx", response.Header.Get("Server"), "without its version")
	response, body = f.get(t, "/elsewhere")
	require.Equal(t, 404, response.StatusCode)
	require.NotRegexp(t, `nginx/[0-9]`, body)

	// It listens for the load balancer, and nothing else listens but what stands for the metadata service.
	address, err := f.m.Forward(f.server.Port)
	require.NoError(t, err)
	outside, err := http.Get("http://" + address)
	require.NoError(t, err)
	require.NoError(t, outside.Body.Close())
	require.Equal(t, 200, outside.StatusCode)
	require.ElementsMatch(t, []string{"0.0.0.0:81", "169.254.169.254:80"},
		strings.Fields(run(t, f.m.Machine, "/bin/sh", "-c", "ss -Hltn | awk '{print $4}'")))
}

func (f *fleetTest) isWell(t *testing.T) {
	response, body := f.get(t, f.server.HealthPath, "User-Agent", "ELB-HealthChecker/2.0")
	require.Equal(t, 200, response.StatusCode)
	require.Equal(t, "well\n", body)
}

func (f *fleetTest) redirects(t *testing.T) {
	response, _ := f.get(t, "/a/b?c=d&e=%20", "X-Forwarded-Proto", "http")
	require.Equal(t, 301, response.StatusCode)
	require.Equal(t, "https://www.example.jp/a/b?c=d&e=%20", response.Header.Get("Location"))
	response, body := f.get(t, "/", "X-Forwarded-Proto", "https")
	require.Equal(t, 200, response.StatusCode)
	require.Contains(t, body, "answers.")
}

// isNotRoot checks that neither the first process nor its workers are root, and that they
// can do nothing that other users cannot but listen at the port.
func (f *fleetTest) isNotRoot(t *testing.T) {
	look := `for pid in $(pgrep nginx); do grep -E '^(Uid|CapPrm|CapBnd|NoNewPrivs):' /proc/$pid/status | tr '\n\t' '  '; echo; done`
	processes := strings.Split(run(t, f.m.Machine, "/bin/sh", "-c", look), "\n")
	require.Greater(t, len(processes), 1, "one and its workers")
	for _, status := range processes {
		require.Regexp(t, `^Uid: 6\d{4} 6\d{4} 6\d{4} 6\d{4} CapPrm: 0{13}400 CapBnd: 0{13}400 NoNewPrivs: 1 $`, status)
	}
	require.Equal(t, "masked", f.m.value(t, "nginx", "LoadState"), "the package's own service")
}

func (f *fleetTest) metadataIsForRoot(t *testing.T) {
	const ask = `import urllib.request as u; r = u.Request("http://169.254.169.254/latest/api/token", method="PUT", ` +
		`headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"}); u.urlopen(r, timeout=5)`
	run(t, f.m.Machine, "python3", "-c", ask)
	_, err := f.m.Run(t.Context(), "setpriv", "--reuid=61234", "--clear-groups", "python3", "-c", ask)
	require.ErrorContains(t, err, "Connection refused")
}

func (f *fleetTest) secondRun(t *testing.T) {
	before := f.m.fingerprint(t, "/opt/torii/www/index.html", "torii-fleet")
	require.Equal(t, "torii-fleet: up", f.m.runUserData())
	require.Equal(t, before, f.m.fingerprint(t, "/opt/torii/www/index.html", "torii-fleet"))
}

func (f *fleetTest) serverDies(t *testing.T) {
	before := f.m.value(t, "torii-fleet", "MainPID")
	run(t, f.m.Machine, "kill", "-KILL", before)
	require.Eventually(t, func() bool {
		now := f.m.value(t, "torii-fleet", "MainPID")
		return now != before && now != "0" && f.m.value(t, "torii-fleet", "ActiveState") == "active"
	}, 30*time.Second, 200*time.Millisecond)
	f.answersAgain(t)
}

// changes runs user data of other settings.
func (f *fleetTest) changes(t *testing.T) {
	run(t, f.m.Machine, "sed", "-i", "s/listen 81 /listen 82 /; s/127.0.0.1:81/127.0.0.1:82/", script)
	f.server.Port = 82
	require.Equal(t, "torii-fleet: up", f.m.runUserData())
	f.answersAgain(t)
}

// machineRestarts has no metadata service any more: the machine needs none to serve.
func (f *fleetTest) machineRestarts(t *testing.T) {
	require.NoError(t, f.m.Restart(t.Context()))
	f.answersAgain(t)
	run(t, f.m.Machine, "nft", "list", "table", "inet", "torii")
}
