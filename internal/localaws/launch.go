package localaws

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	logName = "server.log"

	// exitAddressInUse is the launcher's exit status when the port belongs to somebody else.
	exitAddressInUse = 98

	// startLimit is how long moto may take to answer. It needs a second where Python's caches are warm.
	startLimit = 2 * time.Minute
)

// launch starts a server and waits for its record, which it writes once it listens.
func launch(ctx context.Context, o Options) (*Server, error) {
	record, err := recordPath(o.Dir)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(record); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("starting the local AWS: removing the record of an earlier one: %w", err)
	}
	log, err := os.Create(filepath.Join(o.Dir, logName))
	if err != nil {
		return nil, fmt.Errorf("starting the local AWS: %w", err)
	}

	python := filepath.Join(filepath.Dir(o.MotoServer), "python3")
	command := exec.Command(python, o.Launcher, "--port", strconv.Itoa(o.Port), "--record", record)
	command.Dir = o.Dir
	command.Env = serverEnvironment(os.Environ())
	command.Stdout, command.Stderr = log, log
	s := &Server{record: record}
	if o.Detached {
		command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // out of reach of this terminal's Ctrl-C
	} else {
		command.Args = append(command.Args, "--attached")
		if s.stdin, err = command.StdinPipe(); err != nil {
			return nil, errors.Join(fmt.Errorf("starting the local AWS: %w", err), log.Close())
		}
	}
	if err := errors.Join(command.Start(), log.Close()); err != nil {
		return nil, fmt.Errorf("starting the local AWS: %w", err)
	}
	exited := make(chan error, 1)
	go func() {
		exited <- command.Wait()
		close(exited)
	}()
	s.exited, s.pid = exited, command.Process.Pid

	err = s.waitUntilUp(ctx, o, exited)
	if errors.Is(err, errAddressInUse) {
		return whoHas(ctx, o.Port, record)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

var errAddressInUse = errors.New("address already in use")

// whoHas returns the server at the port if it is the one of this record after all, as when two commands started at
// once; else it fails with a sentence about whoever is there.
func whoHas(ctx context.Context, port int, record string) (*Server, error) {
	owner := "another program"
	if answer, err := identify(ctx, address(port)); err == nil {
		if answer.Record == record {
			s := newServer(address(port), answer)
			s.Reused = true
			return s, nil
		}
		owner = "the local AWS of " + filepath.Dir(answer.Record)
	}
	return nil, fmt.Errorf("port %d on this machine is taken by %s; choose a free one, for example with %s=%d",
		port, owner, PortVariable, port+1)
}

// waitUntilUp fills in what only the running server knows.
func (s *Server) waitUntilUp(ctx context.Context, o Options, exited <-chan error) error {
	limit := time.After(startLimit)
	for {
		select {
		case err := <-exited:
			return explainExit(err, o)
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("starting the local AWS: %w", ctx.Err()), s.kill())
		case <-limit:
			return errors.Join(fmt.Errorf("starting the local AWS: no answer after %s; its log is %s",
				startLimit, filepath.Join(o.Dir, logName)), s.kill())
		case <-time.After(20 * time.Millisecond):
		}
		noted, err := readRecord(s.record)
		if err != nil {
			continue // not written yet
		}
		answer, err := identify(ctx, address(noted.Port))
		if err == nil && answer.PID == s.pid {
			s.URL, s.ID = address(noted.Port), answer.ID
			return nil
		}
	}
}

// kill ends a server that did not come up, which has no stop of its own yet.
func (s *Server) kill() error {
	if err := syscall.Kill(s.pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("ending process %d: %w", s.pid, err)
	}
	return nil
}

// explainExit says in a sentence why the launcher ended before it listened.
func explainExit(err error, o Options) error {
	var status *exec.ExitError
	if errors.As(err, &status) && status.ExitCode() == exitAddressInUse {
		return errAddressInUse
	}
	path := filepath.Join(o.Dir, logName)
	said, readErr := os.ReadFile(path)
	if readErr != nil {
		return fmt.Errorf("starting the local AWS: %w", readErr)
	}
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	return fmt.Errorf("starting the local AWS: moto ended with %q; its log is %s", lines[len(lines)-1], path)
}

// serverEnvironment returns the environment of the server: the caller's, without settings of AWS or moto that would
// change its behaviour, and with ours.
func serverEnvironment(base []string) []string {
	var kept []string
	for _, entry := range base {
		if !strings.HasPrefix(entry, "AWS_") && !strings.HasPrefix(entry, "MOTO_") {
			kept = append(kept, entry)
		}
	}
	return append(kept,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", // moto's own clients ask for some
		"MOTO_ACM_VALIDATION_WAIT=1", // seconds until a certificate is issued; 60 if unset
		"PYTHONUNBUFFERED=1",
		"PYTHONDONTWRITEBYTECODE=1", // no __pycache__ beside the launcher
	)
}
