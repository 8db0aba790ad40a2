package toolchain

import (
	"bytes"
	"path/filepath"
	"testing"
)

// fakePython is a Python that has one module only and prints what it is asked to run.
func fakePython(t *testing.T, module, version string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{"python3": `#!/bin/sh
case "$2" in
"import sys"*) echo ` + version + ` ;;
"import ` + module + `"*) exit 0 ;;
"import "*) exit 1 ;;
*) echo "ran $@" ;;
esac
`})
	return filepath.Join(dir, "python3")
}

func TestMakeEnvironment(t *testing.T) {
	for _, module := range []string{"venv", "virtualenv"} {
		var log bytes.Buffer
		b := &builder{say: sayer(nil)}
		python := fakePython(t, module, "3.11")
		err := b.makeEnvironment(t.Context(), &log, "/logs/x.log", python, filepath.Dir(python))
		if err != nil {
			t.Errorf("%s: makeEnvironment = %v, want nil", module, err)
		}
		want := "ran -m " + module + " " + filepath.Dir(python) + "\n"
		if !bytes.Contains(log.Bytes(), []byte(want)) {
			t.Errorf("%s: the log is %q, want it to hold %q", module, log.String(), want)
		}
	}

	python := fakePython(t, "nothing", "3.11")
	b := &builder{say: sayer(nil)}
	err := b.makeEnvironment(t.Context(), &bytes.Buffer{}, "/logs/x.log", python, t.TempDir())
	want := "making a Python environment: " + python + " has neither venv nor virtualenv: install the package " +
		"python3-venv, or run " + python + " -m pip install virtualenv"
	if err == nil || err.Error() != want {
		t.Errorf("makeEnvironment = %v, want %s", err, want)
	}
}

func TestFindPython(t *testing.T) {
	good := fakePython(t, "venv", "3.12")
	t.Setenv("PATH", filepath.Dir(good))
	if got, err := findPython(t.Context()); err != nil || got != good {
		t.Errorf("findPython = %q, %v, want %q", got, err, good)
	}

	old := fakePython(t, "venv", "3.9")
	t.Setenv("PATH", filepath.Dir(old))
	want := "looking for Python 3.10 or later, which the local AWS needs: " + old + " is 3.9: install it (python3)"
	if _, err := findPython(t.Context()); err == nil || err.Error() != want {
		t.Errorf("findPython(old) = %v, want %s", err, want)
	}

	t.Setenv("PATH", t.TempDir())
	want = "looking for Python 3.10 or later, which the local AWS needs: none is on PATH: install it (python3)"
	if _, err := findPython(t.Context()); err == nil || err.Error() != want {
		t.Errorf("findPython(none) = %v, want %s", err, want)
	}
}
