// Command check asks AWS whether what is up is what a stack's deployment asked for: a line for each thing, and an exit
// status. It changes nothing.
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
	"time"

	"torii/internal/check"
)

const usage = `Asks AWS whether what is up is what a stack's deployment asked for, and prints a line for each thing:
ok, FAIL with what to do, skip with why, or error when AWS did not answer. It changes nothing and prints no secret.

usage: go run ./cmd/check [-local] [-stack name] [-wait 10m] [-days 30] [-no-urls] [-region name]

It reads the outputs by pulumi stack output, and asks with the AWS credentials of your environment.

flags:
  -stack name    the stack (default "dev")
  -local         ask the local AWS about a stack that make local deployed; it carries no traffic, so no address is called
  -wait time     ask again for so long while something fails that may come right by itself, as a machine that starts;
                 0, the default, asks once
  -days number   how many days a certificate must still be good (default 30)
  -no-urls       call no address
  -region name   the stack's region; by default its setting aws:region

exit status:
  0   all is as it was asked for
  1   something is not
  2   nothing fails, but something could not be asked; or nothing could
`

// Exit statuses.
const (
	isOff       = 1
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
	local  bool
	wait   time.Duration
	days   int
	noURLs bool
	region string
}

// run carries out a command line and returns the exit status.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	o, err := read(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, usage)
		return 0
	}
	if err == nil {
		var findings []check.Finding
		findings, err = o.ask(ctx, errOut)
		if err == nil {
			return report(findings, out)
		}
	}
	fmt.Fprintln(errOut, err)
	return couldNotAsk
}

// read reads a command line.
func read(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.stack, "stack", "dev", "")
	flags.BoolVar(&o.local, "local", false, "")
	flags.DurationVar(&o.wait, "wait", 0, "")
	flags.IntVar(&o.days, "days", 30, "")
	flags.BoolVar(&o.noURLs, "no-urls", false, "")
	flags.StringVar(&o.region, "region", "", "")
	err := flags.Parse(args)
	switch {
	case err != nil:
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.stack == "":
		err = errors.New("-stack: a name is needed")
	case o.days < 1:
		err = fmt.Errorf("-days: %d is not allowed; choose 1 or more", o.days)
	case o.wait < 0:
		err = fmt.Errorf("-wait: %s is not allowed; choose 0s or more", o.wait)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		return o, fmt.Errorf("%w\n\n%s", err, usage)
	}
	return o, err
}

// ask asks everything, again and again while there is something to wait for.
func (o options) ask(ctx context.Context, errOut io.Writer) ([]check.Finding, error) {
	find := o.inAWS
	if o.local {
		find = o.onThisMachine
	}
	about, err := find(ctx, errOut)
	if err != nil {
		return nil, err
	}
	about.CertificateDays = o.days
	if o.noURLs {
		about.NoURLs = "not called, as -no-urls says"
	}
	return check.Wait(ctx, o.wait, func(ctx context.Context) ([]check.Finding, error) { return check.Run(ctx, about) },
		func(waiting []check.Finding) {
			fmt.Fprintf(errOut, "waiting for %s: %s\n", waiting[0].What, waiting[0].Why)
		})
}

// report prints the findings and returns the exit status.
func report(findings []check.Finding, out io.Writer) int {
	fmt.Fprintf(out, "%s\n%s\n", check.Format(findings), check.Sum(findings))
	switch {
	case check.Count(findings, check.Failed) > 0:
		return isOff
	case check.Count(findings, check.Unasked) > 0:
		return couldNotAsk
	}
	return 0
}
