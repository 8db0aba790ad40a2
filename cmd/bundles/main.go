// Command bundles writes client certificates to files: what each client needs, in a folder of its own.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

const usage = `Writes client certificates to files, a folder for each client.

usage: pulumi stack output clientBundles --json --show-secrets | go run ./cmd/bundles -out folder

In each client's folder (mode 0700, files 0600):
  key.pem           its private key
  certificate.pem   its certificate, and what leads from there to the authority
  authority.pem     whom to trust for servers that ask for the certificate themselves (tls: instance)
  client.p12        key and certificate for browsers and key stores
  password.txt      the password of client.p12

All bundles are written or none. What an earlier run wrote is replaced; no symbolic link is followed.
`

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run carries out a command line.
func run(args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("bundles", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	dir := flags.String("out", "", "")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, err := fmt.Fprint(out, usage)
		return err
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case err == nil && *dir == "":
		err = errors.New("-out is missing: the folder to write to")
	case err == nil && typed(in):
		err = errors.New("nobody pipes bundles into this command")
	}
	if err != nil {
		return fmt.Errorf("%w\n\n%s", err, usage)
	}
	bundles, err := read(in)
	if err != nil {
		return err
	}
	others, err := write(*dir, bundles)
	if err != nil {
		return fmt.Errorf("no bundle was written: %w", err)
	}
	return report(out, *dir, bundles, others)
}

// typed tells whether the input would come from somebody's keyboard.
func typed(in io.Reader) bool {
	file, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
