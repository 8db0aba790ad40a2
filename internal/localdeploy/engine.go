package localdeploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

// graceful is how long the engine may take, once interrupted, to see its running operations to an end and to write
// down where they stand.
const graceful = 3 * time.Minute

// engine runs the Pulumi command line. It differs from the Automation API's own runner in its environment, which is
// given in full instead of inherited, and in its patience with an interrupted run.
type engine struct {
	auto.PulumiCommand // of which only Version is used
	command            string
	environment        []string
}

func newEngine(root string, environment []string) (engine, error) {
	found, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: root})
	if err != nil {
		return engine{}, fmt.Errorf("finding the pulumi command in %s: %w", root, err)
	}
	return engine{
		PulumiCommand: found,
		command:       filepath.Join(root, "bin", "pulumi"),
		environment:   environment,
	}, nil
}

var _ auto.PulumiCommand = engine{}

// Version returns the version of the command.
func (e engine) Version() semver.Version { return e.PulumiCommand.Version() }

// Run runs a command and returns its output and exit status. When ctx ends, the command is interrupted as if by Ctrl-C.
func (e engine) Run(
	ctx context.Context, dir string, stdin io.Reader, stdout, stderr []io.Writer, extra []string, args ...string,
) (string, string, int, error) {
	var out, errOut bytes.Buffer
	command := exec.CommandContext(ctx, e.command, append([]string{"--non-interactive"}, args...)...)
	command.Dir = dir
	command.Env = append(append([]string{}, e.environment...), extra...)
	command.Env = append(command.Env, "PULUMI_AUTOMATION_API=true")
	command.Stdin = stdin
	command.Stdout = io.MultiWriter(append(stdout, &out)...)
	command.Stderr = io.MultiWriter(append(stderr, &errOut)...)
	// In a group of its own: a Ctrl-C in the terminal reaches it through ctx only, once.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = graceful

	err := command.Run()
	code := -1 // as long as there is none
	if command.ProcessState != nil {
		code = command.ProcessState.ExitCode()
	}
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		err = fmt.Errorf("running pulumi: %w", err)
	}
	return out.String(), errOut.String(), code, err
}
