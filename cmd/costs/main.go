// Command costs prints what stacks cost a month by AWS's list prices, from their stack files alone: nothing is deployed
// and no AWS is asked.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

const usage = `Prints, as Markdown, what stacks cost a month by AWS's list prices. It reads their stack files and asks nobody.

usage: go run ./cmd/costs [-settings] [-stack name,name]

flags:
  -stack names   Pulumi.<name>.yaml, or else examples/Pulumi.<name>.yaml (default "dev"); several beside each other
  -settings      which settings differ between several, and what each costs in all
`

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run carries out a command line.
func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("costs", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	names := flags.String("stack", "dev", "")
	differing := flags.Bool("settings", false, "")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		_, err := fmt.Fprint(out, usage)
		return err
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err != nil {
		return fmt.Errorf("%w\n\n%s", err, usage)
	}
	stacks, err := readAll(strings.Split(*names, ","))
	if err != nil {
		return err
	}
	printed := beside(stacks)
	switch {
	case *differing:
		printed, err = differences(stacks)
	case len(stacks) == 1:
		printed = alone(stacks[0])
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, printed)
	return err
}
