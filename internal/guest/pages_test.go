//go:build integration && linux

package guest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"torii/internal/guest"
)

// shift is held while a key is pressed.
var shift = chromedp.KeyModifiers(kb.ModifierShift)

// person is somebody with a browser of their own, at one site.
type person struct {
	*guest.Page
	t    *testing.T
	site string // address without a path
	name string
}

// newPerson opens a browser for somebody who is not logged in.
func newPerson(t *testing.T, browser *guest.Browser, site, name string) person {
	t.Helper()
	page, err := browser.Person()
	require.NoError(t, err)
	t.Cleanup(page.Close)
	return person{Page: page, t: t, site: site, name: name}
}

// in is the same person in another test.
func (p person) in(t *testing.T) person {
	p.t = t
	return p
}

// opens goes to a path of the site's.
func (p person) opens(path string) {
	p.t.Helper()
	require.NoError(p.t, p.Open(p.site+path))
}

// sees waits until the page shows a text.
func (p person) sees(text string, limit time.Duration) {
	p.t.Helper()
	require.NoError(p.t, p.WaitText(text, limit))
}

// kernelIsReady is true when the kernel of the notebook in front is connected and has
// nothing to do.
const kernelIsReady = "document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook-ExecutionIndicator[data-status=idle]') && " +
	"document.querySelector('#jp-main-statusbar').innerText.includes('| Idle')"

// waitsForKernel waits until the notebook in front can be worked with. While it starts,
// JupyterLab fills in the notebook and the kernel's state more than once, and drops what is
// typed in between.
func (p person) waitsForKernel() {
	p.t.Helper()
	require.NoError(p.t, p.WaitSteady(kernelIsReady, 2*time.Second, 2*time.Minute))
}

// newNotebook makes a notebook with the launcher.
func (p person) newNotebook() {
	p.t.Helper()
	require.NoError(p.t, p.Click(".jp-LauncherCard[data-category=Notebook]"))
	p.waitsForKernel()
}

// cells are those of the notebook in front.
const cells = "document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell')"

// enters types code into the fresh last cell and runs it.
func (p person) enters(code string) {
	p.t.Helper()
	require.NoError(p.t, p.Eval("[..."+cells+"].at(-1).querySelector('.cm-content').focus()", nil))
	require.NoError(p.t, p.Type(code))
	require.NoError(p.t, p.Press("\r", shift))
}

// runs enters code and returns what it printed.
func (p person) runs(code string) string {
	p.t.Helper()
	var before int
	require.NoError(p.t, p.Eval(cells+".length", &before))
	p.enters(code)
	cell := fmt.Sprintf("%s[%d]", cells, before-1)
	require.NoError(p.t, p.Wait(cell+".querySelector('.jp-InputPrompt').innerText.match(/\\[\\d+\\]/)", time.Minute))
	require.NoError(p.t, p.Wait(cells+".length > "+fmt.Sprint(before), 10*time.Second)) // the next one is there
	var printed string
	require.NoError(p.t, p.Eval("[..."+cell+".querySelectorAll('.jp-OutputArea-output')].map(o => o.innerText).join('\\n')", &printed))
	return strings.TrimSpace(printed)
}

// saves saves the notebook in front, under a name when it has none yet.
func (p person) saves(name string) {
	p.t.Helper()
	require.NoError(p.t, p.Press("s", chromedp.KeyModifiers(kb.ModifierCtrl)))
	if name != "" {
		require.NoError(p.t, p.Fill(".jp-Dialog input", name))
		require.NoError(p.t, p.Click(".jp-Dialog .jp-mod-accept"))
		require.NoError(p.t, p.Wait("!document.querySelector('.jp-Dialog')", 30*time.Second))
	}
}

// shows waits until the notebook in front shows a text near its top.
func (p person) shows(text string) {
	p.t.Helper()
	const panel = "document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden)')"
	// JupyterLab draws only the cells in sight.
	require.NoError(p.t, p.Eval(panel+".querySelector('.jp-WindowedPanel-outer').scrollTop = 0", nil))
	require.NoError(p.t, p.Wait(panel+".innerText.includes('"+text+"')", 10*time.Second))
}

// metadataIsForRoot checks that root gets an answer from the metadata service, and the
// notebook in front none.
func metadataIsForRoot(t *testing.T, m *guest.Machine, p person) {
	t.Helper()
	const ask = `import urllib.request as u; r = u.Request("http://169.254.169.254/latest/api/token", method="PUT", ` +
		`headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"}); `
	require.Regexp(t, "^[A-Z0-9]{26}$", run(t, m, "python3", "-c", ask+"print(u.urlopen(r, timeout=5).read().decode())"))
	said := p.runs(ask + "\ntry: print(u.urlopen(r, timeout=5).read())\nexcept OSError as e: print('no:', e)")
	require.Equal(t, "no: <urlopen error [Errno 111] Connection refused>", said)
}
