package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// kept are the top-level entries of the provider's source that a build needs.
var kept = []string{"go.mod", "internal", "names", "version", "xpprovider"}

// copySource copies what a build of the given services needs: no tests, no test data, no other services. The module
// cache is read only, so files get ordinary permissions.
func copySource(from, to string, services map[string]bool) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return fmt.Errorf("making the folder of the copy: %w", err)
	}
	for _, top := range kept {
		root := filepath.Join(from, top)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(from, path)
			if err != nil {
				return err
			}
			if d.IsDir() {
				if skipDir(filepath.ToSlash(rel), services) {
					return filepath.SkipDir
				}
				return os.MkdirAll(filepath.Join(to, rel), 0o755)
			}
			if strings.HasSuffix(rel, "_test.go") {
				return nil
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(to, rel), data, 0o644)
		})
		if err != nil {
			return fmt.Errorf("copying the provider's source: %w", err)
		}
	}
	return nil
}

// skipDir says whether a folder (slash-separated, relative to the source) stays behind.
func skipDir(rel string, services map[string]bool) bool {
	if rel == "internal/acctest" || strings.HasSuffix(rel, "/testdata") || strings.HasSuffix(rel, "/test-fixtures") {
		return true
	}
	service, ok := strings.CutPrefix(rel, "internal/service/")
	return ok && !strings.Contains(service, "/") && !services[service]
}
