//go:build integration

package opener

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// between puts a program between the computer and AWS that may answer in AWS's place; answer returns "" to let AWS.
func (a *account) between(answer func(action string) (status int, body string)) {
	a.t.Helper()
	target, err := url.Parse(a.server.URL)
	require.NoError(a.t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		if form, err := url.ParseQuery(string(body)); err == nil && action == "" {
			action = form.Get("Action")
		}
		status, text := answer(action)
		if text == "" {
			proxy.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	a.t.Cleanup(server.Close)
	a.url = server.URL
}

// refuses makes AWS deny one operation.
func (a *account) refuses(operation string) {
	message := "User: arn:aws:iam::123456789012:user/aiko is not authorized to perform: " + operation
	a.between(func(action string) (int, string) {
		switch {
		case action != operation:
			return 0, ""
		case operation == "StartInstances":
			return 403, "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>" + message +
				"</Message></Error></Errors><RequestID>1</RequestID></Response>"
		}
		return 400, `{"__type":"AccessDeniedException","Message":"` + message + `"}`
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	// denied is what is said to somebody whom AWS denies an operation.
	denied := func(doing, code, operation string) string {
		return "AWS does not let you " + doing + ", which is ken's. Is it yours? Notebooks open for their owners only. AWS said:\n" +
			"An error occurred (" + code + ") when calling the " + operation + " operation: " +
			"User: arn:aws:iam::123456789012:user/aiko is not authorized to perform: " + operation + "\n"
	}
	without := func(environment []string, name string) []string {
		return slices.DeleteFunc(environment, func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
	}
	for name, c := range map[string]struct {
		args    []string
		prepare func(a *account, id string)
		without []string
		want    string // of the port, {port}
	}{
		"no such notebook": {
			args: []string{"ken-3"},
			want: "there is no notebook ken-3; without a name I list those there are\n",
		},
		"no such notebook in the team": {
			args: []string{"--team", "torii-dev-ocean", "ken-2"},
			want: "there is no notebook ken-2 in team torii-dev-ocean; without a name I list those there are\n",
		},
		"two teams have it": {
			args:    []string{"ken-2"},
			prepare: func(a *account, _ string) { a.notebook("torii-dev-ocean", "ken", "ken-2", "1", token) },
			want:    "several teams have a notebook ken-2; choose one with --team: torii-dev-lab torii-dev-ocean \n",
		},
		"not signed in": {
			args: []string{"ken-2"}, without: []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"},
			want: "you are not signed in to AWS; sign in (aws sso login, or aws configure) and try again. AWS said:\n" +
				"Unable to locate credentials. You can configure credentials by running \"aws configure\".\n",
		},
		"no such profile": {
			args: []string{"--profile", "work", "ken-2"},
			want: "you are not signed in to AWS; sign in (aws sso login, or aws configure) and try again. AWS said:\n" +
				"The config profile (work) could not be found\n",
		},
		"no region": {
			args: []string{"ken-2"}, without: []string{"AWS_REGION"},
			want: "say which AWS region the notebooks are in, with --region or AWS_REGION\n",
		},
		"another region": {
			args: []string{"--region", "eu-west-1", "ken-2"},
			want: "there is no notebook ken-2; without a name I list those there are\n",
		},
		"no plugin": {
			args: []string{"ken-2"},
			prepare: func(a *account, _ string) {
				require.NoError(a.t, os.Remove(filepath.Join(a.bin, "session-manager-plugin")))
			},
			want: "the Session Manager plugin is missing; see " +
				"https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html\n",
		},
		"somebody else's session": {
			args:    []string{"ken-2"},
			prepare: func(a *account, _ string) { a.refuses("StartSession") },
			want:    denied("open a session to ken-2", "AccessDeniedException", "StartSession"),
		},
		"somebody else's token": {
			args:    []string{"ken-2"},
			prepare: func(a *account, _ string) { a.refuses("GetParameter") },
			want:    denied("read the token of ken-2", "AccessDeniedException", "GetParameter"),
		},
		"somebody else's machine": {
			args:    []string{"ken-2"},
			prepare: func(a *account, id string) { a.stop(id); a.refuses("StartInstances") },
			want:    denied("start ken-2", "UnauthorizedOperation", "StartInstances"),
		},
		"not a port":        {args: []string{"--port", "65536", "ken-2"}, want: "65536 is not a port\n"},
		"two notebooks":     {args: []string{"ken-1", "ken-2"}, want: "one notebook at a time\n"},
		"option without it": {args: []string{"--team"}, want: "--team needs a value\n"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, server)
			id := a.notebook("torii-dev-lab", "ken", "ken-2", freePort(t), token)
			if c.prepare != nil {
				c.prepare(a, id)
			}
			environment := a.computer("")
			for _, variable := range c.without {
				environment = without(environment, variable)
			}
			o := a.open(environment, c.args...)
			require.Error(t, o.command.Wait())
			assert.Equal(t, 1, o.command.ProcessState.ExitCode())
			_, said, _ := strings.Cut(o.err.String(), "open-notebook: ")
			assert.Equal(t, c.want, said, o.err.String())
			assert.NotContains(t, o.err.String(), token)
			left, err := filepath.Glob(filepath.Join(a.home, "open-notebook*"))
			require.NoError(t, err)
			assert.Empty(t, left)
		})
	}
}

// TestAPortThatIsTaken is named before anything is started, and another one can be chosen.
func TestAPortThatIsTaken(t *testing.T) {
	t.Parallel()
	a := newAccount(t, newServer(t))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, taken, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	id := a.notebook("torii-dev-lab", "ken", "ken-2", taken, token)
	a.stop(id)
	o := a.open(a.computer(""), "ken-2")
	require.Error(t, o.command.Wait())
	assert.Equal(t, "open-notebook: port "+taken+" of this computer is taken, perhaps by another window with this notebook; "+
		"close that, or choose another port with --port\n", o.err.String())
	assert.Equal(t, "stopped", a.state(id))

	address, start := jupyter(t, token)
	start()
	free := freePort(t)
	o = a.open(a.computer(address), "--port", free, "ken-2")
	var found visit
	a.read(o, "visit", &found)
	assert.Equal(t, visit{
		Page: "-rw-------", Folder: "-rwx------", URL: "http://127.0.0.1:" + free + "/lab?token=" + token, Status: 200,
	}, found)
	require.NoError(t, o.interrupt())
	require.NoError(t, o.command.Wait(), o.err.String())
}

// TestWaitsForANotebookThatIsStopping: AWS starts a machine only when it has stopped.
func TestWaitsForANotebookThatIsStopping(t *testing.T) {
	t.Parallel()
	a := newAccount(t, newServer(t))
	address, start := jupyter(t, token)
	start()
	port := freePort(t)
	id := a.notebook("torii-dev-lab", "ken", "ken-2", port, token)
	a.stop(id)
	var asked, started atomic.Int32
	a.between(func(action string) (int, string) {
		switch action {
		case "DescribeInstances":
			if n := asked.Add(1); n == 2 || n == 3 { // the first answer is the list of notebooks
				return 200, `<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet><item><instancesSet>` +
					`<item><instanceId>` + id + `</instanceId><instanceState><code>64</code><name>stopping</name></instanceState></item>` +
					`</instancesSet></item></reservationSet></DescribeInstancesResponse>`
			}
		case "StartInstances":
			started.Store(asked.Load())
		}
		return 0, ""
	})
	o := a.open(a.computer(address), "--no-browser", "ken-2")
	var opened session
	a.read(o, "session", &opened)
	assert.Equal(t, int32(4), started.Load(), "started before it had stopped, or not at once")
	last := "Leave this window open; Ctrl-C closes the way there, and the notebook stops itself when it is idle."
	require.Eventually(t, func() bool { return strings.HasSuffix(o.err.String(), last+"\n") }, patience, 100*time.Millisecond)
	require.NoError(t, o.interrupt())
	require.NoError(t, o.command.Wait(), o.err.String())
	assert.Equal(t, []string{
		"ken-2 is stopped; starting it, which takes a minute or two",
		"ken-2 is at http://127.0.0.1:" + port + "/lab?token=" + token,
		last,
	}, o.steps())
	assert.Regexp(t, `^ken-2 is stopping; waiting for Session Manager \([0-9]+s\)\n`, o.err.String())
	assert.NoFileExists(t, filepath.Join(a.notes, "visit"))
}
