package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"torii/internal/localaws"
	"torii/internal/localdeploy"
	"torii/internal/toolchain"
	"torii/stack"
	"torii/stack/settings"
)

// session is one command on one stack.
type session struct {
	root string // folder of the repository
	dir  string // .local
	file string // stack file, relative to root
	port int
	out  io.Writer
	spec localdeploy.Spec

	progress io.Writer // of what takes time; out, unless another program reads that
}

// newSession finds the stack's file and checks what the user chose, before anything is built or started.
func newSession(name string, out io.Writer) (session, error) {
	s := session{out: out, progress: out, spec: localdeploy.Spec{Stack: name, Program: stack.Deploy, Progress: out}}
	var err error
	if s.root, err = localdeploy.FindRoot("."); err != nil {
		return s, err
	}
	s.dir = filepath.Join(s.root, ".local")
	s.spec.Dir = s.dir
	if s.port, err = localaws.Port(os.Getenv(localaws.PortVariable)); err != nil {
		return s, err
	}
	if s.file, err = s.spec.Load(s.root); err != nil {
		return s, err
	}
	// The program takes these as secrets only, which a local stack's file cannot hold.
	if err := s.spec.Conceal(settings.SecretPaths...); err != nil {
		return s, fmt.Errorf("%s: %w", s.file, err)
	}
	return s, nil
}

// check reports all problems of the settings, one to a line, and returns what the stack expects to find.
func (s session) check(ctx context.Context) (stack.Expected, error) {
	config, err := localdeploy.Config(ctx, s.spec)
	if err != nil {
		return stack.Expected{}, fmt.Errorf("%s:\n%w", s.file, err)
	}
	expected, err := stack.Check(config)
	if err != nil {
		return stack.Expected{}, fmt.Errorf("%s has problems:\n%w", s.file, err)
	}
	return expected, nil
}

// equip makes the engine, the providers and moto available.
func (s *session) equip(ctx context.Context) (err error) {
	options := toolchain.Options{Progress: s.progress, Providers: toolchain.Auto}
	switch choice := os.Getenv("TORII_PROVIDERS"); choice {
	case "":
	case "build":
		options.Providers = toolchain.Build
	default:
		return fmt.Errorf("TORII_PROVIDERS: %q is unknown; set it to build, or not at all", choice)
	}
	s.spec.Kit, err = toolchain.Ensure(ctx, s.root, options)
	return err
}

// serve starts the local AWS or finds it running, and makes there what the stack expects to find.
func (s *session) serve(ctx context.Context, expected stack.Expected) (err error) {
	launcher := filepath.Join(s.root, "tools", "moto", "server.py")
	s.spec.Server, err = localaws.Start(ctx, localaws.Options{
		MotoServer: s.spec.Kit.MotoServer,
		Launcher:   launcher,
		Dir:        s.serverDir(),
		Port:       s.port,
		Detached:   true,
	})
	if err != nil {
		return err
	}
	verb := "started"
	if s.spec.Server.Reused {
		verb = "running already"
	}
	s.say("Local AWS: %s (%s)", s.spec.Server.URL, verb)
	if s.spec.Server.Outdated {
		s.say("It was started before tools/moto/server.py changed; take the stacks on it down to get the new one.")
	}
	if expected.Domain != "" {
		made, err := s.spec.Server.EnsureZone(ctx, expected.Domain)
		if err != nil {
			return err
		}
		if made {
			s.say("Hosted zone %s: made, as if you owned the domain", expected.Domain)
		}
	}
	made, err := s.spec.Server.EnsureUsers(ctx, expected.Users)
	if len(made) > 0 {
		s.say("IAM users %s: made, as if your account had them", strings.Join(made, ", "))
	}
	return err
}

// dropBundles removes what `make local-bundles` wrote of the stack: its authority is gone.
func (s session) dropBundles() error {
	dir := filepath.Join(s.dir, s.spec.Stack, "bundles")
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing the stack's client certificates: %w", err)
	}
	s.say("Its client certificates in %s were removed.", dir)
	return nil
}

func (s session) serverDir() string { return filepath.Join(s.dir, localdeploy.ServerFolder) }

// stopIfIdle stops the local AWS when no stack stands on it any more.
func (s session) stopIfIdle(ctx context.Context, server *localaws.Server) error {
	left, err := localdeploy.StacksOn(s.dir, server.ID)
	if err != nil || len(left) > 0 {
		return err
	}
	if err := server.Stop(ctx); err != nil {
		return err
	}
	s.say("No stack is left on the local AWS; it was stopped.")
	return nil
}

func (s session) say(format string, args ...any) {
	// A line that cannot be shown is no reason to stop half-way.
	fmt.Fprintf(s.out, format+"\n", args...)
}

// target is how a make target is called for this stack.
func (s session) target(name string) string {
	if s.spec.Stack == "dev" {
		return "make " + name
	}
	return fmt.Sprintf("make %s STACK=%s", name, s.spec.Stack)
}
