package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// staging is the folder in which bundles are written before they take their place.
const staging = ".new"

// write writes the bundles below dir, all or none, and returns what other clients' folders are there. Folders are for
// their owner only. It never writes through a symbolic link, nor takes away a file that it would not write.
func write(dir string, bundles map[string]bundle) (others []string, err error) {
	root, err := open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	names := slices.Sorted(maps.Keys(bundles))
	for _, name := range names {
		if err := replaceable(root, name); err != nil {
			return nil, err
		}
	}
	switch err := root.Mkdir(staging, 0o700); {
	case errors.Is(err, fs.ErrExist):
		return nil, fmt.Errorf("%s is there: another run is at work, or was cut off; if none is, take it away (there are keys in it)",
			filepath.Join(dir, staging))
	case err != nil:
		return nil, err
	}
	// The old ones go only when all new ones have their place.
	defer func() { err = errors.Join(err, root.RemoveAll(staging)) }()
	for _, name := range names {
		if err := stage(root, filepath.Join(staging, name), bundles[name]); err != nil {
			return nil, err
		}
	}
	if err := swap(root, names); err != nil {
		return nil, err
	}
	return otherClients(root, bundles)
}

// open opens the folder to write in, and makes it if there is none.
func open(dir string) (*os.Root, error) {
	dir = filepath.Clean(dir) // a slash at the end would follow a link
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return nil, fmt.Errorf("%s is a symbolic link; name the folder itself", dir)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return nil, fmt.Errorf("others may write in %s, and so put keys of theirs in the place of these; "+
			"name a folder of yours only, or: chmod 700 %s", dir, dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	opened, err := root.Stat(".")
	if err == nil && !os.SameFile(info, opened) {
		err = fmt.Errorf("%s was exchanged for another in this moment", dir)
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return root, nil
}

// replaceable fails unless a client's folder is not there, or is one that this command has written.
func replaceable(root *os.Root, name string) error {
	path := filepath.Join(root.Name(), name)
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder but a file or a symbolic link; take it away first", path)
	}
	known, err := bundle{}.files()
	if err != nil {
		return err
	}
	entries, err := fs.ReadDir(root.FS(), name)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !slices.ContainsFunc(known, func(f file) bool { return f.name == entry.Name() }) {
			return fmt.Errorf("%s is nothing that this command writes, and would be lost; put it elsewhere first",
				filepath.Join(path, entry.Name()))
		}
	}
	return nil
}

// stage writes a bundle into a new folder.
func stage(root *os.Root, folder string, b bundle) error {
	if err := root.Mkdir(folder, 0o700); err != nil {
		return err
	}
	files, err := b.files()
	if err != nil {
		return err
	}
	for _, each := range files {
		f, err := root.OpenFile(filepath.Join(folder, each.name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(each.text)
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// swap puts staged folders in their place, and those that were there into the staging folder. If one cannot be put
// there, everything is as it was before.
func swap(root *os.Root, names []string) (err error) {
	var undo []func() error
	defer func() {
		if err != nil {
			for _, step := range slices.Backward(undo) {
				err = errors.Join(err, step())
			}
		}
	}()
	rename := func(from, to string) error {
		if err := root.Rename(from, to); err != nil {
			return err
		}
		undo = append(undo, func() error { return root.Rename(to, from) })
		return nil
	}
	for _, name := range names {
		staged := filepath.Join(staging, name)
		// No client's name begins with a dot.
		if err := rename(name, filepath.Join(staging, ".old-"+name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := rename(staged, name); err != nil {
			return err
		}
	}
	return nil
}

// otherClients are folders that look like a client's but are of none in the stack.
func otherClients(root *os.Root, bundles map[string]bundle) ([]string, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var others []string
	for _, entry := range entries {
		if _, known := bundles[entry.Name()]; entry.IsDir() && clientName.MatchString(entry.Name()) && !known {
			others = append(others, entry.Name())
		}
	}
	return others, nil
}
