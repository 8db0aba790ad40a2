package toolchain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// minFree is the room a build needs on disk: module cache, build cache and results.
const minFree = 3 << 30

// A cache is a folder of finished things, each in a folder of its own whose name says what it was made from. A thing
// that is there is complete: it is made elsewhere and moved into place.
type cache struct {
	root string
}

// path is where a finished thing is kept.
func (c cache) path(key string) string {
	return filepath.Join(c.root, key)
}

// has says whether a finished thing is there.
func (c cache) has(key string) bool {
	_, err := os.Stat(c.path(key))
	return err == nil
}

// logPath is the file that holds everything the making of a thing printed.
func (c cache) logPath(key string) string {
	return filepath.Join(c.root, "logs", key+".log")
}

// ensure returns the folder of a finished thing, which it has made unless it is there. Only one process at a time makes
// things, so that two runs at once share the work; waiting is called when this one has to wait for another.
func (c cache) ensure(ctx context.Context, key string, waiting func(), build func(dir string) error) (string, error) {
	final := c.path(key)
	if c.has(key) {
		return final, nil
	}
	if err := os.MkdirAll(filepath.Join(c.root, "logs"), 0o755); err != nil {
		return "", fmt.Errorf("making the cache folder: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(c.root, "lock"), waiting)
	if err != nil {
		return "", err
	}
	defer unlock()
	if c.has(key) {
		return final, nil
	}
	if err := checkRoom(c.root); err != nil {
		return "", err
	}

	temporary := final + ".tmp"
	if err := os.RemoveAll(temporary); err != nil { // what an interrupted run left
		return "", fmt.Errorf("clearing the cache: %w", err)
	}
	if err := os.MkdirAll(temporary, 0o755); err != nil {
		return "", fmt.Errorf("making a cache folder: %w", err)
	}
	if err := build(temporary); err != nil {
		return "", errors.Join(err, os.RemoveAll(temporary))
	}
	if err := os.Rename(temporary, final); err != nil {
		return "", fmt.Errorf("moving a finished part into the cache: %w", err)
	}
	return final, nil
}

// checkRoom refuses to start a build that would fill the disk.
func checkRoom(dir string) error {
	free, err := freeSpace(dir)
	if err != nil {
		return fmt.Errorf("looking how much room is left on disk: %w", err)
	}
	return enoughRoom(dir, free)
}

func enoughRoom(dir string, free uint64) error {
	if free < minFree {
		return fmt.Errorf("making the local toolchain: the disk of %s has %d MB left, %d MB are needed: free some room, "+
			"or set XDG_CACHE_HOME to a folder on another disk", dir, free>>20, minFree>>20)
	}
	return nil
}

// exists says whether there is a file or folder at a path.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
