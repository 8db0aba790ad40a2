package toolchain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// heartbeat is how often a running step says that it is still at it.
const heartbeat = 15 * time.Second

// A step is one command of a build.
type step struct {
	doing string // What it does, as in "compiling the engine".
	usual string // How long that usually takes.
	dir   string
	env   []string // Added to the environment.
	name  string
	args  []string
}

// run runs a step: its output goes to the log, and a line now and then tells the person who waits.
func (b *builder) run(ctx context.Context, log io.Writer, logPath string, s step) error {
	b.say("%s (usually %s)", upperFirst(s.doing), s.usual)
	fmt.Fprintf(log, "# %s\n$ cd %s && %s %s\n", s.doing, s.dir, s.name, strings.Join(s.args, " "))

	cmd := exec.CommandContext(ctx, s.name, s.args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), s.env...)
	tail := &lastLine{}
	cmd.Stdout = io.MultiWriter(log, tail)
	cmd.Stderr = cmd.Stdout
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second

	start := time.Now()
	stop := b.beat(s.doing, start)
	err := cmd.Run()
	stop()
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", s.doing, ctx.Err())
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %s; the whole output is in %s", s.doing, err, tail, logPath)
	}
	fmt.Fprintf(log, "# took %s\n", time.Since(start).Round(time.Second))
	return nil
}

// beat prints a line at every heartbeat until the function it returns is called.
func (b *builder) beat(doing string, start time.Time) (stop func()) {
	done, finished := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(finished)
		ticker := time.NewTicker(heartbeat)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				b.say("  still %s, %s so far", doing, time.Since(start).Round(time.Second))
			}
		}
	}()
	return func() {
		close(done)
		<-finished // no line after the step's own
	}
}

// upperFirst makes a sentence of a step's name.
func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// lastLine remembers the last line of what is written to it that is not empty: most tools say there what went wrong.
type lastLine struct {
	current, last []byte
}

// Write implements io.Writer.
func (l *lastLine) Write(p []byte) (int, error) {
	for _, c := range p {
		if c != '\n' && c != '\r' {
			l.current = append(l.current, c)
			continue
		}
		if len(bytes.TrimSpace(l.current)) > 0 {
			l.last = append(l.last[:0], l.current...)
		}
		l.current = l.current[:0]
	}
	return len(p), nil
}

// String returns the line.
func (l *lastLine) String() string {
	if s := bytes.TrimSpace(l.current); len(s) > 0 {
		return string(s)
	}
	if s := bytes.TrimSpace(l.last); len(s) > 0 {
		return string(s)
	}
	return "it printed nothing"
}

// withLog calls work with the log file of a cache key, which starts anew.
func (b *builder) withLog(key string, work func(log io.Writer, path string) error) error {
	path := b.cache.logPath(key)
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("opening a log file: %w", err)
	}
	return errors.Join(work(f, path), f.Close())
}
