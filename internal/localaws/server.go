// Package localaws runs the AWS that lives on this machine: moto's server, started by tools/moto/server.py.
//
// The server keeps everything in memory. Each start, and each Reset, therefore gets a new ID: whoever kept notes about
// what existed under another ID knows that they are stale.
package localaws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// DefaultPort is the port of the local AWS when nobody asks for another one.
const DefaultPort = 4580

// PortVariable is the environment variable by which a user chooses another port.
const PortVariable = "TORII_LOCAL_PORT"

// Options say how to start a local AWS.
type Options struct {
	MotoServer string // Required. Path of moto's moto_server; the python3 beside it runs the launcher.
	Launcher   string // Required. Path of tools/moto/server.py.
	Dir        string // Required. Folder for the server's record and log; made if missing. One server to a folder.
	Port       int    // TCP port on 127.0.0.1. 0 takes any free one.
	Detached   bool   // Whether the server outlives this process, in a session of its own.
}

// Server is a local AWS that answers.
type Server struct {
	URL      string // http://127.0.0.1:<port>, for AWS_ENDPOINT_URL.
	ID       string // Identity of the server's memory; see the package comment.
	Reused   bool   // It was running before Start.
	Outdated bool   // It was started by another version of the launcher, and may lack its newer mends.

	pid    int
	record string
	stdin  io.Closer    // Of an attached server, which ends when this closes; else nil.
	exited <-chan error // Of a server that this process started; else nil.
}

// Start returns the server that runs from o.Dir already, or starts one there and waits until it answers. It fails when
// the port belongs to somebody else, when moto does not start, or when ctx ends.
func Start(ctx context.Context, o Options) (*Server, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("starting the local AWS: %w", err)
	}
	o.Dir = dir
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("starting the local AWS: %w", err)
	}
	running, err := Find(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	if running != nil {
		running.Reused = true
		return running, running.compare(ctx, o.Launcher)
	}
	return launch(ctx, o)
}

// Find returns the server that was started from the folder and still answers, or nil.
func Find(ctx context.Context, dir string) (*Server, error) {
	record, err := recordPath(dir)
	if err != nil {
		return nil, err
	}
	noted, err := readRecord(record)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	url := address(noted.Port)
	answer, err := identify(ctx, url)
	if err != nil || answer.Record != record {
		return nil, ctx.Err() // nobody, or somebody else, is there now
	}
	return newServer(url, answer), nil
}

// Stop ends the server and removes its record. A server that is gone already is no error.
func (s *Server) Stop(ctx context.Context) error {
	if s.stdin != nil {
		if err := s.stdin.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			return fmt.Errorf("stopping the local AWS: %w", err)
		}
	} else if err := syscall.Kill(s.pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stopping the local AWS (process %d): %w", s.pid, err)
	}
	for s.alive(ctx) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the local AWS (process %d) to stop: %w", s.pid, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	if err := os.Remove(s.record); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("stopping the local AWS: %w", err)
	}
	return nil
}

// alive tells whether the server still answers as itself or, if this process started it, has not exited yet.
func (s *Server) alive(ctx context.Context) bool {
	if s.exited != nil {
		select {
		case <-s.exited: //nolint:errcheck // how it ended is nobody's business here
			return false
		default:
			return true
		}
	}
	answer, err := identify(ctx, s.URL)
	return err == nil && answer.PID == s.pid
}

// Reset makes the server forget everything, and gives it a new ID.
func (s *Server) Reset(ctx context.Context) error {
	if err := call(ctx, http.MethodPost, s.URL+"/moto-api/reset", nil); err != nil {
		return fmt.Errorf("resetting the local AWS: %w", err)
	}
	answer, err := identify(ctx, s.URL)
	if err != nil {
		return fmt.Errorf("resetting the local AWS: %w", err)
	}
	s.ID = answer.ID
	return nil
}

// Port reads the user's choice of port from the value of PortVariable; an empty one means DefaultPort.
func Port(value string) (int, error) {
	if value == "" {
		return DefaultPort, nil
	}
	port, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || port < 1 || port > 65535 {
		return 0, fmt.Errorf("%s: %q is not a port; choose a number from 1 to 65535", PortVariable, value)
	}
	return port, nil
}
