package toolchain

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Cached returns a folder of the user's cache that build has made, now or in an earlier run. Its key is a name and a
// short hash of what it is made from, so that other ingredients make another one. Progress gets a plain sentence when
// this run has to wait for another; nil is silence. Build must not ask for something cached itself.
func Cached(
	ctx context.Context, name string, madeFrom []string, progress io.Writer, build func(dir string) error,
) (string, error) {
	kept, err := userCache()
	if err != nil {
		return "", err
	}
	b := &builder{say: sayer(progress)}
	return kept.ensure(ctx, name+"-"+hashStrings(madeFrom...), b.waiting, build)
}

// userCache is the cache of the user that runs this.
func userCache() (cache, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return cache{}, fmt.Errorf("finding the user's cache folder: %w", err)
	}
	return cache{root: filepath.Join(base, "torii")}, nil
}
