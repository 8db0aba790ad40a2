package localdeploy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// repository makes a folder with the files, each of which contains its own path.
func repository(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, file := range files {
		path := filepath.Join(root, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestStackFile(t *testing.T) {
	t.Parallel()
	root := repository(t, "Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.both.yaml",
		"examples/Pulumi.both.yaml", "examples/Pulumi.fargate-web.yaml", "elsewhere/Pulumi.hidden.yaml")
	for _, c := range []struct{ name, stack, want, problem string }{
		{"in the root", "dev", "Pulumi.dev.yaml", ""},
		{"an example", "fargate-web", "examples/Pulumi.fargate-web.yaml", ""},
		{"the root comes first", "both", "Pulumi.both.yaml", ""},
		{"unknown", "prod", "", `there is no stack file for "prod"; there are: both, dev, fargate-web`},
		{"a path is no name", "x/../dev", "", `there is no stack file for "x/../dev"; there are: both, dev, fargate-web`},
		{"no name at all", "", "", `there is no stack file for ""; there are: both, dev, fargate-web`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := StackFile(root, c.stack)
			if filepath.ToSlash(got) != c.want || text(err) != c.problem {
				t.Errorf("got %q, %q; want %q, %q", got, text(err), c.want, c.problem)
			}
		})
	}
	if _, err := StackFile(t.TempDir(), "dev"); text(err) != `there is no stack file for "dev"; there are: none` {
		t.Errorf("in an empty folder: %v", err)
	}
}

func TestLoadReadsBothFiles(t *testing.T) {
	t.Parallel()
	root := repository(t, "Pulumi.yaml", "examples/Pulumi.hub.yaml")
	spec := Spec{Stack: "hub"}
	path, err := spec.Load(root)
	if err != nil || filepath.ToSlash(path) != "examples/Pulumi.hub.yaml" {
		t.Fatalf("got %q, %v", path, err)
	}
	if string(spec.Project) != "Pulumi.yaml" || string(spec.Settings) != "examples/Pulumi.hub.yaml" {
		t.Errorf("read %q and %q", spec.Project, spec.Settings)
	}
}

func TestFindRootLooksUpwards(t *testing.T) {
	t.Parallel()
	root := repository(t, "Pulumi.yaml", "go.mod", "internal/x/x.go", "examples/second/Pulumi.yaml")
	for _, dir := range []string{".", "internal/x", "examples/second"} {
		if got, err := FindRoot(filepath.Join(root, dir)); err != nil || got != root {
			t.Errorf("from %s: %q, %v", dir, got, err)
		}
	}
	if _, err := FindRoot(t.TempDir()); !strings.Contains(text(err), "run this inside the repository") {
		t.Errorf("outside: %v", err)
	}
}
