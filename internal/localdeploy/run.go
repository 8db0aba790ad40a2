package localdeploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
)

// quiet is how long nothing may be said while something is being waited for.
const quiet = 15 * time.Second

// feed is what an engine operation reports into.
type feed struct {
	events chan<- events.EngineEvent
	log    io.Writer // receives the engine's own output
}

// run carries out one engine operation: it turns the event stream into progress and a Result, keeps the engine's own
// output in the stack's log, and a failure into sentences.
func run(ctx context.Context, w workplace, operation func(feed) error) (result Result, err error) {
	logPath := LogPath(w.spec.Dir, w.spec.Stack)
	log, err := os.Create(logPath)
	if err != nil {
		return Result{}, fmt.Errorf("opening the log: %w", err)
	}
	defer func() {
		if closeErr := log.Close(); err == nil {
			err = closeErr
		}
	}()

	started := time.Now()
	stream := make(chan events.EngineEvent)
	finished := make(chan struct{})
	collected := make(chan *tracker)
	go func() { collected <- collect(stream, finished, w.spec.Progress, w.spec.Planned) }()
	failure := operation(feed{events: stream, log: log})
	close(finished)
	t := <-collected

	result = t.result
	result.Duration = time.Since(started)
	if failure == nil {
		return result, nil
	}
	if _, err := fmt.Fprintf(log, "\n%v\n", failure); err != nil {
		return result, fmt.Errorf("writing the log: %w", err)
	}
	if ctx.Err() != nil {
		// The engine has been interrupted and has ended; had it to be killed, its lock is still there.
		return result, errors.Join(t.interrupted(ctx), w.release(context.WithoutCancel(ctx)))
	}
	return result, explain(result, failure, logPath)
}

// collect reads the stream until the operation has finished and tells w what happens. The engine may end without
// closing the stream, or without ever having opened it.
func collect(stream <-chan events.EngineEvent, finished <-chan struct{}, w io.Writer, planned int) *tracker {
	t := newTracker(planned)
	heartbeat := time.NewTicker(time.Second)
	defer heartbeat.Stop()
	spoke := time.Now()
	for {
		select {
		case event, open := <-stream:
			if !open {
				stream = nil // wait for the operation's end
				continue
			}
			for _, line := range t.handle(event.EngineEvent, time.Now()) {
				say(w, "%s\n", line)
				spoke = time.Now()
			}
		case now := <-heartbeat.C:
			if now.Sub(spoke) < quiet {
				continue
			}
			if line := t.waiting(now); line != "" {
				say(w, "%s\n", line)
				spoke = now
			}
		case <-finished:
			return t
		}
	}
}
