package localdeploy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// localProvider is the AWS provider's configuration for a local AWS, where any credentials do. The provider may ask for
// the account's number: without it, it takes a security group of the same account for one of another.
var localProvider = map[string]string{
	"aws:accessKey":                 "test",
	"aws:secretKey":                 "test",
	"aws:skipCredentialsValidation": "true",
	"aws:skipMetadataApiCheck":      "true",
	"aws:s3UsePathStyle":            "true",
	// The local AWS neither throttles nor has bad days: what it refuses five times it refuses for good.
	"aws:maxRetries": "5",
}

// keptProvider lists the provider settings of a stack file that mean the same on a local AWS. Profiles, roles,
// endpoints and account checks do not.
var keptProvider = []string{"aws:region", "aws:defaultTags", "aws:ignoreTags"}

// overlaySettings returns a stack file's text with the provider's configuration replaced by that of the local AWS.
// It fails on encrypted values, which only their owner's passphrase or key opens.
func overlaySettings(text []byte) ([]byte, error) {
	var file map[string]any
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("reading the stack file: %w", err)
	}
	if _, found := file["environment"]; found {
		return nil, errors.New("environment: a local deployment cannot open Pulumi ESC environments; " +
			"copy the stack file and put their values into it")
	}
	config, err := configOf(file)
	if err != nil {
		return nil, fmt.Errorf("reading the stack file: %w", err)
	}
	overlaid := localConfig(config)
	for key, value := range localProvider {
		overlaid[key] = value
	}
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(overlaid)) {
		problems = append(problems, findSecrets(key, overlaid[key])...)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	// Nothing but config: the file's secrets provider and salt belong to the values that were refused above.
	return yaml.Marshal(map[string]any{"config": overlaid})
}

// overlayProject returns a project file's text with what a local deployment may keep of it: no backend, no folders of
// its own, and no provider configuration but what keptProvider lists.
func overlayProject(text []byte) (project string, overlaid []byte, err error) {
	var file map[string]any
	if err := yaml.Unmarshal(text, &file); err != nil {
		return "", nil, fmt.Errorf("reading the project file: %w", err)
	}
	project, ok := file["name"].(string)
	if !ok || project == "" {
		return "", nil, errors.New("reading the project file: it has no name")
	}
	kept := map[string]any{"name": project, "runtime": file["runtime"]}
	if _, found := file["config"]; found {
		config, err := configOf(file)
		if err != nil {
			return "", nil, fmt.Errorf("reading the project file: %w", err)
		}
		kept["config"] = localConfig(config)
	}
	overlaid, err = yaml.Marshal(kept)
	return project, overlaid, err
}

func configOf(file map[string]any) (map[string]any, error) {
	switch config := file["config"].(type) {
	case nil:
		return map[string]any{}, nil
	case map[string]any:
		return config, nil
	default:
		return nil, errors.New("config is not a map")
	}
}

// localConfig returns a copy without the provider settings that must not reach a local deployment.
func localConfig(config map[string]any) map[string]any {
	kept := map[string]any{}
	for key, value := range config {
		if !strings.HasPrefix(key, "aws:") || slices.Contains(keptProvider, key) {
			kept[key] = value
		}
	}
	return kept
}

// findSecrets returns an error for every encrypted value in a setting, {secure: v1:…} in Pulumi's notation.
func findSecrets(path string, value any) []error {
	var problems []error
	switch value := value.(type) {
	case map[string]any:
		if _, secure := value["secure"].(string); secure && len(value) == 1 {
			return []error{fmt.Errorf("%s: is encrypted, and a local deployment has no key for it; "+
				"copy the stack file and give a plain value", path)}
		}
		for _, key := range slices.Sorted(maps.Keys(value)) {
			problems = append(problems, findSecrets(path+"."+key, value[key])...)
		}
	case []any:
		for i, item := range value {
			problems = append(problems, findSecrets(fmt.Sprintf("%s[%d]", path, i), item)...)
		}
	}
	return problems
}

// ProjectName returns the name in a project file's text.
func ProjectName(text []byte) (string, error) {
	name, _, err := overlayProject(text)
	return name, err
}
