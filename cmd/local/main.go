// Command local deploys Torii's stacks to a local AWS on this machine: the real Pulumi engine and AWS provider, with
// moto's server in the place of AWS. It needs no AWS account and cannot reach one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `Deploys a stack to a local AWS on this machine; needs no AWS account and cannot reach one.

usage: go run ./cmd/local <command> [-stack name]

commands:
  up            deploy the stack and leave it up; run it again after a change (make local)
  preview       say what up would do (make local-preview)
  outputs       print the outputs of the deployed stack, secrets as [secret]
  output NAME   print one output as JSON, secrets and all, and nothing else
  destroy       take the stack down (make local-destroy)

flags:
  -stack name   Pulumi.<name>.yaml, or else examples/Pulumi.<name>.yaml (default "dev")
  -json         of preview: print the preview as pulumi preview --json does, and all else to standard error

environment:
  TORII_LOCAL_PORT   port of the local AWS on 127.0.0.1 (default 4580)
  TORII_PROVIDERS    "build" builds the Pulumi providers also where released ones are installed

State, logs and the local AWS's record are kept in .local/.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // a second signal ends the process at once
		fmt.Fprintln(os.Stderr, "\nInterrupted; what is under way is seen to its end. Press Ctrl-C again to leave at once.")
	})
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run carries out a command line.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("no command is given\n\n%s", usage)
	}
	name, rest := args[0], args[1:]
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	stackName := flags.String("stack", "dev", "")
	asJSON := flags.Bool("json", false, "")
	err := flags.Parse(rest)
	wanted := ""
	if err == nil && name == "output" {
		wanted = flags.Arg(0)
		err = flags.Parse(flags.Args()[min(1, flags.NArg()):])
		if err == nil && wanted == "" {
			err = errors.New("which output is not said")
		}
	}
	if errors.Is(err, flag.ErrHelp) || name == "-h" || name == "-help" || name == "--help" || name == "help" {
		_, err := fmt.Fprint(out, usage)
		return err
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	commands := map[string]func(context.Context, session) error{
		"up": up, "preview": preview, "outputs": outputs, "destroy": destroy,
		"output": func(ctx context.Context, s session) error { return output(ctx, s, wanted) },
	}
	command, found := commands[name]
	if !found {
		err = fmt.Errorf("unknown command %q", name)
	}
	if *asJSON && err == nil && name != "preview" {
		err = fmt.Errorf("-json is for preview, not for %s", name)
	}
	if err != nil {
		return fmt.Errorf("%w\n\n%s", err, usage)
	}
	said := out
	if *asJSON {
		said = os.Stderr
		command = func(ctx context.Context, s session) error { return previewJSON(ctx, s, out) }
	}
	s, err := newSession(*stackName, said)
	if err != nil {
		return err
	}
	return command(ctx, s)
}
