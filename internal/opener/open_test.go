//go:build integration

package opener

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const token = "0123456789abcdef0123456789abcdef"

// freePort is a port of this computer that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// read waits for a note of a stand-in.
func (a *account) read(o *opening, name string, value any) {
	a.t.Helper()
	var text []byte
	found := assert.Eventually(a.t, func() bool {
		read, err := os.ReadFile(filepath.Join(a.notes, name))
		text = read
		return err == nil
	}, patience, 100*time.Millisecond, "no %s", name)
	require.True(a.t, found, "the script said: %s", o.err.String())
	require.NoError(a.t, json.Unmarshal(text, value))
}

// steps is what the script said, but for what it waited for, which a busy computer makes it say more often.
func (o *opening) steps() []string {
	lines := strings.Split(strings.TrimSuffix(o.err.String(), "\n"), "\n")
	return slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, "; waiting for ") })
}

// TestOpensAStoppedNotebook: one command, and the browser is in. The machine was stopped, its first token was not made
// yet, and Jupyter comes up last.
func TestOpensAStoppedNotebook(t *testing.T) {
	t.Parallel()
	a, port := newAccount(t, newServer(t)), freePort(t)
	address, start := jupyter(t, token)
	a.notebook("torii-dev-lab", "ken", "ken-1", "1", "another")
	id := a.notebook("torii-dev-lab", "ken", "ken-2", port, "unset")
	a.stop(id)

	tokenAsked := make(chan bool, 100)
	a.between(func(action string) (int, string) {
		if action == "GetParameter" {
			tokenAsked <- true
		}
		return 0, ""
	})
	o := a.open(a.computer(address), "ken-2")
	select {
	case <-tokenAsked:
	case <-time.After(patience):
		t.Fatal("nobody asked for the token: " + o.err.String())
	}
	time.Sleep(time.Second) // the answer was that there is none yet
	a.put("/torii/dev/torii-dev-lab/ken-2/token", token)
	var asked session
	a.read(o, "session", &asked)
	assert.Equal(t, session{
		Target: id, DocumentName: "AWS-StartPortForwardingSession",
		Parameters: map[string][]string{"portNumber": {"8888"}, "localPortNumber": {port}},
	}, asked)
	time.Sleep(2 * time.Second)
	assert.NoFileExists(t, filepath.Join(a.notes, "visit"), "opened before Jupyter answered")
	start()
	var found visit
	a.read(o, "visit", &found)
	url := "http://127.0.0.1:" + port + "/lab?token=" + token
	assert.Equal(t, visit{Page: "-rw-------", Folder: "-rwx------", URL: url, Status: 200}, found)
	assert.Empty(t, processesThatShow(t, token))

	require.NoError(t, o.interrupt())
	require.NoError(t, o.command.Wait(), o.err.String())
	assert.Equal(t, "running", a.state(id))
	assert.Equal(t, []string{
		"ken-2 is stopped; starting it, which takes a minute or two",
		"ken-2 is at " + url,
		"Leave this window open; Ctrl-C closes the way there, and the notebook stops itself when it is idle.",
	}, o.steps())
	assert.Regexp(t, `\nken-2 is pending; waiting for Session Manager \([0-9]+s\)\n`, o.err.String())
	left, err := filepath.Glob(filepath.Join(a.home, "open-notebook*"))
	require.NoError(t, err)
	assert.Empty(t, left, "the page with the token is still there")
}

// processesThatShow are those whose command line or environment has a text in it. Only Linux says.
func processesThatShow(t *testing.T, text string) (found []string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return nil
	}
	for _, name := range []string{"cmdline", "environ"} {
		files, err := filepath.Glob("/proc/[0-9]*/" + name)
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			if content, err := os.ReadFile(file); err == nil && bytes.Contains(content, []byte(text)) {
				found = append(found, file+": "+string(content))
			}
		}
	}
	return found
}

func TestListsNotebooks(t *testing.T) {
	t.Parallel()
	a := newAccount(t, newServer(t))
	nobody := a.open(a.computer(""))
	require.Error(t, nobody.command.Wait())
	assert.Equal(t, "open-notebook: there are no notebooks in this region; is it the right one? (--region)\n", nobody.err.String())

	a.stop(a.notebook("torii-dev-lab", "ken.sato@example.jp", "ken-2", "1", token))
	a.notebook("torii-dev-lab", "aiko", "aiko-1", "1", token)
	a.notebook("torii-prod-lab", "aiko", "aiko-1", "1", token)
	all := a.open(a.computer(""))
	require.NoError(t, all.command.Wait(), all.err.String())
	assert.Equal(t, strings.Join([]string{
		"NOTEBOOK                OWNER                   STATE     TEAM",
		"aiko-1                  aiko                    running   torii-dev-lab",
		"aiko-1                  aiko                    running   torii-prod-lab",
		"ken-2                   ken.sato@example.jp     stopped   torii-dev-lab",
		"",
	}, "\n"), all.out.String())
	one := a.open(a.computer(""), "--team", "torii-prod-lab")
	require.NoError(t, one.command.Wait(), one.err.String())
	assert.Equal(t, strings.Join([]string{
		"NOTEBOOK                OWNER                   STATE     TEAM",
		"aiko-1                  aiko                    running   torii-prod-lab",
		"",
	}, "\n"), one.out.String())
}
