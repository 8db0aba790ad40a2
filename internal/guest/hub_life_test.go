//go:build integration && linux

package guest_test

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/require"

	hub "torii/compute/jupyterhub/guest"
)

func (h *hubTest) serverHasLimits(t *testing.T) {
	require.Equal(t, fmt.Sprint(768<<20), h.value(t, unitOfAiko, "MemoryMax"))
	require.Equal(t, "1.500000s", h.value(t, unitOfAiko, "CPUQuotaPerSecUSec"))
}

// privateKernels checks that no other user of the machine can listen to a notebook: its
// kernel talks through sockets in a folder of its user's. By TCP everybody could subscribe
// to its output.
func (h *hubTest) privateKernels(t *testing.T) {
	const runtime = "/run/jupyter-aiko-singleuser"
	connection := run(t, h.m.Machine, "/bin/sh", "-c", "cat "+runtime+"/kernel-*.json")
	require.Equal(t, 1, strings.Count(connection, `"transport": "ipc"`), connection)
	require.Equal(t, "jupyter-aiko 1700", run(t, h.m.Machine, "stat", "--format=%U %a", runtime))
	_, err := h.m.Run(t.Context(), "setpriv", "--reuid=nobody", "--clear-groups", "ls", runtime)
	require.ErrorContains(t, err, "Permission denied")
}

func (h *hubTest) metadataIsForRoot(t *testing.T) {
	metadataIsForRoot(t, h.m.Machine, h.aiko)
	// All that the server knows of AWS is the address that this test gave the whole machine.
	require.Equal(t, "['AWS_ENDPOINT_URL']", h.aiko.runs("import os; print([k for k in os.environ if 'AWS' in k or 'SECRET' in k])"))
}

// fingerprint is what a second run of the user data must not change.
func (h *hubTest) fingerprint(t *testing.T) string {
	t.Helper()
	return h.m.fingerprint(t, "/opt/torii/{hub,user}/.installed /opt/torii/proxy/node_modules/.installed", "torii-hub torii-proxy")
}

func (h *hubTest) secondRun(t *testing.T) {
	before, secret := h.fingerprint(t), h.secret()
	require.Equal(t, "torii-hub: up", h.m.runUserData())
	require.Equal(t, before, h.fingerprint(t))
	require.Equal(t, secret, h.secret())
	h.aiko.isIn()
}

func (h *hubTest) hubIsKilled(t *testing.T) {
	hubPID, serverPID, proxyPID := h.value(t, "torii-hub", "MainPID"), h.value(t, unitOfAiko, "MainPID"), h.value(t, "torii-proxy", "MainPID")
	h.aiko.opensNotebook("analysis.ipynb")
	run(t, h.m.Machine, "systemctl", "kill", "--signal=KILL", "torii-hub")
	// The kernel answers while there is no hub: its websocket goes through the proxy only.
	require.Equal(t, "still 42", h.aiko.runs("print('still', answer)"))
	h.restarts(t, hubPID)
	h.aiko.isIn()
	h.ken.isIn()
	require.Equal(t, serverPID, h.value(t, unitOfAiko, "MainPID"))
	require.Equal(t, proxyPID, h.value(t, "torii-proxy", "MainPID"))
	h.aiko.opensNotebook("analysis.ipynb")
	require.Equal(t, "still 42", h.aiko.runs("print('still', answer)"))
	h.aiko.shows("the answer is 42")
}

// A quiet is a connection to the hub's proxy as the load balancer keeps them: open, and
// silent most of the time.
type quiet struct {
	net.Conn
	since time.Time
}

// newQuiet opens one and uses it once.
func (h *hubTest) newQuiet(t *testing.T) quiet {
	t.Helper()
	conn, err := net.Dial("tcp", h.m.target)
	require.NoError(t, err)
	h.root.Cleanup(func() { conn.Close() })
	q := quiet{conn, time.Now()}
	q.works(t)
	return q
}

// works sends a request. If the proxy did not keep silent connections it would close some
// just as a request is on its way, and the load balancer would answer 502.
func (q quiet) works(t *testing.T) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+q.RemoteAddr().String()+hub.HealthPath, nil)
	require.NoError(t, err)
	require.NoError(t, request.Write(q))
	response, err := http.ReadResponse(bufio.NewReader(q), request)
	require.NoError(t, err)
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.False(t, response.Close, "the proxy says that it closes the connection")
}

func (h *hubTest) connectionIsKept(t *testing.T) {
	h.quiet.works(t)
	t.Logf("a connection has been silent for %s", time.Since(h.quiet.since).Round(time.Second))
}

// plainProcesses checks what the configuration chooses on a machine without systemd, where
// servers are processes of the hub's own.
func (h *hubTest) plainProcesses(t *testing.T) {
	const load = `from traitlets.config.loader import PyFileConfigLoader
print(PyFileConfigLoader("/opt/torii/jupyterhub_config.py").load_config().JupyterHub.spawner_class.__name__)`
	ask := fmt.Sprintf("PYTHONPATH=/opt/torii AWS_ENDPOINT_URL=%s /opt/torii/hub/bin/python -c '%s'", h.endpoint.URL, load)
	require.Equal(t, "SystemdServer", run(t, h.m.Machine, "/bin/sh", "-c", ask))
	require.Equal(t, "LocalServer", run(t, h.m.Machine,
		"unshare", "--mount", "/bin/sh", "-c", "mount -t tmpfs tmpfs /run/systemd && "+ask))
}

// restarts waits until the hub is another process than before, and well.
func (h *hubTest) restarts(t *testing.T, before string) {
	t.Helper()
	require.Eventually(t, func() bool {
		now := h.value(t, "torii-hub", "MainPID")
		return now != "0" && now != before
	}, 2*time.Minute, 500*time.Millisecond)
	h.healthy(t)
}

// takesOver changes the settings and waits until the hub has noticed by itself.
func (h *hubTest) takesOver(t *testing.T, change func(*hub.Settings)) {
	t.Helper()
	before, began := h.value(t, "torii-hub", "MainPID"), time.Now()
	h.changeSettings(change)
	h.restarts(t, before)
	t.Logf("the hub has the new settings after %s", time.Since(began).Round(time.Second))
}

func (h *hubTest) changesAreTakenOver(t *testing.T) {
	yui := newPerson(t, h.browser, hubURL, "yui")
	yui.signsUp(passwordOfKen)
	yui.sees("Something went wrong", 10*time.Second)
	serverPID := h.value(t, unitOfAiko, "MainPID")
	require.Equal(t, 1024<<20, h.m.fileSystemSize(t, "/data"))

	require.NoError(t, h.volume.Grow(2048<<20))
	h.takesOver(t, func(s *hub.Settings) {
		s.Users = append(s.Users, "yui")
		s.UserMemoryMiB = 512
	})
	require.Equal(t, serverPID, h.value(t, unitOfAiko, "MainPID"))
	yui.signsUp(passwordOfKen)
	yui.sees("admin", 10*time.Second)
	h.aiko.opens("/hub/authorize")
	h.aiko.consentsTo("yui")
	yui.logsIn("yui", passwordOfKen)
	yui.isIn()

	// A server that starts from now on has the new limit.
	h.ken.startsServer()
	require.Equal(t, fmt.Sprint(512<<20), h.value(t, "jupyter-ken-singleuser.service", "MemoryMax"))
	require.Equal(t, 2048<<20, h.m.fileSystemSize(t, "/data"))
}

// everybodyOut does what the handbook says under that name.
func (h *hubTest) everybodyOut(t *testing.T) {
	before := h.secret()
	h.putParameter(h.instance.SecretsParameter, "{}", ssmtypes.ParameterTypeSecureString)
	run(t, h.m.Machine, "systemctl", "restart", "torii-proxy", "torii-hub")
	h.healthy(t)
	now := h.secret()
	for _, pair := range [][2]string{
		{before.CookieSecret, now.CookieSecret}, {before.ProxyToken, now.ProxyToken}, {before.CryptKey, now.CryptKey},
		{before.MetricsToken, now.MetricsToken}, {before.FirstPasswords["aiko"], now.FirstPasswords["aiko"]},
	} {
		require.NotEmpty(t, pair[1])
		require.NotEqual(t, pair[0], pair[1])
	}
	for _, p := range []person{h.aiko, h.ken} {
		p.opens("/hub/home")
		require.NoError(t, p.Wait("location.pathname == '/hub/login'", 10*time.Second))
	}
	// Accounts that exist keep their passwords.
	h.aiko.logsIn("aiko", before.FirstPasswords["aiko"])
	h.aiko.isIn()
	h.ken.logsIn("ken", passwordOfKen)
	h.ken.isIn()
}

func (h *hubTest) logsArrive(*testing.T) {
	h.logged("setup", "torii-hub: up")
	h.logged("hub", "JupyterHub is now running")
	h.logged("events", `"action": "start"`, `"username": "aiko"`)
}

func (h *hubTest) roleSuffices(t *testing.T) {
	require.ElementsMatch(t, []string{
		"ec2:AttachVolume", "ssm:GetParameter", "ssm:PutParameter", "secretsmanager:GetSecretValue",
		"logs:CreateLogStream", "logs:PutLogEvents", "cloudwatch:PutMetricData",
	}, slices.Collect(maps.Keys(h.actions(t))))
}
