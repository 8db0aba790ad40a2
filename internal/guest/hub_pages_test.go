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

const hubURL = "https://hub.example.jp"

// person is somebody with a browser of their own, at the hub.
type person struct {
	*guest.Page
	t    *testing.T
	name string
}

// newPerson opens a browser for somebody who is not logged in.
func newPerson(t *testing.T, browser *guest.Browser, name string) person {
	t.Helper()
	page, err := browser.Person()
	require.NoError(t, err)
	t.Cleanup(page.Close)
	return person{Page: page, t: t, name: name}
}

// in is the same person in another test.
func (p person) in(t *testing.T) person {
	p.t = t
	return p
}

// opens goes to a path of the hub's.
func (p person) opens(path string) {
	p.t.Helper()
	require.NoError(p.t, p.Open(hubURL+path))
}

// sees waits until the page shows a text.
func (p person) sees(text string, limit time.Duration) {
	p.t.Helper()
	require.NoError(p.t, p.WaitText(text, limit))
}

// logsIn fills in the form for a name and a password.
func (p person) logsIn(name, password string) {
	p.t.Helper()
	p.opens("/hub/login?next=%2Fhub%2Fhome")
	require.NoError(p.t, p.Fill("input[name=username]", name))
	require.NoError(p.t, p.Fill("input[name=password]", password))
	require.NoError(p.t, p.Submit("#login_submit"))
}

// signsUp asks for an account.
func (p person) signsUp(password string) {
	p.t.Helper()
	p.opens("/hub/signup")
	require.NoError(p.t, p.Fill("input[name=username]", p.name))
	require.NoError(p.t, p.Fill("input[name=signup_password]", password))
	require.NoError(p.t, p.Fill("input[name=signup_password_confirmation]", password))
	require.NoError(p.t, p.Submit("#signup_submit"))
}

// isIn checks that the person is logged in.
func (p person) isIn() {
	p.t.Helper()
	p.opens("/hub/home")
	require.NoError(p.t, p.Wait("document.querySelector('#logout')", time.Minute))
	p.sees(p.name, time.Second)
}

// startsServer starts the person's server from their home page and waits for JupyterLab.
func (p person) startsServer() {
	p.t.Helper()
	p.opens("/hub/home")
	require.NoError(p.t, p.Submit("#start"))
	require.NoError(p.t, p.Wait("location.pathname.startsWith('/user/') && document.querySelector('.jp-Launcher')", 2*time.Minute))
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

// opensNotebook opens a notebook by its address, starting the server if it does not run.
func (p person) opensNotebook(name string) {
	p.t.Helper()
	p.opens("/hub/spawn/" + p.name + "?next=" + "%2Fuser%2F" + p.name + "%2Flab%2Ftree%2F" + name)
	p.waitsForKernel()
}

// runs types code into a fresh last cell, runs it, and returns what it printed.
func (p person) runs(code string) string {
	p.t.Helper()
	const cells = "document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell')"
	var before int
	require.NoError(p.t, p.Eval(cells+".length", &before))
	require.NoError(p.t, p.Eval("[..."+cells+"].at(-1).querySelector('.cm-content').focus()", nil))
	require.NoError(p.t, p.Type(code))
	require.NoError(p.t, p.Press("\r", chromedp.KeyModifiers(kb.ModifierShift)))
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
