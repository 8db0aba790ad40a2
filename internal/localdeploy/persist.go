package localdeploy

import (
	"context"
	"strings"
	"time"
)

// tries is how often an operation is taken up again when nothing but broken connections stopped it.
const tries = 3

// brokenConnection is what the AWS provider says when its own end of a connection went away under it. A Go client on a
// busy machine drops an answer that came before it was done with its request; tools/moto/server.py makes that rare. AWS's
// clients repeat a request that got no answer, but not one whose answer broke off.
const brokenConnection = "use of closed network connection"

// persist runs an operation, and again where the last one was stopped by broken connections only: the engine goes on
// from there, as it does when a person repeats the command. The steps of all runs are in the result. Before it goes on,
// it calls mend, if there is one.
func persist(ctx context.Context, w workplace, operation func(feed) error, mend func() error) (Result, error) {
	var earlier Result
	for try := 1; ; try++ {
		result, err := run(ctx, w, operation)
		result = earlier.and(result)
		if err == nil || try == tries || ctx.Err() != nil || !connectionsBroke(result.Diagnostics[len(earlier.Diagnostics):]) {
			return result, err
		}
		say(w.spec.Progress, "A connection between the AWS provider and the local AWS broke; going on from there.\n")
		earlier = result
		if mend != nil {
			if err := mend(); err != nil {
				return result, err
			}
		}
	}
}

// and is this result followed by another: its steps and diagnostics before the other's, and their changes added up.
func (r Result) and(next Result) Result {
	if r.Duration == 0 {
		return next
	}
	next.Steps = append(r.Steps, next.Steps...)
	next.Diagnostics = append(r.Diagnostics, next.Diagnostics...)
	changes := map[string]int{}
	if same := next.Changes["same"]; same > 0 {
		changes["same"] = same // what the last run left alone, not the sum
	}
	for _, each := range []map[string]int{r.Changes, next.Changes} {
		for op, count := range each {
			if op != "same" {
				changes[op] += count
			}
		}
	}
	next.Changes = changes
	next.Duration = r.Duration + next.Duration.Round(time.Millisecond)
	return next
}

// connectionsBroke tells whether broken connections, and nothing else, are what went wrong.
func connectionsBroke(diagnostics []Diagnostic) bool {
	broke := false
	for _, d := range diagnostics {
		if d.Severity != "error" || isNoise(d.Message) {
			continue
		}
		if !strings.Contains(d.Message, brokenConnection) {
			return false
		}
		broke = true
	}
	return broke
}
