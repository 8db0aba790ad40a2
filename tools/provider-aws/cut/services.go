package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// servicePrefix is the import path all services share.
const servicePrefix = "github.com/hashicorp/terraform-provider-aws/internal/service/"

// readServices reads a list of names, one a line; # starts a comment.
func readServices(file string) (map[string]bool, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the list of services: %w", err)
	}
	services := map[string]bool{}
	for _, line := range strings.Split(string(data), "\n") {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			services[line] = true
		}
	}
	if len(services) == 0 {
		return nil, fmt.Errorf("the list of services %s is empty", file)
	}
	return services, nil
}

// closure returns the services and, transitively, every service their code imports.
func closure(root string, services map[string]bool) (map[string]bool, error) {
	found := map[string]bool{}
	var queue []string
	for s := range services {
		queue = append(queue, s)
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		if found[s] {
			continue
		}
		found[s] = true
		imported, err := serviceImports(filepath.Join(root, "internal", "service", s))
		if err != nil {
			return nil, err
		}
		queue = append(queue, imported...)
	}
	return found, nil
}

// serviceImports lists the services that the non-test Go files of a folder import.
func serviceImports(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the service folder: %w", err)
	}
	var services []string
	for _, e := range entries {
		if !isSource(e.Name()) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.ImportsOnly)
		if err != nil {
			return nil, fmt.Errorf("parsing a service: %w", err)
		}
		for _, spec := range file.Imports {
			if name, ok := serviceOf(spec.Path.Value); ok {
				services = append(services, name)
			}
		}
	}
	return services, nil
}

// serviceOf returns the service a quoted import path belongs to.
func serviceOf(quoted string) (string, bool) {
	p, err := strconv.Unquote(quoted)
	if err != nil || !strings.HasPrefix(p, servicePrefix) {
		return "", false
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(path.Clean(p), servicePrefix), "/")
	return name, true
}

// isSource says whether a file is Go code that a build compiles.
func isSource(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
}
