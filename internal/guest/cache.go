//go:build linux

package guest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// minFree is the room that an image and a machine that runs from it need on disk.
const minFree = 4 << 30

// cached returns a folder of the user's cache that build has made, now or in an earlier
// run. One process at a time builds, and what is there is complete, since it is made
// elsewhere and moved into place.
func cached(ctx context.Context, key string, progress io.Writer, build func(dir string) error) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the user's cache folder: %w", err)
	}
	final := filepath.Join(base, "torii", key)
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return "", fmt.Errorf("making the cache folder: %w", err)
	}
	unlock, err := lock(ctx, final+".lock", progress)
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(final), &disk); err != nil {
		return "", fmt.Errorf("looking how much room is left on disk: %w", err)
	}
	if free := disk.Bavail * uint64(disk.Bsize); free < minFree {
		return "", fmt.Errorf("making an image: the disk of %s has %d MB left, %d MB are needed: free some room, "+
			"or set XDG_CACHE_HOME to a folder on another disk", final, free>>20, minFree>>20)
	}
	temporary := final + ".tmp"
	if err := os.RemoveAll(temporary); err != nil { // what an interrupted run left
		return "", fmt.Errorf("clearing the cache: %w", err)
	}
	if err := build(temporary); err != nil {
		return "", errors.Join(err, os.RemoveAll(temporary))
	}
	if err := os.Rename(temporary, final); err != nil {
		return "", fmt.Errorf("moving an image into the cache: %w", err)
	}
	return final, nil
}

// lock takes an exclusive lock on a file and returns what gives it back.
func lock(ctx context.Context, path string, progress io.Writer) (func(), error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the lock file: %w", err)
	}
	for told := false; ; told = true {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		if !told {
			say(progress, "Another run makes the same image; waiting for it")
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("waiting for another run: %w", ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// short is a hash of words, for the name of what is made from them.
func short(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return hex.EncodeToString(sum[:6])
}
