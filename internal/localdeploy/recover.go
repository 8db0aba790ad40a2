package localdeploy

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optremove"
)

// dropStale removes the stack's state if it describes things on a local AWS that has forgotten them, and tells whether
// it did.
func (w workplace) dropStale(ctx context.Context) (bool, error) {
	known, err := Deployed(w.spec.Dir, w.project, w.spec.Stack)
	if err != nil || !known {
		return false, err
	}
	mark, err := readMark(w.spec.Dir, w.spec.Stack)
	if err != nil {
		return false, err
	}
	if w.spec.Server != nil && mark == w.spec.Server.ID {
		return false, nil
	}
	if err := w.release(ctx); err != nil {
		return false, err
	}
	stack, err := w.open(ctx)
	if err != nil {
		return false, err
	}
	if err := w.remove(ctx, stack, optremove.Force()); err != nil {
		return false, err
	}
	if err := w.write(); err != nil {
		return false, fmt.Errorf("preparing the stack's folder: %w", err)
	}
	say(w.spec.Progress, "The local AWS that stack %s stood on is gone, and everything in it; its old state was dropped.\n",
		w.spec.Stack)
	return true, nil
}

// remove forgets the stack: its state, history and settings.
func (w workplace) remove(ctx context.Context, stack auto.Stack, options ...optremove.Option) error {
	if err := stack.Workspace().RemoveStack(ctx, w.spec.Stack, options...); err != nil {
		return said("removing the state of stack "+w.spec.Stack, err)
	}
	return nil
}

// release removes the lock of a run that ended without doing so. It fails while another run is at work.
func (w workplace) release(ctx context.Context) error {
	found, err := locks(w.spec.Dir, w.project, w.spec.Stack)
	if err != nil || len(found) == 0 {
		return err
	}
	for _, l := range found {
		if l.held() {
			return fmt.Errorf("another run (process %d, since %s) is at work on stack %s; wait until it ends, or interrupt it",
				l.PID, l.Timestamp.Local().Format(time.TimeOnly), w.spec.Stack)
		}
	}
	stack, err := w.open(ctx)
	if err != nil {
		return err
	}
	if err := stack.Cancel(ctx); err != nil {
		return said("removing the lock of an earlier run on stack "+w.spec.Stack, err)
	}
	say(w.spec.Progress, "An earlier run on stack %s was cut off; its lock was removed.\n", w.spec.Stack)
	return nil
}

// say writes a sentence of progress. One that cannot be shown is no reason to stop.
func say(w io.Writer, format string, args ...any) {
	if w != nil {
		fmt.Fprintf(w, format, args...)
	}
}

// count returns "1 thing" or "2 things".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
