package toolchain

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseVersion(t *testing.T) {
	for _, test := range []struct {
		in   string
		want version
		ok   bool
	}{
		{"3.250.0", version{3, 250, 0}, true},
		{"v3.250.1\n", version{3, 250, 1}, true},
		{"v3.251.0-alpha.1+abc", version{3, 251, 0}, true},
		{"3.11", version{3, 11, 0}, true},
		{"", version{}, false},
		{"v3.x.0", version{3}, false},
		{"1.2.3.4", version{}, false},
		{"3.-1.0", version{3}, false},
	} {
		got, err := parseVersion(test.in)
		if (err == nil) != test.ok || got != test.want {
			t.Errorf("parseVersion(%q) = %v, %v, want %v, ok %t", test.in, got, err, test.want, test.ok)
		}
	}
}

func TestEngineFits(t *testing.T) {
	for in, want := range map[string]bool{
		"v3.250.0": true, "v3.251.3": true, "v3.249.9": false, "v4.0.0": false, "v2.300.0": false, "dev": false,
	} {
		if got := engineFits(in); got != want {
			t.Errorf("engineFits(%q) = %t, want %t", in, got, want)
		}
	}
}

func TestPythonFits(t *testing.T) {
	for in, want := range map[string]bool{"3.10\n": true, "3.14": true, "3.9": false, "2.7": false, "4.0": false, "": false} {
		if got := pythonFits(in); got != want {
			t.Errorf("pythonFits(%q) = %t, want %t", in, got, want)
		}
	}
}

// write makes files below a folder.
func write(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHashSources(t *testing.T) {
	hash := func(files map[string]string) string {
		root := t.TempDir()
		write(t, root, files)
		h, err := hashSources(root)
		if err != nil {
			t.Fatalf("hashSources = %v, want a hash", err)
		}
		return h
	}
	base := hash(map[string]string{"a.go": "x", "b/c.txt": "y"})
	if len(base) != hashLength {
		t.Errorf("the hash %q has %d digits, want %d", base, len(base), hashLength)
	}
	for name, test := range map[string]struct {
		files map[string]string
		same  bool
	}{
		"the same":         {map[string]string{"a.go": "x", "b/c.txt": "y"}, true},
		"a test added":     {map[string]string{"a.go": "x", "a_test.go": "z", "b/c.txt": "y"}, true},
		"a README added":   {map[string]string{"a.go": "x", "README.md": "z", "b/c.txt": "y"}, true},
		"other content":    {map[string]string{"a.go": "z", "b/c.txt": "y"}, false},
		"another name":     {map[string]string{"a.go": "x", "b/d.txt": "y"}, false},
		"a file moved out": {map[string]string{"a.go": "x", "c.txt": "y"}, false},
		"a file added":     {map[string]string{"a.go": "x", "b/c.txt": "y", "d": ""}, false},
	} {
		if got := hash(test.files); (got == base) != test.same {
			t.Errorf("%s: the hash is %s, the first one %s, want the same: %t", name, got, base, test.same)
		}
	}
	if _, err := hashSources(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("hashSources(nothing) = nil, want an error")
	}
}

func TestHashStringsKeepsWordsApart(t *testing.T) {
	if hashStrings("a", "bc") == hashStrings("ab", "c") {
		t.Error("hashStrings joins words, want them apart")
	}
}

func TestRelocate(t *testing.T) {
	bin := t.TempDir()
	write(t, bin, map[string]string{
		"script": "#!/cache/x.tmp/bin/python\nrun()\n", "binary": "\x00/cache/x.tmp/bin", "other": "#!/bin/sh\n",
	})
	if err := relocate(bin, "/cache/x.tmp", "/cache/x"); err != nil {
		t.Fatalf("relocate = %v, want nil", err)
	}
	for name, want := range map[string]string{
		"script": "#!/cache/x/bin/python\nrun()\n", "binary": "\x00/cache/x.tmp/bin", "other": "#!/bin/sh\n",
	} {
		got, err := os.ReadFile(filepath.Join(bin, name))
		if err != nil || string(got) != want {
			t.Errorf("%s = %q, %v, want %q", name, got, err, want)
		}
	}
	if info, err := os.Stat(filepath.Join(bin, "script")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the script's mode is %v, %v, want it executable as before", info.Mode(), err)
	}
}

func TestRunReportsTheLastLineAndTheLog(t *testing.T) {
	var progress, log bytes.Buffer
	b := &builder{say: sayer(&progress)}
	err := b.run(t.Context(), &log, "/logs/x.log", step{doing: "trying things", usual: "no time", dir: t.TempDir(),
		name: "sh", args: []string{"-c", "echo first; echo the reason >&2; echo; exit 3"}})
	want := "trying things: exit status 3: the reason; the whole output is in /logs/x.log"
	if err == nil || err.Error() != want {
		t.Errorf("run = %v, want %s", err, want)
	}
	if got, want := progress.String(), "Trying things (usually no time)\n"; got != want {
		t.Errorf("progress is %q, want %q", got, want)
	}
	if !strings.Contains(log.String(), "first\nthe reason\n") {
		t.Errorf("the log is %q, want all the output", log.String())
	}
}

func TestLastLine(t *testing.T) {
	for in, want := range map[string]string{
		"": "it printed nothing", "a\nb\n": "b", "a\nb": "b", "a\n\n \n": "a", "50%\r100%\r": "100%",
	} {
		l := &lastLine{}
		for i := range len(in) { // byte by byte: lines may come in pieces
			if n, err := l.Write([]byte(in[i : i+1])); n != 1 || err != nil {
				t.Fatalf("Write = %d, %v, want 1", n, err)
			}
		}
		if got := l.String(); got != want {
			t.Errorf("the last line of %q is %q, want %q", in, got, want)
		}
	}
}

func TestInstalledPlugin(t *testing.T) {
	home := t.TempDir()
	t.Setenv("PULUMI_HOME", home)
	p := plugin{name: "aws", version: "6.83.2"}
	folder := filepath.Join(home, "plugins", "resource-aws-v6.83.2")
	if _, ok := installedPlugin(p); ok {
		t.Error("a plugin is found in an empty home, want none")
	}
	write(t, folder, map[string]string{"pulumi-resource-aws": "x"})
	if got, ok := installedPlugin(p); !ok || got != folder {
		t.Errorf("installedPlugin = %q, %t, want %q", got, ok, folder)
	}
	write(t, home, map[string]string{"plugins/resource-aws-v6.83.2.partial": ""})
	if _, ok := installedPlugin(p); ok {
		t.Error("a plugin that is half installed is found, want none")
	}
}
