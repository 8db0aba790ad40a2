package toolchain

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The oldest Python that the pinned packages run on.
const pythonMajor, pythonMinor = 3, 10

// localAWS returns a Python environment that holds the local AWS server and the AWS command line.
func (b *builder) localAWS(ctx context.Context) (string, error) {
	requirements := filepath.Join(b.tools, "moto", "requirements.txt")
	pins, err := os.ReadFile(requirements)
	if err != nil {
		return "", fmt.Errorf("reading the Python requirements: %w", err)
	}
	key := "moto-" + hashStrings(string(pins))
	if b.cache.has(key) && !exists(filepath.Join(b.cache.path(key), "bin", "python")) {
		// The Python it was made with is gone, an upgrade for instance: make it anew.
		if err := os.RemoveAll(b.cache.path(key)); err != nil {
			return "", fmt.Errorf("clearing the cache: %w", err)
		}
	}
	return b.cache.ensure(ctx, key, b.waiting, func(dir string) error {
		python, err := findPython(ctx)
		if err != nil {
			return err
		}
		b.say("The local AWS needs some Python packages, which go into a folder of their own, once.")
		err = b.withLog(key, func(log io.Writer, path string) error {
			if err := b.makeEnvironment(ctx, log, path, python, dir); err != nil {
				return err
			}
			return b.run(ctx, log, path, step{
				doing: "installing the local AWS", usual: "1 to 3 minutes", dir: dir,
				env:  []string{"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1"},
				name: filepath.Join(dir, "bin", "python"),
				args: []string{"-m", "pip", "install", "--no-deps", "-r", requirements},
			})
		})
		if err != nil {
			return err
		}
		return relocate(filepath.Join(dir, "bin"), dir, b.cache.path(key))
	})
}

// makeEnvironment makes a virtual environment, with the venv module or, where a distribution has cut it off, with
// virtualenv.
func (b *builder) makeEnvironment(ctx context.Context, log io.Writer, logPath, python, dir string) error {
	create := step{doing: "making a Python environment", usual: "10 seconds", dir: dir, name: python}
	for _, module := range []struct{ name, imports string }{{"venv", "venv, ensurepip"}, {"virtualenv", "virtualenv"}} {
		if exec.CommandContext(ctx, python, "-c", "import "+module.imports).Run() == nil {
			create.args = []string{"-m", module.name, dir}
			return b.run(ctx, log, logPath, create)
		}
	}
	return fmt.Errorf("making a Python environment: %s has neither venv nor virtualenv: install the package "+
		"python3-venv, or run %s -m pip install virtualenv", python, python)
}

// findPython returns a Python that is new enough.
func findPython(ctx context.Context) (string, error) {
	var tried []string
	for _, name := range []string{"python3", "python"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		out, err := exec.CommandContext(ctx, path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").Output()
		if err != nil {
			continue
		}
		if pythonFits(string(out)) {
			return path, nil
		}
		tried = append(tried, path+" is "+strings.TrimSpace(string(out)))
	}
	found := "none is on PATH"
	if len(tried) > 0 {
		found = strings.Join(tried, ", ")
	}
	return "", fmt.Errorf("looking for Python %d.%d or later, which the local AWS needs: %s: install it (python3)",
		pythonMajor, pythonMinor, found)
}

// pythonFits says whether a Python of this version runs the pinned packages.
func pythonFits(s string) bool {
	v, err := parseVersion(s)
	return err == nil && !v.less(version{pythonMajor, pythonMinor}) && v[0] == pythonMajor
}

// relocate makes the scripts of a Python environment name the folder it is about to be moved to.
func relocate(bin, from, to string) error {
	entries, err := os.ReadDir(bin)
	if err != nil {
		return fmt.Errorf("reading the Python environment: %w", err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(bin, e.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("reading the Python environment: %w", err)
		}
		if bytes.IndexByte(data, 0) >= 0 || !bytes.Contains(data, []byte(from)) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return fmt.Errorf("reading the Python environment: %w", err)
		}
		moved := bytes.ReplaceAll(data, []byte(from), []byte(to))
		if err := os.WriteFile(path, moved, info.Mode().Perm()); err != nil {
			return fmt.Errorf("moving the Python environment: %w", err)
		}
	}
	return nil
}
