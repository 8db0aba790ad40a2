//go:build integration && linux

package guest_test

import (
	"time"

	"github.com/stretchr/testify/require"
)

const hubURL = "https://hub.example.jp"

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

// opensNotebook opens a notebook by its address, starting the server if it does not run.
func (p person) opensNotebook(name string) {
	p.t.Helper()
	p.opens("/hub/spawn/" + p.name + "?next=" + "%2Fuser%2F" + p.name + "%2Flab%2Ftree%2F" + name)
	p.waitsForKernel()
}
