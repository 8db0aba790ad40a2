package localdeploy

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
)

// ErrNotDeployed is returned for a stack that has no state.
var ErrNotDeployed = errors.New("the stack is not deployed here")

// Up deploys the stack, and picks up what an interrupted run left: a lock whose owner is gone, operations without an
// end, the state of a local AWS that has forgotten it. A failed deployment returns a *Failure and what was done so far.
func Up(ctx context.Context, spec Spec) (Result, error) {
	w, stack, err := begin(ctx, spec)
	if err != nil {
		return Result{}, err
	}
	settled, err := w.settle(ctx, stack)
	if err != nil {
		return Result{Settled: settled}, err
	}
	if err := w.roughen(); err != nil {
		return Result{}, err
	}
	var up auto.UpResult
	result, err := persist(ctx, w, func(f feed) (err error) {
		up, err = stack.Up(ctx, optup.EventStreams(f.events),
			optup.ProgressStreams(f.log), optup.ErrorProgressStreams(f.log), optup.SuppressProgress())
		return err
	}, func() error { // what the broken connection was about may have been made
		more, err := w.recover(ctx, stack)
		settled = append(settled, more...)
		return errors.Join(err, w.roughen())
	})
	result.Outputs, result.Settled = up.Outputs, settled
	return result, w.ended(ctx, result, err)
}

// Preview says what Up would do. It needs a server, as programs ask AWS for zones and images.
func Preview(ctx context.Context, spec Spec) (Result, error) {
	w, stack, err := begin(ctx, spec)
	if err != nil {
		return Result{}, err
	}
	return persist(ctx, w, func(f feed) error {
		_, err := stack.Preview(ctx, optpreview.EventStreams(f.events),
			optpreview.ProgressStreams(f.log), optpreview.ErrorProgressStreams(f.log), optpreview.SuppressProgress())
		return err
	}, nil)
}

// Destroy takes the stack down and forgets it. It returns ErrNotDeployed when there is nothing to take down, also when
// the local AWS has forgotten it before.
func Destroy(ctx context.Context, spec Spec) (Result, error) {
	w, err := prepare(ctx, spec)
	if err != nil {
		return Result{}, err
	}
	if err := w.expect(ctx); err != nil {
		return Result{}, err
	}
	if err := w.release(ctx); err != nil {
		return Result{}, err
	}
	stack, err := w.open(ctx)
	if err != nil {
		return Result{}, err
	}
	if _, err := w.settle(ctx, stack); err != nil {
		return Result{}, err
	}
	// As the CLI does: a preview refuses what is protected, while a destroy by itself takes down all that can go before it
	// says so.
	if err := w.mayGo(ctx, stack); err != nil {
		return Result{}, err
	}
	result, err := persist(ctx, w, func(f feed) error {
		_, err := stack.Destroy(ctx, optdestroy.EventStreams(f.events),
			optdestroy.ProgressStreams(f.log), optdestroy.ErrorProgressStreams(f.log), optdestroy.SuppressProgress())
		return err
	}, nil)
	if err != nil {
		return result, err
	}
	return result, w.remove(ctx, stack)
}

// mayGo asks the engine whether everything may be destroyed.
func (w workplace) mayGo(ctx context.Context, stack auto.Stack) error {
	silent := w
	silent.spec.Progress = nil
	_, err := run(ctx, silent, func(f feed) error {
		_, err := stack.PreviewDestroy(ctx, optdestroy.EventStreams(f.events),
			optdestroy.ProgressStreams(f.log), optdestroy.ErrorProgressStreams(f.log), optdestroy.SuppressProgress())
		return err
	})
	return err
}

// Outputs returns what the stack's last Up exported, or ErrNotDeployed.
func Outputs(ctx context.Context, spec Spec) (auto.OutputMap, error) {
	w, err := prepare(ctx, spec)
	if err != nil {
		return nil, err
	}
	if err := w.expect(ctx); err != nil {
		return nil, err
	}
	stack, err := w.open(ctx)
	if err != nil {
		return nil, err
	}
	outputs, err := stack.Outputs(ctx)
	if err != nil {
		return nil, said("reading the outputs of stack "+spec.Stack, err)
	}
	return outputs, nil
}

// begin opens the stack for a run on the server.
func begin(ctx context.Context, spec Spec) (workplace, auto.Stack, error) {
	w, err := cleared(ctx, spec)
	if err != nil {
		return w, auto.Stack{}, err
	}
	stack, err := w.upsert(ctx)
	return w, stack, err
}

// cleared makes a stack's folder ready for a run on the server: nothing of another server, or of a run that was broken
// off, is left in it.
func cleared(ctx context.Context, spec Spec) (workplace, error) {
	w, err := prepare(ctx, spec)
	if err != nil {
		return w, err
	}
	if _, err := w.dropStale(ctx); err != nil {
		return w, err
	}
	if err := w.release(ctx); err != nil {
		return w, err
	}
	return w, writeMark(spec.Dir, spec.Stack, spec.Server.ID)
}

// expect fails with ErrNotDeployed unless the stack stands on the server.
func (w workplace) expect(ctx context.Context) error {
	stale, err := w.dropStale(ctx)
	if err != nil {
		return err
	}
	known, err := Deployed(w.spec.Dir, w.project, w.spec.Stack)
	if err != nil {
		return err
	}
	if stale || !known {
		return ErrNotDeployed
	}
	return nil
}
