package localdeploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"gopkg.in/yaml.v3"

	"torii/internal/recovery"
)

// roughName is the file that stands in a stack's folder from the beginning of an update until one ended well: what AWS
// has and what the state says may differ.
const roughName = "unsettled"

// Recover compares what AWS has of the stack with its state and its program, and mends the state. Up does so by itself
// after an update that was cut off or could not make something; this is for when nobody noticed. It needs Program to
// find what a failed update made without noting it.
func Recover(ctx context.Context, spec Spec) ([]recovery.Finding, error) {
	w, stack, err := begin(ctx, spec)
	if err != nil {
		return nil, err
	}
	return w.recover(ctx, stack)
}

// settle makes up for an update that did not end well, if the last one did not.
func (w workplace) settle(ctx context.Context, stack auto.Stack) ([]recovery.Finding, error) {
	kept, err := readState(StateFile(w.spec.Dir, w.project, w.spec.Stack))
	if err != nil || kept.resources+kept.pending == 0 {
		return nil, err
	}
	_, err = os.Stat(w.rough())
	switch {
	case kept.pending > 0:
		say(w.spec.Progress, "An earlier run was interrupted in %s; comparing its state with what is there.\n",
			count(kept.pending, "operation"))
	case err == nil:
		say(w.spec.Progress, "An earlier run did not end well; comparing its state with what is there.\n")
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	default:
		return nil, fmt.Errorf("seeing how the last run ended: %w", err)
	}
	return w.recover(ctx, stack)
}

// recover puts into the state what AWS has of the stack beside it, and then asks AWS about each resource.
func (w workplace) recover(ctx context.Context, stack auto.Stack) ([]recovery.Finding, error) {
	exported, err := stack.Export(ctx)
	if err != nil {
		return nil, said("reading the state of stack "+w.spec.Stack, err)
	}
	state, err := recovery.Read(exported.Deployment)
	if err != nil {
		return nil, err
	}
	account, err := w.account()
	if err != nil {
		return nil, err
	}
	findings, err := recovery.Examine(ctx, state, w.wanted(ctx, stack), account)
	if err != nil {
		return nil, err
	}
	for _, each := range findings {
		say(w.spec.Progress, "  %s\n", each)
	}
	if recovery.Changes(findings) {
		state.Apply(findings)
		if exported.Deployment, err = state.JSON(); err != nil {
			return findings, err
		}
		if err := stack.Import(ctx, exported); err != nil {
			return findings, said("writing the state of stack "+w.spec.Stack, err)
		}
	}
	_, err = run(ctx, w, func(f feed) error {
		_, err := stack.Refresh(ctx, optrefresh.ClearPendingCreates(),
			optrefresh.EventStreams(f.events), optrefresh.ProgressStreams(f.log), optrefresh.ErrorProgressStreams(f.log))
		return err
	})
	if err != nil {
		return findings, err
	}
	return findings, w.smooth()
}

// wanted returns what the program would have made next: of what a failed update made the state may say nothing at all.
func (w workplace) wanted(ctx context.Context, stack auto.Stack) []map[string]any {
	if w.spec.Program == nil {
		return nil
	}
	silent := w
	silent.spec.Progress = nil
	result, err := run(ctx, silent, func(f feed) error {
		_, err := stack.Preview(ctx, optpreview.EventStreams(f.events),
			optpreview.ProgressStreams(f.log), optpreview.ErrorProgressStreams(f.log), optpreview.SuppressProgress())
		return err
	})
	if err != nil { // the update that follows says why, if it still is so
		say(w.spec.Progress, "What the program wants could not be asked; looking for what the state speaks of.\n")
	}
	return result.wanted
}

// account asks the local AWS.
func (w workplace) account() (*recovery.Account, error) {
	var file struct {
		Config struct {
			Region string `yaml:"aws:region"`
		}
	}
	if err := yaml.Unmarshal(w.spec.Settings, &file); err != nil {
		return nil, fmt.Errorf("reading the stack file: %w", err)
	}
	return recovery.New(aws.Config{
		Region: file.Config.Region, BaseEndpoint: aws.String(w.spec.Server.URL),
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}), nil
}

func (w workplace) rough() string { return filepath.Join(w.dir, roughName) }

// roughen notes that an update begins.
func (w workplace) roughen() error {
	if err := os.WriteFile(w.rough(), nil, 0o600); err != nil {
		return fmt.Errorf("noting that a run begins: %w", err)
	}
	return nil
}

// smooth notes that AWS has what the state says.
func (w workplace) smooth() error {
	if err := os.Remove(w.rough()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("noting that a run ended: %w", err)
	}
	return nil
}

// ended notes how an update ended. Where something could not be made, AWS may have it all the same.
func (w workplace) ended(ctx context.Context, result Result, err error) error {
	unmade := slices.ContainsFunc(result.Steps, func(s Step) bool { return s.Failed && s.working() })
	var failure *Failure
	if unmade || ctx.Err() != nil || err != nil && !errors.As(err, &failure) {
		return err
	}
	return errors.Join(err, w.smooth())
}
