//go:build integration && linux

package guest_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	hub "torii/compute/jupyterhub/guest"
	"torii/internal/guest"
)

// The people of the hub.
const (
	passwordOfKen = "correct horse battery"
	note          = "/data/homes/jupyter-aiko/analysis.ipynb"
	unitOfAiko    = "jupyter-aiko-singleuser.service"
)

// hubTest is what the steps of TestJupyterHub share.
type hubTest struct {
	*hubSite
	m       *hubMachine
	browser *guest.Browser
	aiko    person // the admin
	ken     person // a user
	quiet   quiet

	measurements int // metrics that steps asked for
}

// TestJupyterHub takes a hub through its life, on two machines. Each step builds on those
// before it, so the first that fails ends the test.
func TestJupyterHub(t *testing.T) {
	t.Parallel()
	h := &hubTest{hubSite: newHubSite(t, 1024, hub.Settings{
		PublicURL: hubURL + "/", Authenticator: hub.Native, Admins: []string{"aiko"}, Users: []string{"ken"},
		UserMemoryMiB: 768, UserCPUs: 1.5, IdleMinutes: 60,
	})}
	h.browser = browse(t, guest.BrowserOptions{
		Hosts: map[string]string{h.balancer.Host: h.balancer.Address}, Pins: []string{h.balancer.Pin},
	})
	h.m = h.launch("hub-a", ec2types.InstanceTypeT3Large)
	h.aiko, h.ken = newPerson(t, h.browser, hubURL, "aiko"), newPerson(t, h.browser, hubURL, "ken")
	for _, step := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"fresh machine comes up", h.comesUp},
		{"new hub is measured", h.newHubIsMeasured},
		{"admin logs in with the first password", h.adminLogsIn},
		{"strangers are refused", h.strangersAreRefused},
		{"somebody new waits for the admin", h.newcomerWaits},
		{"notebook runs and is saved", h.notebookRuns},
		{"running server is measured", h.runningServerIsMeasured},
		{"server has its limits", h.serverHasLimits},
		{"kernels are private", h.privateKernels},
		{"metadata is for root only", h.metadataIsForRoot},
		{"second run of the user data changes nothing", h.secondRun},
		{"hub is killed and comes back", h.hubIsKilled},
		{"used hub is measured", h.usedHubIsMeasured},
		{"stopped hub is measured", h.stoppedHubIsMeasured},
		{"token of the metrics reads nothing else", h.onlyMetricsByItsToken},
		{"settings and a grown volume are taken over", h.changesAreTakenOver},
		{"silent connection is kept", h.connectionIsKept},
		{"without systemd, servers are plain processes", h.plainProcesses},
		{"new machine has everything", h.newMachine},
		{"machine is stopped and started", h.machineRestarts},
		{"emptied secrets are made anew", h.everybodyOut},
		{"people come by single sign-on", h.singleSignOn},
		{"logs are in CloudWatch", h.logsArrive},
		{"metrics are sent by the clock", h.timerMeasures},
		{"role allows what was asked for", h.roleSuffices},
		{"unknown volume is refused", h.unknownVolume},
	} {
		began := time.Now()
		if !t.Run(step.name, func(t *testing.T) { h.inStep(t); step.do(t) }) {
			h.explain(t)
			return
		}
		t.Logf("%s: %s", step.name, time.Since(began).Round(100*time.Millisecond))
	}
}

// inStep makes failures those of the step.
func (h *hubTest) inStep(t *testing.T) {
	h.t = t
	h.aiko, h.ken = h.aiko.in(t), h.ken.in(t)
}

// explain logs what the machine says, for somebody who reads why a step failed.
func (h *hubTest) explain(t *testing.T) {
	h.m.journal(t)
	keepPicture(t, h.aiko.Page, "aiko")
	keepPicture(t, h.ken.Page, "ken")
}

// value is a property of a unit.
func (h *hubTest) value(t *testing.T, unit, property string) string {
	t.Helper()
	return h.m.value(t, unit, property)
}

// status asks the hub for a path through the load balancer, as nobody, and returns what it
// answers.
func (h *hubTest) status(t *testing.T, path string) int {
	t.Helper()
	return h.statusWith(t, path, "")
}

// statusWith does so with a token of JupyterHub's.
func (h *hubTest) statusWith(t *testing.T, path, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, hubURL+path, nil)
	require.NoError(t, err)
	if token != "" {
		request.Header.Set("Authorization", "token "+token)
	}
	response, err := h.balancer.Client().Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

// healthy waits until the hub answers the load balancer's health check.
func (h *hubTest) healthy(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		response, err := h.balancer.Client().Get(hubURL + hub.HealthPath)
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	}, 2*time.Minute, 500*time.Millisecond)
}

func (h *hubTest) comesUp(t *testing.T) {
	require.Equal(t, "torii-hub: up", h.m.runUserData())
	h.healthy(t)
	require.Equal(t, http.StatusForbidden, h.status(t, "/hub/metrics"))
	require.Equal(t, http.StatusForbidden, h.status(t, "/hub/api/users"))
	h.quiet = h.newQuiet(t)
	made := h.secret()
	require.Regexp(t, "^[0-9a-f]{64}$", made.CookieSecret)
	require.Regexp(t, "^[0-9a-f]{64}$", made.ProxyToken)
	require.Regexp(t, "^[0-9a-f]{64}$", made.CryptKey)
	require.Regexp(t, "^[0-9a-f]{64}$", made.MetricsToken)
	require.Len(t, made.FirstPasswords, 1)
	require.Equal(t, []string{"SecureString", "alias/torii-test", "Intelligent-Tiering"}, h.howKept())
	// Nothing of it is in what anybody may read who may look at the instance, or on a disk.
	for _, secret := range []string{made.CookieSecret, made.ProxyToken, made.CryptKey, made.MetricsToken, made.FirstPasswords["aiko"]} {
		_, err := h.m.Run(t.Context(), "grep", "--recursive", "--files-with-matches", "--binary-files=text", secret,
			script, "/opt/torii/torii_hub", "/etc", "/data", "/var/log", "/home")
		require.ErrorContains(t, err, "exit status 1") // grep's "found nothing"
	}
}

func (h *hubTest) adminLogsIn(t *testing.T) {
	h.aiko.logsIn("aiko", h.secret().FirstPasswords["aiko"])
	h.aiko.isIn()
}

func (h *hubTest) strangersAreRefused(t *testing.T) {
	mallory := newPerson(t, h.browser, hubURL, "mallory")
	mallory.logsIn("mallory", "a long enough password")
	mallory.sees("Invalid username or password", 10*time.Second)
	mallory.logsIn("aiko", "not the first password")
	mallory.sees("Invalid username or password", 10*time.Second)
	// Neither an admin's name nor one that the settings do not list can be had.
	for _, name := range []string{"mallory", "aiko"} {
		mallory.name = name
		mallory.signsUp("a long enough password")
		mallory.sees("Something went wrong", 10*time.Second)
		mallory.logsIn(name, "a long enough password")
		mallory.sees("Invalid username or password", 10*time.Second)
	}
}

func (h *hubTest) newcomerWaits(*testing.T) {
	h.ken.signsUp("too short")
	h.ken.sees("password", 10*time.Second)
	h.ken.signsUp(passwordOfKen)
	h.ken.sees("admin", 10*time.Second)
	h.ken.logsIn("ken", passwordOfKen)
	h.ken.sees("has not been authorized", 10*time.Second)

	h.aiko.opens("/hub/authorize")
	h.aiko.consentsTo("ken")
	h.ken.logsIn("ken", passwordOfKen)
	h.ken.isIn()
}

// consentsTo clicks on the button that lets somebody in.
func (p person) consentsTo(name string) {
	p.t.Helper()
	require.NoError(p.t, p.Submit("tr#"+name+" a[href$='/authorize/"+name+"']"))
	require.NoError(p.t, p.Wait("document.querySelector('tr#"+name+"').innerText.includes('Yes')", 10*time.Second))
}

func (h *hubTest) notebookRuns(t *testing.T) {
	h.aiko.startsServer()
	h.aiko.newNotebook()
	require.Equal(t, "the answer is 42", h.aiko.runs("answer = 6 * 7; print('the answer is', answer)"))
	h.aiko.saves("analysis")
	h.noteHas(t, "the answer is 42")
	require.Equal(t, "/data", run(t, h.m.Machine, "findmnt", "--noheadings", "--output=TARGET", "--target", note))
	require.Equal(t, "jupyter-aiko jupyter-aiko 700", run(t, h.m.Machine, "stat", "--format=%U %G %a", "/data/homes/jupyter-aiko"))

	require.NoError(t, h.aiko.Wait("document.querySelector('.jp-DirListing').innerText.includes('analysis.ipynb')", 20*time.Second))
	picture, err := h.aiko.Screenshot()
	require.NoError(t, err)
	path := os.Getenv("TORII_SCREENSHOT") // where the docs keep theirs, when it is to be renewed
	if path == "" {
		path = filepath.Join(h.root.ArtifactDir(), "jupyterhub-notebook.png")
	}
	require.NoError(t, os.WriteFile(path, picture, 0o644))

	// More than the 8 KB that the web ACL would look into.
	require.Equal(t, "seen", h.aiko.runs("from IPython.display import HTML; HTML('<!--' + 'long ' * 4000 + '-->seen')"))
	h.aiko.saves("")
	h.noteHas(t, strings.Repeat("long ", 4000))
}

// noteHas waits until the notebook on the data volume has a text.
func (h *hubTest) noteHas(t *testing.T, text string) {
	t.Helper()
	var contents string
	var err error
	require.Eventually(t, func() bool {
		contents, err = h.m.Run(t.Context(), "cat", note)
		return err == nil && strings.Contains(contents, text)
	}, 20*time.Second, 200*time.Millisecond, "%s", message{func() string { return fmt.Sprintf("%v: it has %s", err, contents) }})
}
