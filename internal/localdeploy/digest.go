package localdeploy

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
)

// ErrNoDigest is returned when the engine ended before it could say anything about the stack.
var ErrNoDigest = errors.New("the engine gave no digest")

// PreviewJSON is Preview, and returns what `pulumi preview --json --show-sames --show-replacement-steps` would print:
// every resource, and of replacements in which order they go. With the released command line, programs and AWS that is a
// command; here the program is this process, so that the engine's command line is made by the Automation API, which knows
// nothing of JSON.
//
// The digest is returned as well when the preview fails, as long as the engine got to look at the stack: it then has the
// errors in it.
func PreviewJSON(ctx context.Context, spec Spec) ([]byte, Result, error) {
	w, err := cleared(ctx, spec)
	if err != nil {
		return nil, Result{}, err
	}
	e := &digester{engine: w.engine}
	w.options = append(w.options, auto.Pulumi(e))
	stack, err := w.upsert(ctx)
	if err != nil {
		return nil, Result{}, err
	}
	result, err := persist(ctx, w, func(f feed) error {
		_, err := stack.Preview(ctx, optpreview.EventStreams(f.events),
			optpreview.ProgressStreams(f.log), optpreview.ErrorProgressStreams(f.log), optpreview.SuppressProgress())
		return err
	}, nil)
	if err == nil && e.digest == "" {
		err = ErrNoDigest
	}
	return []byte(e.digest), result, err
}

// digester is an engine whose previews print a digest instead of a display, and that keeps the last one.
type digester struct {
	engine
	digest string
}

// Run runs a command, as engine's does.
func (d *digester) Run(
	ctx context.Context, dir string, stdin io.Reader, stdout, stderr []io.Writer, extra []string, args ...string,
) (string, string, int, error) {
	preview := len(args) > 0 && args[0] == "preview"
	if preview {
		args = append(slices.Clone(args), "--json", "--show-sames", "--show-replacement-steps")
	}
	out, errOut, code, err := d.engine.Run(ctx, dir, stdin, stdout, stderr, extra, args...)
	if preview {
		d.digest = out
	}
	return out, errOut, code, err
}
