package settings

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"torii/internal/readme"
	"torii/internal/recorder"
)

// TestREADMEHasTheSettings keeps the settings in README to the structs' doc comments and
// defaults.
func TestREADMEHasTheSettings(t *testing.T) {
	want, err := settingsReference()
	require.NoError(t, err)
	assert.Equal(t, strings.TrimSpace(want), readme.Part(t, "settings"))
}

// TestProjectFileNamesEverySetting wants each section of Pulumi.yaml to say which
// settings it takes.
func TestProjectFileNamesEverySetting(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(recorder.Root(), "Pulumi.yaml"))
	require.NoError(t, err)
	var project struct {
		Config map[string]struct{ Type, Description string }
	}
	require.NoError(t, yaml.Unmarshal(text, &project))
	require.ElementsMatch(t, Sections, sortedKeys(project.Config))
	all := map[string][]string{
		"network": keysOf(&Network{}), "security": keysOf(&Security{}), "edge": keysOf(&Edge{}), "authority": keysOf(&Authority{}),
		"operations": keysOf(&Operations{}),
		"bastion":    keysOf(&Bastion{}),
		"workloads":  slices.Concat(keysOf(&Fargate{}), keysOf(&JupyterHub{}), keysOf(&Notebooks{}), keysOf(&Person{}), keysOf(&Fleet{})),
	}
	for section, names := range all {
		assert.Equal(t, "object", project.Config[section].Type)
		for _, name := range names {
			assert.Regexp(t, `\b`+name+`\b`, project.Config[section].Description, section)
		}
	}
}

// settingsReference writes the settings as Markdown tables, from the doc comments and defaults
// of their structs.
func settingsReference() (string, error) {
	comments := map[string]map[string]string{}
	for _, source := range []string{"settings.go", "security.go", "authority.go", "fargate.go", "jupyterhub.go", "notebooks.go", "fleet.go", "bastion.go", "operations.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ParseComments)
		if err != nil {
			return "", fmt.Errorf("reading the settings' own source: %w", err)
		}
		maps.Copy(comments, fieldComments(file))
	}
	all := defaults()
	sections := []struct {
		title  string
		values any
	}{
		{"torii:network", all.Network},
		{"torii:security", all.Security},
		{"torii:edge", all.Edge},
		{"torii:authority", all.Authority},
		{"torii:workloads.<name>, kind: fargate", defaultFargate()},
		{"torii:workloads.<name>, kind: jupyterhub", defaultJupyterHub()},
		{"torii:workloads.<name>, kind: notebooks", defaultNotebooks()},
		{"torii:workloads.<name>.people.<person>", defaultPerson()},
		{"torii:workloads.<name>, kind: fleet", defaultFleet()},
		{"torii:bastion", all.Bastion},
		{"torii:operations", all.Operations},
	}
	var b strings.Builder
	for i, section := range sections {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "**`%s`**\n\n| setting | default | what it says |\n| --- | --- | --- |\n", section.title)
		value := reflect.ValueOf(section.values)
		for j := range value.NumField() {
			field := value.Type().Field(j)
			comment, documented := comments[value.Type().Name()][field.Name]
			if !documented {
				return "", fmt.Errorf("setting %s of %s has no comment", field.Tag.Get("setting"), section.title)
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", field.Tag.Get("setting"), defaultText(value.Field(j)), comment)
		}
	}
	return b.String(), nil
}

// fieldComments are the doc comments of each struct's fields, each on one line.
func fieldComments(file *ast.File) map[string]map[string]string {
	comments := map[string]map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, isType := node.(*ast.TypeSpec)
		if !isType {
			return true
		}
		fields, isStruct := spec.Type.(*ast.StructType)
		if !isStruct {
			return false
		}
		of := map[string]string{}
		for _, field := range fields.Fields.List {
			if text := strings.Join(strings.Fields(field.Doc.Text()), " "); text != "" {
				of[field.Names[0].Name] = text
			}
		}
		comments[spec.Name.Name] = of
		return false
	})
	return comments
}

// defaultText prints a default, or nothing where there is none.
func defaultText(value reflect.Value) string {
	if value.Kind() != reflect.Bool && value.IsZero() || value.Kind() == reflect.Int && value.Int() == unset {
		return ""
	}
	return "`" + show(value.Interface()) + "`"
}
