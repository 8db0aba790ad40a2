package localdeploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

const (
	projectFile = "Pulumi.yaml"
	stateFolder = "state"
	logName     = "last-run.log"

	// ServerFolder is the folder below Spec.Dir in which the commands keep the local AWS's record and log.
	ServerFolder = "aws"
)

func settingsFile(stack string) string { return "Pulumi." + stack + ".yaml" }

// workplace is the folder of one stack, and what runs in it.
type workplace struct {
	spec    Spec
	project string            // name
	dir     string            // absolute path of the stack's folder
	state   string            // absolute path of the state backend
	files   map[string][]byte // by path: what the engine reads
	engine  engine
	options []auto.LocalWorkspaceOption
}

// prepare writes the stack's folder anew: the two files, laid over with what makes them local.
func prepare(ctx context.Context, spec Spec) (workplace, error) {
	if spec.Stack == stateFolder || spec.Stack == ServerFolder {
		return workplace{}, fmt.Errorf("a local stack cannot be called %s: that folder has another use", spec.Stack)
	}
	root, err := filepath.Abs(spec.Dir)
	if err != nil {
		return workplace{}, fmt.Errorf("preparing the stack's folder: %w", err)
	}
	w := workplace{spec: spec, dir: filepath.Join(root, spec.Stack), state: filepath.Join(root, stateFolder)}
	project, projectText, err := overlayProject(spec.Project)
	if err != nil {
		return w, err
	}
	settingsText, err := overlaySettings(spec.Settings)
	if err != nil {
		return w, err
	}
	if settingsText, err = sealSettings(ctx, settingsText, spec.Secrets); err != nil {
		return w, err
	}
	w.project = project
	w.files = map[string][]byte{
		filepath.Join(w.dir, projectFile):              projectText,
		filepath.Join(w.dir, settingsFile(spec.Stack)): settingsText,
	}
	if err := errors.Join(os.MkdirAll(w.dir, 0o755), os.MkdirAll(w.state, 0o755), w.write()); err != nil {
		return w, fmt.Errorf("preparing the stack's folder: %w", err)
	}

	url := "" // without a server, the engine only reads and edits its own state
	if spec.Server != nil {
		url = spec.Server.URL
	}
	command, err := newEngine(spec.Kit.PulumiRoot, engineEnvironment(os.Environ(), url, w.state, spec.Kit.PulumiHome))
	if err != nil {
		return w, err
	}
	w.engine = command
	w.options = []auto.LocalWorkspaceOption{
		auto.Pulumi(command),
		auto.PulumiHome(spec.Kit.PulumiHome),
		auto.WorkDir(w.dir),
		auto.SecretsProvider("passphrase"),
	}
	return w, nil
}

// write writes the files that the engine reads; it removes some of them together with a stack.
func (w workplace) write() error {
	var problems []error
	for path, text := range w.files {
		problems = append(problems, os.WriteFile(path, text, 0o600))
	}
	return errors.Join(problems...)
}

// upsert selects the stack, or makes it.
func (w workplace) upsert(ctx context.Context) (auto.Stack, error) {
	stack, err := auto.UpsertStackInlineSource(ctx, w.spec.Stack, w.project, w.spec.Program, w.options...)
	if err != nil {
		return stack, said("opening stack "+w.spec.Stack, err)
	}
	return stack, nil
}

// open selects the stack, which must exist.
func (w workplace) open(ctx context.Context) (auto.Stack, error) {
	stack, err := auto.SelectStackInlineSource(ctx, w.spec.Stack, w.project, w.spec.Program, w.options...)
	if err != nil {
		return stack, said("opening stack "+w.spec.Stack, err)
	}
	return stack, nil
}

// LogPath returns where the engine's full output of the stack's last run is.
func LogPath(dir, stack string) string { return filepath.Join(dir, stack, logName) }
