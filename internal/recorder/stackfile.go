package recorder

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// Root is the project's folder.
func Root() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..")
}

// StackFiles returns every committed stack file by the name of its stack.
func StackFiles() (map[string]string, error) {
	files := map[string]string{}
	for _, pattern := range []string{"Pulumi.*.yaml", "examples/Pulumi.*.yaml"} {
		found, err := filepath.Glob(filepath.Join(Root(), pattern))
		if err != nil {
			return nil, fmt.Errorf("listing stack files: %w", err)
		}
		for _, file := range found {
			name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
			files[name] = file
		}
	}
	return files, nil
}

// Config reads a stack file the way the Pulumi CLI does and returns it as a program
// gets it: full key to text, JSON where it has structure. Secrets are "[secret]".
func Config(file string) (map[string]string, error) {
	project, err := workspace.LoadProject(filepath.Join(Root(), "Pulumi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("reading the project file: %w", err)
	}
	stack, err := workspace.LoadProjectStack(nil, project, file)
	if err != nil {
		return nil, fmt.Errorf("reading stack file %s: %w", file, err)
	}
	values, err := stack.Config.Decrypt(config.NewBlindingDecrypter())
	if err != nil {
		return nil, fmt.Errorf("reading the settings in %s: %w", file, err)
	}
	all := make(map[string]string, len(values))
	for key, value := range values {
		all[key.String()] = value
	}
	return all, nil
}
