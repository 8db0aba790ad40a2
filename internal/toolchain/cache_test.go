package toolchain

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

func TestCacheMakesOnce(t *testing.T) {
	c := cache{root: t.TempDir()}
	var made, waited atomic.Int32
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			dir, err := c.ensure(t.Context(), "thing-1", func() { waited.Add(1) }, func(dir string) error {
				made.Add(1)
				if got, want := dir, c.path("thing-1")+".tmp"; got != want {
					t.Errorf("it is made in %s, want %s", got, want)
				}
				return os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o644)
			})
			if err != nil || dir != c.path("thing-1") {
				t.Errorf("ensure = %q, %v, want %q", dir, err, c.path("thing-1"))
			}
		})
	}
	group.Wait()
	if made.Load() != 1 {
		t.Errorf("it was made %d times, want 1", made.Load())
	}
	if _, err := os.Stat(filepath.Join(c.path("thing-1"), "file")); err != nil {
		t.Errorf("the file is not in the cache: %v", err)
	}
}

func TestCacheKeepsNoHalfMadeThing(t *testing.T) {
	c := cache{root: t.TempDir()}
	failure := errors.New("no luck")
	_, err := c.ensure(t.Context(), "thing-1", func() {}, func(dir string) error {
		write(t, dir, map[string]string{"half": "x"})
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("ensure = %v, want %v", err, failure)
	}
	if c.has("thing-1") || exists(c.path("thing-1")+".tmp") {
		t.Error("a half-made thing is left, want none")
	}
	write(t, c.path("thing-1")+".tmp", map[string]string{"stale": "x"}) // what a killed run leaves
	dir, err := c.ensure(t.Context(), "thing-1", func() {}, func(string) error { return nil })
	if err != nil || exists(filepath.Join(dir, "stale")) {
		t.Errorf("ensure = %v, stale file there: %t, want a clean folder", err, exists(filepath.Join(dir, "stale")))
	}
}

func TestLockGivesUpWithTheContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), path, func() {})
	if err != nil {
		t.Fatalf("lock = %v, want the lock", err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := lock(ctx, path, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("lock of a locked file = %v, want %v", err, context.Canceled)
	}
}

func TestEnoughRoom(t *testing.T) {
	if err := enoughRoom("/cache", minFree); err != nil {
		t.Errorf("enoughRoom(just enough) = %v, want nil", err)
	}
	want := "making the local toolchain: the disk of /cache has 1 MB left, 3072 MB are needed: free some room, " +
		"or set XDG_CACHE_HOME to a folder on another disk"
	if err := enoughRoom("/cache", 1<<20); err == nil || err.Error() != want {
		t.Errorf("enoughRoom(1 MB) = %v, want %s", err, want)
	}
}
