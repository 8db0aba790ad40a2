package guest

import (
	"crypto/x509"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/certtest"
)

// fetcher runs the machine's certificates.py in a folder, with an AWS and a systemd that
// are scripts.
type fetcher struct {
	t    *testing.T
	root string
}

func newFetcher(t *testing.T, told map[string]any) *fetcher {
	t.Helper()
	for _, program := range []string{"python3", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not here, which the machines have", program)
		}
	}
	f := &fetcher{t, t.TempDir()}
	files, err := machineOf(t, withClients).Files()
	require.NoError(t, err)
	for _, file := range files {
		if file.Path == "/opt/torii/certificates.py" {
			f.save("certificates.py", file.Text)
		}
	}
	text, err := json.Marshal(told)
	require.NoError(t, err)
	f.save("instance.json", string(text))
	f.save("aws", "#!/bin/sh\nprintf '%s\\n' \"$*\" >"+f.root+"/asked\ncat "+f.root+"/answer || { echo 'Unable to locate credentials' >&2; exit 255; }\n")
	f.save("systemctl", "#!/bin/sh\necho \"$*\" >>"+f.root+"/called\ntest ! -e "+f.root+"/broken || { echo 'no such unit' >&2; exit 1; }\n")
	return f
}

func (f *fetcher) save(name, text string) {
	f.t.Helper()
	require.NoError(f.t, os.WriteFile(filepath.Join(f.root, name), []byte(text), 0o755))
}

// read is a file's text, "" when there is none.
func (f *fetcher) read(name string) string {
	text, err := os.ReadFile(filepath.Join(f.root, name))
	if err != nil {
		require.ErrorIs(f.t, err, os.ErrNotExist)
	}
	return string(text)
}

// parameters is what Parameter Store has from now on.
func (f *fetcher) parameters(values map[string]string) {
	f.t.Helper()
	type parameter struct{ Name, Value string }
	all := []parameter{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, parameter{"/torii/dev/legacy/" + name, values[name]})
	}
	text, err := json.Marshal(map[string]any{"Parameters": all})
	require.NoError(f.t, err)
	f.save("answer", string(text))
}

// run returns what the journal would have, and what systemd was asked.
func (f *fetcher) run() (said string, asked []string) {
	f.t.Helper()
	const program = `
import builtins, os, sys, types
os.environ["PATH"] = sys.argv[1] + ":" + os.environ["PATH"]
sys.path.insert(0, sys.argv[1])
import certificates as c
c.FOLDER = sys.argv[1] + "/run"
c.grp = types.SimpleNamespace(getgrnam=lambda name: types.SimpleNamespace(gr_gid=-1))
c.os.chown = lambda path, user, group: None
c.open = lambda path, *a: builtins.open(sys.argv[1] + "/instance.json" if path == "/etc/torii/instance.json" else path, *a)
c.main()
`
	_ = os.Remove(filepath.Join(f.root, "called"))
	cmd := exec.CommandContext(f.t.Context(), "python3", "-B", "-c", program, f.root)
	out, err := cmd.CombinedOutput()
	if err != nil {
		require.Equal(f.t, 1, cmd.ProcessState.ExitCode(), string(out))
	}
	return strings.TrimSuffix(string(out), "\n"), strings.Split(strings.TrimSuffix(f.read("called"), "\n"), "\n")
}

var told = map[string]any{"Parameters": "/torii/dev/legacy", "Region": "ap-northeast-1", "Revocation": true}

// expired is what must not matter.
func expired(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
}

// good is a set as a deployment leaves it.
func good(t *testing.T) (map[string]string, *certtest.Identity) {
	t.Helper()
	root := certtest.Authority(t, "root", expired)
	server := root.Issue(t, "server", expired)
	return map[string]string{
		"server-key": server.Key, "server-certificate": server.Certificate + root.Certificate,
		"client-authorities": root.Certificate, "revocation-lists": root.List(t),
	}, root
}

func TestAGoodSetIsTakenUpOnce(t *testing.T) {
	f := newFetcher(t, told)
	set, root := good(t)
	f.parameters(set)
	said, asked := f.run()
	require.Regexp(t, `^took up set [0-9a-f]{16}$`, said)
	reload := []string{"--quiet is-enabled torii-fleet", "reload-or-restart torii-fleet"}
	assert.Equal(t, reload, asked)
	assert.Equal(t, "ssm get-parameters --region ap-northeast-1 --output json --with-decryption --cli-connect-timeout 10 --cli-read-timeout 20 "+
		"--names /torii/dev/legacy/server-key /torii/dev/legacy/server-certificate "+
		"/torii/dev/legacy/client-authorities /torii/dev/legacy/revocation-lists\n", f.read("asked"))
	for name, value := range set {
		assert.Equal(t, value, f.read("run/current/"+name))
		info, err := os.Stat(filepath.Join(f.root, "run/current", name))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o640), info.Mode(), name)
	}
	entries, err := os.ReadDir(filepath.Join(f.root, "run/current"))
	require.NoError(t, err)
	assert.Len(t, entries, 4, "and nothing that was only needed to check it")

	said, asked = f.run()
	assert.Empty(t, said, "the same again is no news")
	assert.Equal(t, []string{""}, asked)

	client := root.Issue(t, "client", expired)
	set["revocation-lists"] = root.List(t, client.Parsed.SerialNumber)
	f.parameters(set)
	said, asked = f.run()
	assert.Contains(t, said, "took up set ")
	assert.Equal(t, reload, asked)
	assert.Equal(t, set["revocation-lists"], f.read("run/current/revocation-lists"))
	entries, err = os.ReadDir(filepath.Join(f.root, "run"))
	require.NoError(t, err)
	assert.Len(t, entries, 3, "one set, the link to it, and its name")
}

func TestAWebServerThatDoesNotReloadIsAskedAgain(t *testing.T) {
	f := newFetcher(t, told)
	set, root := good(t)
	f.parameters(set)
	f.run()
	set["revocation-lists"] = root.List(t)
	f.parameters(set)
	const reload = `systemctl() { [[ $1 != reload-or-restart ]] || { echo "it is not there" >&2; false; }; }; systemctl "$@"`
	f.save("systemctl", "#!/bin/bash\n"+reload+"\n")
	said, _ := f.run()
	assert.Equal(t, "systemctl reload-or-restart torii-fleet: it is not there; keeping what is there", said)
	f.save("systemctl", "#!/bin/sh\necho \"$*\" >>"+f.root+"/called\n")
	said, asked := f.run()
	assert.Contains(t, said, "took up set ")
	assert.Equal(t, []string{"--quiet is-enabled torii-fleet", "reload-or-restart torii-fleet"}, asked)

	// While the machine is set up, nobody starts the web server but the setup.
	f = newFetcher(t, told)
	f.parameters(set)
	f.save("broken", "")
	said, asked = f.run()
	assert.Contains(t, said, "took up set ")
	assert.Equal(t, []string{"--quiet is-enabled torii-fleet"}, asked)
}

func TestABadSetKeepsTheOldOne(t *testing.T) {
	f := newFetcher(t, told)
	set, root := good(t)
	other := certtest.Authority(t, "other", expired)
	between := root.Authority(t, "between", expired)
	leaf := root.Issue(t, "leaf", expired)
	f.parameters(nil)
	said, _ := f.run()
	assert.Equal(t, "Parameter Store has no /torii/dev/legacy/server-key, /torii/dev/legacy/server-certificate, "+
		"/torii/dev/legacy/client-authorities, /torii/dev/legacy/revocation-lists; there are no certificates yet", said)
	assert.NoFileExists(t, filepath.Join(f.root, "run/current"))
	f.parameters(set)
	f.run()
	before, err := os.Readlink(filepath.Join(f.root, "run/current"))
	require.NoError(t, err)
	for _, c := range []struct {
		name, part, value, want string
	}{
		{"a key of another certificate", "server-key", other.Key, "the server's key and certificate do not fit: .*mismatch.*"},
		{"no key", "server-key", "-", "the server's key and certificate do not fit: .*"},
		{"no chain", "server-certificate", set["server-certificate"] + other.Certificate, "server-certificate is not a chain: self-signed certificate"},
		{"no authority", "client-authorities", leaf.Certificate, "client-authorities has none in it"},
		{"noise for authorities", "client-authorities", "?", "client-authorities cannot be read: .*"},
		{"no list", "revocation-lists", root.Certificate, "revocation-lists has none in it"},
		{"noise for a list", "revocation-lists", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "revocation-lists cannot be read: .*"},
		{"another's list", "revocation-lists", other.List(t), "revocation-lists cannot be used with client-authorities: unable to get certificate CRL"},
		{"one list too few", "client-authorities", root.Certificate + other.Certificate, "revocation-lists cannot be used with client-authorities: unable to get certificate CRL"},
	} {
		changed := maps.Clone(set)
		changed[c.part] = c.value
		f.parameters(changed)
		said, asked := f.run()
		assert.Regexp(t, "^"+c.want+"; keeping what is there$", said, c.name)
		assert.Equal(t, []string{""}, asked, c.name)
		after, err := os.Readlink(filepath.Join(f.root, "run/current"))
		require.NoError(t, err)
		assert.Equal(t, before, after, c.name)
		entries, err := os.ReadDir(filepath.Join(f.root, "run"))
		require.NoError(t, err)
		assert.Len(t, entries, 3, c.name)
	}
	require.NoError(t, os.Remove(filepath.Join(f.root, "answer")))
	said, _ = f.run()
	assert.Equal(t, "aws ssm get-parameters: Unable to locate credentials; keeping what is there", said)

	// An authority between, and one that its own issuer has taken back: its clients stay out.
	set["client-authorities"] = root.Certificate + between.Certificate
	set["revocation-lists"] = root.List(t, between.Parsed.SerialNumber) + between.List(t)
	f.parameters(set)
	said, _ = f.run()
	assert.Contains(t, said, "took up set ")
}

func TestListsAreNotAskedForWhereThereAreNone(t *testing.T) {
	f := newFetcher(t, map[string]any{"Parameters": "/torii/dev/legacy", "Region": "ap-northeast-1", "Revocation": false})
	set, _ := good(t)
	delete(set, "revocation-lists")
	f.parameters(set)
	said, _ := f.run()
	assert.Contains(t, said, "took up set ")
	assert.NotContains(t, f.read("asked"), "revocation")
	assert.NoFileExists(t, filepath.Join(f.root, "run/current/revocation-lists"))
}
