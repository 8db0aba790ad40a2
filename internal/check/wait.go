package check

import (
	"context"
	"time"
)

// interval is how long Wait waits before it asks again.
const interval = 15 * time.Second

// Wait asks until nothing is left that may come right by itself, or until the time is over, and returns the last answers.
// say, if any, is told what it is waiting for before each pause.
func Wait(
	ctx context.Context, patience time.Duration, ask func(context.Context) ([]Finding, error), say func(waiting []Finding),
) ([]Finding, error) {
	end := time.Now().Add(patience)
	for {
		all, err := ask(ctx)
		if err != nil {
			return nil, err
		}
		var waiting []Finding
		for _, f := range all {
			if f.Pending {
				waiting = append(waiting, f)
			}
		}
		if len(waiting) == 0 || time.Now().Add(interval).After(end) {
			return all, nil
		}
		if say != nil {
			say(waiting)
		}
		select {
		case <-ctx.Done():
			return all, nil
		case <-time.After(interval):
		}
	}
}
