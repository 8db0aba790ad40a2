package localdeploy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// examples is the folder of the stack files that show what Torii can do.
const examples = "examples"

// FindRoot returns the repository's folder: the nearest one, from dir upwards, with Torii's Pulumi.yaml and go.mod.
func FindRoot(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("looking for the repository: %w", err)
	}
	for at := start; ; at = filepath.Dir(at) {
		_, projectErr := os.Stat(filepath.Join(at, projectFile))
		_, moduleErr := os.Stat(filepath.Join(at, "go.mod"))
		if projectErr == nil && moduleErr == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("neither %s nor a folder above it has %s and go.mod; run this inside the repository",
				start, projectFile)
		}
	}
}

// StackFile returns the path of a stack's settings, relative to root: Pulumi.<name>.yaml there, else
// examples/Pulumi.<name>.yaml. For an unknown name it fails with those there are.
func StackFile(root, name string) (string, error) {
	for _, path := range []string{settingsFile(name), filepath.Join(examples, settingsFile(name))} {
		_, err := os.Stat(filepath.Join(root, path))
		if err == nil && name == filepath.Base(name) {
			return path, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("looking for stack %s: %w", name, err)
		}
	}
	names, err := stackNames(root)
	if err != nil {
		return "", err
	}
	return "", fmt.Errorf("there is no stack file for %q; there are: %s", name, strings.Join(names, ", "))
}

// stackNames lists the stacks that have a file, those of the root before the examples.
func stackNames(root string) ([]string, error) {
	var names []string
	for _, folder := range []string{root, filepath.Join(root, examples)} {
		files, err := filepath.Glob(filepath.Join(folder, settingsFile("*")))
		if err != nil {
			return nil, fmt.Errorf("listing stack files: %w", err)
		}
		for _, file := range files {
			name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return []string{"none"}, nil
	}
	return names, nil
}

// Load fills in the two files of a stack's Spec from the repository, and tells the stack file's path relative to it.
func (s *Spec) Load(root string) (string, error) {
	path, err := StackFile(root, s.Stack)
	if err != nil {
		return "", err
	}
	if s.Project, err = os.ReadFile(filepath.Join(root, projectFile)); err != nil {
		return path, fmt.Errorf("reading the project file: %w", err)
	}
	if s.Settings, err = os.ReadFile(filepath.Join(root, path)); err != nil {
		return path, fmt.Errorf("reading the stack file: %w", err)
	}
	return path, nil
}
