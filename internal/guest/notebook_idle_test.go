//go:build integration && linux

package guest_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/require"
)

// A hasty machine looks for idleness every other second, so that a test need not wait.
const (
	hasty      = "/etc/systemd/system/torii-watch.timer.d/hasty.conf"
	hastyTimer = "[Timer]\nOnActiveSec=\nOnUnitActiveSec=\nOnActiveSec=2s\nOnUnitActiveSec=2s\nAccuracySec=500ms\n"
)

// A comparison is what the watch makes of two looks at the machine.
type comparison struct {
	Worked bool
	Busy   bool     // at the second look
	New    []string // traces that changed
	Share  float64  // of one core
}

// between looks at the machine, does something, looks again, and compares.
func (n *notebookTest) between(t *testing.T, do func()) comparison {
	t.Helper()
	python := func(code string) string {
		return run(t, n.m.Machine, "/opt/torii/notebook/bin/python", "-c",
			"import json, time\nfrom torii_notebook import idle\nread = lambda n: json.load(open('/run/look-' + n))\n"+code)
	}
	look := func(name string) {
		python("json.dump(idle.look(time.monotonic()), open('/run/look-" + name + "', 'w'))")
	}
	look("1")
	do()
	look("2")
	text := python(`a, b = read("1"), read("2")
new = [k for k, v in b["traces"].items() if a["traces"].get(k) != v]
print(json.dumps({"Worked": idle.worked(a, b), "Busy": b["busy"], "New": new, "Share": idle.share(a, b)}))`)
	var c comparison
	require.NoError(t, json.Unmarshal([]byte(text), &c))
	return c
}

// signsOfWork checks each sign by itself.
func (n *notebookTest) signsOfWork(t *testing.T) {
	// An open tab with a notebook and a kernel is none, however often it asks for something.
	c := n.between(t, func() { time.Sleep(20 * time.Second) })
	t.Logf("with an open tab Jupyter uses %.2f %% of a core", c.Share*100)
	require.False(t, c.Worked, "%+v", c)
	require.False(t, c.Busy)
	require.Empty(t, c.New)

	c = n.between(t, func() { n.ken.runs("2 + 2") })
	require.True(t, c.Worked)
	require.Len(t, c.New, 1) // the kernel

	n.ken.saves("")
	time.Sleep(2 * time.Second) // with all that follows from having run a cell
	c = n.between(t, func() {
		require.NoError(t, n.ken.Eval(`fetch("/api/contents/new.txt", {method: "PUT", headers: {"X-XSRFToken": `+
			`document.cookie.match(/_xsrf=([^;]*)/)[1]}, body: '{"type": "file", "format": "text", "content": "x"}'}).then(r => r.status)`, nil))
	})
	require.True(t, c.Worked)
	require.Equal(t, []string{"saved"}, c.New)

	var status int
	c = n.between(t, func() {
		status, _ = n.ask(t, http.MethodPost, "/api/terminals", map[string]string{"Authorization": "token " + n.token()})
	})
	require.Equal(t, http.StatusOK, status)
	require.True(t, c.Worked)
	require.Equal(t, []string{"terminal 1"}, c.New)

	time.Sleep(2 * time.Second) // the terminal's shell has shown its prompt
	c = n.between(t, func() {
		run(t, n.m.Machine, "systemd-run", "--quiet", "--uid=jupyter", "timeout", "8", "/bin/sh", "-c", "while :; do :; done")
		time.Sleep(4 * time.Second)
	})
	require.True(t, c.Worked)
	require.Empty(t, c.New)
	require.Greater(t, c.Share, 0.1, "of a core that other tests want as well")
}

// idleStops lets the machine run with a short limit: as long as a cell is busy, and no
// longer, although the tab stays open and AWS has fallen silent.
func (n *notebookTest) idleStops(t *testing.T) {
	require.NoError(t, os.MkdirAll(n.m.Path("/etc/systemd/system/torii-watch.timer.d"), 0o755))
	require.NoError(t, os.WriteFile(n.m.Path(hasty), []byte(hastyTimer), 0o600))
	n.ken.enters("import time; time.sleep(20)")
	busy := time.Now()
	run(t, n.m.Machine, "systemctl", "daemon-reload")
	run(t, n.m.Machine, "systemctl", "restart", "torii-watch.timer")
	n.putParameter(n.instance.SettingsParameter, `{"idleMinutes":0.1}`, ssmtypes.ParameterTypeString)
	require.Eventually(t, func() bool {
		known, err := n.m.Run(t.Context(), "cat", "/var/lib/torii/settings.json")
		return err == nil && strings.Contains(known, "0.1")
	}, 20*time.Second, 500*time.Millisecond)
	n.silent.Store(true)

	time.Sleep(time.Until(busy.Add(18 * time.Second))) // more than twice the limit
	require.Equal(t, "active", run(t, n.m.Machine, "systemctl", "is-active", "torii-notebook"))
	console := n.m.waitEnd(t)
	t.Logf("the machine was off %s after its last cell had ended", time.Since(busy.Add(20*time.Second)).Round(time.Second))
	require.Contains(t, console, "torii-notebook: ken-2 was idle for 0 minutes: powering off")
	require.Contains(t, console, "going on with the last known settings")
	require.Greater(t, time.Since(busy), 25*time.Second)
}
