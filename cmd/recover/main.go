// Command recover finds what an update that was cut off made in AWS without noting it in the stack's state, and puts it
// there.
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

	"torii/internal/recovery"
)

const usage = `Finds what an update that was cut off made in AWS without noting it in the stack's state, and prints a line for each:

  made      AWS has it, the state has not; -yes puts it into the state
  twice     AWS has another one beside that in the state; -yes puts it there to be deleted by the next update
  not made  AWS has it not; the next update makes it
  repeats   the next update makes it again, which changes nothing
  look      has to be decided by a person, who is told what to look at
  stranger  AWS has it with the stack's tags, and neither state nor program know of it

usage: go run ./cmd/recover [-stack name] [-yes] [-region name]

It reads the state by pulumi stack export and what the program wants by pulumi preview, and asks with the AWS credentials
of your environment, which need to read only. Without -yes it changes nothing.

flags:
  -stack name    the stack (default "dev")
  -yes           mend the state: keep the old one in a file, write the new one, and refresh it; AWS itself is not changed
  -region name   the stack's region; by default its setting aws:region

exit status:
  0   state and AWS agree, or do so now
  1   there is something to mend with -yes, or to look at
  2   something could not be asked or done
`

// Exit statuses.
const (
	differs     = 1
	couldNotAsk = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// options are a command line.
type options struct {
	stack  string
	yes    bool
	region string
}

// run carries out a command line and returns the exit status.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	o, err := read(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, usage)
		return 0
	}
	status := couldNotAsk
	if err == nil {
		status, err = o.mend(ctx, out, errOut)
	}
	if err != nil {
		fmt.Fprintln(errOut, err)
		return couldNotAsk
	}
	return status
}

// read reads a command line.
func read(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("recover", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.stack, "stack", "dev", "")
	flags.BoolVar(&o.yes, "yes", false, "")
	flags.StringVar(&o.region, "region", "", "")
	err := flags.Parse(args)
	switch {
	case err != nil:
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.stack == "":
		err = errors.New("-stack: a name is needed")
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		return o, fmt.Errorf("%w\n\n%s", err, usage)
	}
	return o, err
}

// report prints what was found, and what is to be done about it.
func (o options) report(pending int, findings []recovery.Finding, out io.Writer) int {
	if pending == 0 && len(findings) == 0 {
		fmt.Fprintf(out, "No operation of stack %s is without an end, and AWS has nothing of it beside its state.\n", o.stack)
		return 0
	}
	fmt.Fprintf(out, "Operations without an end: %d.\n", pending)
	for _, each := range findings {
		fmt.Fprintln(out, each)
	}
	if o.yes {
		return 0
	}
	switch {
	case recovery.Changes(findings):
		fmt.Fprintf(out, "\nmake recover STACK=%s YES=1 writes this into the state; the next pulumi up goes on from there.\n", o.stack)
	case pending > 0:
		fmt.Fprintf(out, "\nThe state lacks nothing that AWS has. To forget the operations:\n\n"+
			"  pulumi refresh --stack %s --clear-pending-creates\n", o.stack)
	}
	return differs
}
