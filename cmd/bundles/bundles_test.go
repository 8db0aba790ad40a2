package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newBundle makes a bundle with a key of its own.
func newBundle(t *testing.T) bundle {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))
	return bundle{
		PrivateKey:  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})),
		Certificate: text, Authority: text, P12: "AAEC", Password: "abc-def", Expires: "2999-11-22T23:30:00Z",
	}
}

// folder is a folder that nobody else may write in.
func folder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	require.NoError(t, os.Mkdir(dir, 0o755))
	return dir
}

func runWith(t *testing.T, dir string, input any) (string, error) {
	t.Helper()
	text, err := json.Marshal(input)
	require.NoError(t, err)
	var out strings.Builder
	err = run([]string{"-out", dir}, strings.NewReader(string(text)), &out)
	return out.String(), err
}

// found is what is below a folder: paths with their modes, and text.
func found(t *testing.T, dir string) (modes, texts map[string]string) {
	t.Helper()
	modes, texts = map[string]string{}, map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		name, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		modes[name] = info.Mode().String()
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			texts[name] = string(text)
		}
		return nil
	}))
	return modes, texts
}

func TestEachClientGetsAFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "out")
	a, b := newBundle(t), newBundle(t)
	said, err := runWith(t, dir, map[string]bundle{"partner-b": b, "partner-a": a})
	require.NoError(t, err)
	modes, texts := found(t, dir)
	const file, folder = "-rw-------", "drwx------"
	assert.Equal(t, map[string]string{
		".": folder, "partner-a": folder, "partner-b": folder,
		"partner-a/key.pem": file, "partner-a/certificate.pem": file, "partner-a/authority.pem": file,
		"partner-a/client.p12": file, "partner-a/password.txt": file,
		"partner-b/key.pem": file, "partner-b/certificate.pem": file, "partner-b/authority.pem": file,
		"partner-b/client.p12": file, "partner-b/password.txt": file,
	}, modes)
	assert.Equal(t, map[string]string{
		"partner-a/key.pem": a.PrivateKey, "partner-a/certificate.pem": a.Certificate, "partner-a/authority.pem": a.Authority,
		"partner-a/client.p12": "\x00\x01\x02", "partner-a/password.txt": "abc-def\n",
		"partner-b/key.pem": b.PrivateKey, "partner-b/certificate.pem": b.Certificate, "partner-b/authority.pem": b.Authority,
		"partner-b/client.p12": "\x00\x01\x02", "partner-b/password.txt": "abc-def\n",
	}, texts)
	assert.Equal(t, `The bundles of 2 clients are in `+dir+`, for your eyes only:

  partner-a  good until 2999-11-22
  partner-b  good until 2999-11-22

Each folder has
  key.pem, certificate.pem     for curl, programs and servers
  authority.pem                whom to trust for servers that ask for the certificate themselves (tls: instance)
  client.p12, password.txt     for browsers and key stores; the second has the password of the first

Give each client its own folder, the password by another way than the rest, then delete the folders here.
To try one:  curl --key `+dir+`/partner-a/key.pem --cert `+dir+`/partner-a/certificate.pem https://…
with tls: instance, add  --cacert `+dir+`/partner-a/authority.pem
`, said)
	assert.NotContains(t, said, "abc-def")
}

func TestWritingAgainReplacesWhatIsOfTheStack(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	_, err := runWith(t, dir, map[string]bundle{"a": newBundle(t), "left": newBundle(t)})
	require.NoError(t, err)
	before, beforeTexts := found(t, dir)
	renewed := newBundle(t)
	said, err := runWith(t, dir, map[string]bundle{"a": renewed})
	require.NoError(t, err)
	after, texts := found(t, dir)
	assert.Equal(t, before, after, "a folder that was there keeps its mode, and nothing is added")
	assert.Equal(t, renewed.PrivateKey, texts["a/key.pem"])
	assert.Equal(t, beforeTexts["left/key.pem"], texts["left/key.pem"])
	assert.Contains(t, said, "The bundle of 1 client is in ")
	assert.Contains(t, said, "Left as they were, since the stack has no such client (any more): left\n")
}

func TestACertificateThatHasEndedIsNamed(t *testing.T) {
	t.Parallel()
	ended := newBundle(t)
	ended.Expires = "2026-11-01T00:00:00Z"
	said, err := runWith(t, folder(t), map[string]bundle{"a": ended, "partner-b": newBundle(t)})
	require.NoError(t, err)
	assert.Contains(t, said, "\n  a          ended on 2026-11-01; deploy the stack for a new one\n  partner-b  good until 2999-11-22\n")
}

func TestBrokenInputWritesNothing(t *testing.T) {
	t.Parallel()
	good := newBundle(t)
	change := func(f func(*bundle)) bundle {
		b := good
		f(&b)
		return b
	}
	encoded := func(v any) string {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		return string(text)
	}
	const asked = "pulumi stack output clientBundles --json --show-secrets"
	for _, c := range []struct{ name, input, want string }{
		{"nothing", " \n", "there is nothing to write: no bundles came in; they are what this prints: " + asked},
		{"hidden as a whole", "\"[secret]\"\n", "the bundles are hidden ([secret]); ask for them with --show-secrets: " + asked},
		{
			"hidden in parts", encoded(map[string]bundle{"a": change(func(b *bundle) { b.PrivateKey = "[secret]" })}),
			"the bundles are hidden ([secret]); ask for them with --show-secrets: " + asked,
		},
		{"cut off", `{"a": {"privateKey": "topsec`, "these are no bundles, or not all of them (28 bytes came in): unexpected end of JSON input; expected is the JSON of " + asked},
		{"not JSON", "error: no stack", "these are no bundles, or not all of them (15 bytes came in): invalid character 'e' looking for beginning of value; expected is the JSON of " + asked},
		{"another output", `["topsecret"]`, "these are no bundles: the whole is of type array; expected is the JSON of " + asked},
		{"another output's fields", `{"a": {"password": 5}}`, "these are no bundles: password is of type number; expected is the JSON of " + asked},
		{"no clients", "{}", "there is nothing to write: the stack issues no certificates; torii:authority.clients names who gets one"},
		{"null", "null", "there is nothing to write: the stack issues no certificates; torii:authority.clients names who gets one"},
		{
			"names that lead elsewhere",
			encoded(map[string]bundle{"../a": good, "a/b": good, ".new": good, "": good, "A": good, "1": good, "a\n": good, "ok": good}),
			`"" cannot be a client's name: lower-case letters, digits and -, a letter first
"../a" cannot be a client's name: lower-case letters, digits and -, a letter first
".new" cannot be a client's name: lower-case letters, digits and -, a letter first
"1" cannot be a client's name: lower-case letters, digits and -, a letter first
"A" cannot be a client's name: lower-case letters, digits and -, a letter first
"a\n" cannot be a client's name: lower-case letters, digits and -, a letter first
"a/b" cannot be a client's name: lower-case letters, digits and -, a letter first`,
		},
		{
			"all that is missing, of all clients", encoded(map[string]any{"a": map[string]string{}, "b": change(func(b *bundle) { b.Authority = "x" })}),
			`a: privateKey and certificate are not of use together: tls: failed to find any PEM data in certificate input
a: authority has no certificate
a: p12 is not base64
a: password is not one line
a: expires is not a time
b: authority has no certificate`,
		},
		{
			"a key of somebody else", encoded(map[string]bundle{"a": change(func(b *bundle) { b.PrivateKey = newBundle(t).PrivateKey })}),
			"a: privateKey and certificate are not of use together: tls: private key does not match public key",
		},
		{
			"a password of two lines", encoded(map[string]bundle{"a": change(func(b *bundle) { b.Password = "a\nb" })}),
			"a: password is not one line",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "out")
			var out strings.Builder
			err := run([]string{"-out", dir}, strings.NewReader(c.input), &out)
			assert.EqualError(t, err, c.want)
			assert.NotContains(t, err.Error(), "topsec", "an error goes into logs")
			assert.Empty(t, out.String())
			assert.NoDirExists(t, dir)
		})
	}
}

func TestWhatIsInTheWayIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, dir, elsewhere string)
		want    string // DIR stands for the folder
	}{
		{"the folder is a link", func(t *testing.T, dir, elsewhere string) {
			require.NoError(t, os.Remove(dir))
			require.NoError(t, os.Symlink(elsewhere, dir))
		}, "DIR is a symbolic link; name the folder itself"},
		{"a client's folder is a link", func(t *testing.T, dir, elsewhere string) {
			require.NoError(t, os.Symlink(elsewhere, filepath.Join(dir, "b")))
		}, "DIR/b is not a folder but a file or a symbolic link; take it away first"},
		{"a client's folder is a file", func(t *testing.T, dir, _ string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "b"), nil, 0o600))
		}, "DIR/b is not a folder but a file or a symbolic link; take it away first"},
		{"something else in a client's folder", func(t *testing.T, dir, _ string) {
			require.NoError(t, os.Mkdir(filepath.Join(dir, "b"), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "b", "notes.txt"), nil, 0o600))
		}, "DIR/b/notes.txt is nothing that this command writes, and would be lost; put it elsewhere first"},
		{"others may write in the folder", func(t *testing.T, dir, _ string) {
			require.NoError(t, os.Chmod(dir, 0o775))
		}, "others may write in DIR, and so put keys of theirs in the place of these; name a folder of yours only, or: chmod 700 DIR"},
		{"a run that was cut off", func(t *testing.T, dir, _ string) {
			require.NoError(t, os.Mkdir(filepath.Join(dir, ".new"), 0o700))
		}, "DIR/.new is there: another run is at work, or was cut off; if none is, take it away (there are keys in it)"},
		{"a link in the place of the staging folder", func(t *testing.T, dir, elsewhere string) {
			require.NoError(t, os.Symlink(elsewhere, filepath.Join(dir, ".new")))
		}, "DIR/.new is there: another run is at work, or was cut off; if none is, take it away (there are keys in it)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, elsewhere := folder(t), folder(t)
			c.prepare(t, dir, elsewhere)
			before, _ := found(t, filepath.Dir(dir))
			_, err := runWith(t, dir+"/", map[string]bundle{"a": newBundle(t), "b": newBundle(t)})
			assert.EqualError(t, err, "no bundle was written: "+strings.ReplaceAll(c.want, "DIR", dir))
			after, _ := found(t, filepath.Dir(dir))
			assert.Equal(t, before, after)
			inside, _ := found(t, elsewhere)
			assert.Equal(t, map[string]string{".": "drwxr-xr-x"}, inside)
		})
	}
}

func TestASwapThatFailsIsTakenBack(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	_, err := runWith(t, dir, map[string]bundle{"a": newBundle(t), "b": newBundle(t)})
	require.NoError(t, err)
	_, before := found(t, dir)
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, root.Close()) })
	require.NoError(t, root.Mkdir(staging, 0o700))
	require.NoError(t, stage(root, filepath.Join(staging, "a"), newBundle(t)))
	require.ErrorIs(t, swap(root, []string{"a", "b"}), fs.ErrNotExist, "nothing is staged for b")
	require.NoError(t, root.RemoveAll(staging))
	_, after := found(t, dir)
	assert.Equal(t, before, after)
}

func TestRunSaysWhatItTakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		args     []string
		out, err string // how they begin
	}{
		{"help", []string{"-h"}, "Writes client certificates to files", ""},
		{"no folder", nil, "", "-out is missing: the folder to write to\n\nWrites client"},
		{"an unknown flag", []string{"-to", "x"}, "", "flag provided but not defined: -to\n\nWrites client"},
		{"a word too many", []string{"-out", "x", "y"}, "", "unexpected argument \"y\"\n\nWrites client"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			err := run(c.args, strings.NewReader(""), &out)
			assert.True(t, strings.HasPrefix(out.String(), c.out) && (c.out == "") == (out.String() == ""), out.String())
			if c.err == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.True(t, strings.HasPrefix(err.Error(), c.err), err.Error())
		})
	}
}
