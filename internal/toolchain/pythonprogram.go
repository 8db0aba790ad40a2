package toolchain

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// PythonProgram returns a folder of the user's cache with a program for Python in it, made now or in an earlier run: its
// files, and as bin/python a Python that has the packages of its requirements.txt, which states a hash of each. The title
// says in a sentence what it is, as in "the auditor", and usual how long that takes. Progress gets a plain sentence for
// each thing that takes a while; nil is silence.
func PythonProgram(ctx context.Context, name, title, usual string, files fs.FS, progress io.Writer) (string, error) {
	b, key, err := program(name, title, files, progress)
	if err != nil {
		return "", err
	}
	kept := b.cache
	if kept.has(key) && !exists(filepath.Join(kept.path(key), "bin", "python")) {
		// The Python it was made with is gone, an upgrade for instance: make it anew.
		if err := os.RemoveAll(kept.path(key)); err != nil {
			return "", fmt.Errorf("clearing the cache: %w", err)
		}
	}
	return kept.ensure(ctx, key, b.waiting, func(dir string) error {
		python, err := findPython(ctx)
		if err != nil {
			return err
		}
		return b.withLog(key, func(log io.Writer, path string) error {
			if err := b.makeEnvironment(ctx, log, path, python, dir); err != nil {
				return err
			}
			if err := os.CopyFS(dir, files); err != nil {
				return fmt.Errorf("writing the files of %s: %w", title, err)
			}
			return b.run(ctx, log, path, step{
				doing: "installing " + title, usual: usual, dir: dir,
				env:  []string{"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1"},
				name: filepath.Join(dir, "bin", "python"),
				args: []string{"-m", "pip", "install", "--no-deps", "--require-hashes", "-r", "requirements.txt"},
			})
		})
	})
}
