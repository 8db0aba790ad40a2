package toolchain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// hashLength is how many hex digits of a hash a cache folder's name carries.
const hashLength = 12

// hashSources is a short hash of the names and contents of the files below a folder, in walking order. Tests and
// explanations do not change what is built, so they do not count.
func hashSources(root string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".md") {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s\x00%d\x00", filepath.ToSlash(rel), len(data))
		h.Write(data)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("reading the toolchain's sources: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil))[:hashLength], nil
}

// hashStrings is a short hash of some words.
func hashStrings(words ...string) string {
	h := sha256.New()
	for _, w := range words {
		fmt.Fprintf(h, "%d\x00%s", len(w), w)
	}
	return hex.EncodeToString(h.Sum(nil))[:hashLength]
}
