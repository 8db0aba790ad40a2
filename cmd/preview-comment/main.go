// Command preview-comment turns what `pulumi preview --json --show-sames` prints into Markdown for a comment on a pull
// request, and says a little more with --show-replacement-steps. It asks nobody anything and needs no credentials.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"torii/internal/review"
)

const usage = `Turns a preview's JSON into a comment for a pull request, in Markdown on standard output.

usage: pulumi preview --json --show-sames --show-replacement-steps | go run ./cmd/preview-comment -stack name
       go run ./cmd/preview-comment -stack name [-baseline file] [preview.json]

flags:
  -stack name      the stack, which the comment's first line names: the mark to find and update it by
  -baseline file   what to compare with where the preview was made from nothing: the same preview of the target
                   branch, or what pulumi stack output --json prints (then only the flow table is compared)

exit status:
  0   the comment is written
  1   the comment is written, and says that the preview failed
  2   there is no comment: standard error says why
`

// Exit statuses.
const (
	failed    = 1
	noComment = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run carries out a command line and returns the exit status.
func run(args []string, in io.Reader, out, errOut io.Writer) int {
	comment, previewFailed, err := write(args, in)
	if errors.Is(err, flag.ErrHelp) {
		comment, err = usage, nil
	}
	if err == nil {
		_, err = io.WriteString(out, comment)
	}
	if err != nil {
		fmt.Fprintln(errOut, err)
		return noComment
	}
	if previewFailed {
		return failed
	}
	return 0
}

// write writes the comment that a command line asks for, and tells whether the preview failed.
func write(args []string, in io.Reader) (comment string, previewFailed bool, err error) {
	flags := flag.NewFlagSet("preview-comment", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	stack := flags.String("stack", "", "")
	baseline := flags.String("baseline", "", "")
	if err := flags.Parse(args); err != nil {
		return "", false, fmt.Errorf("%w\n\n%s", err, usage)
	}
	if *stack == "" || flags.NArg() > 1 {
		return "", false, fmt.Errorf("-stack and at most one file are needed\n\n%s", usage)
	}
	options := review.Options{Stack: *stack}
	if *baseline != "" {
		file, err := os.Open(*baseline)
		if err != nil {
			return "", false, fmt.Errorf("reading the baseline: %w", err)
		}
		defer file.Close()
		if options.Baseline, err = review.ReadBaseline(file); err != nil {
			return "", false, err
		}
	}
	if name := flags.Arg(0); name != "" && name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", false, fmt.Errorf("reading the preview: %w", err)
		}
		defer file.Close()
		in = file
	}
	digest, err := review.Read(in)
	if err != nil {
		return "", false, err
	}
	comment, err = review.Comment(digest, options)
	return comment, digest.Failed(), err
}
