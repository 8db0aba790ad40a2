package toolchain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// goEnv keeps a person's own Go settings out of the builds: what comes out should be the same everywhere.
var goEnv = []string{"GOFLAGS=", "GOWORK=off", "GO111MODULE=on"}

// needGo says in one sentence what to do when there is no Go.
func needGo(what string) error {
	if _, err := exec.LookPath("go"); err != nil {
		return fmt.Errorf("building %s: the go command is not on PATH: install Go 1.26 or later", what)
	}
	return nil
}

// goStep is a step that runs the go command in a module's folder.
func goStep(doing, usual, dir string, args ...string) step {
	return step{doing: doing, usual: usual, dir: dir, env: goEnv, name: "go", args: args}
}

// buildModule compiles one command of a module into dir/name, downloading its dependencies first.
func (b *builder) buildModule(ctx context.Context, key, what, usual, module, dir, name string, args ...string) error {
	if err := needGo(what); err != nil {
		return err
	}
	build := append([]string{"build", "-trimpath", "-o", filepath.Join(dir, name)}, args...)
	return b.withLog(key, func(log io.Writer, path string) error {
		for _, s := range []step{
			goStep("downloading the Go modules of "+what, "1 to 3 minutes, seconds if they are there", module,
				"mod", "download"),
			goStep("compiling "+what, usual, module, build...),
		} {
			if err := b.run(ctx, log, path, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// copyTree copies the files below a folder.
func copyTree(from, to string) error {
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		return copyFile(path, target)
	})
	if err != nil {
		return fmt.Errorf("copying %s: %w", from, err)
	}
	return nil
}

// copyFile copies a file with its permissions.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, info.Mode().Perm()|0o200)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}
