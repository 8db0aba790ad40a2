package main

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// report says what was written where, and what to do with it.
func report(out io.Writer, dir string, bundles map[string]bundle, others []string) error {
	names := slices.Sorted(maps.Keys(bundles))
	var text strings.Builder
	what := "The bundles of " + fmt.Sprint(len(names)) + " clients are"
	if len(names) == 1 {
		what = "The bundle of 1 client is"
	}
	fmt.Fprintf(&text, "%s in %s, for your eyes only:\n\n", what, filepath.Clean(dir))
	width := 0
	for _, name := range names {
		width = max(width, len(name))
	}
	for _, name := range names {
		fmt.Fprintf(&text, "  %-*s  %s\n", width, name, standing(bundles[name].Expires, time.Now()))
	}
	text.WriteString(`
Each folder has
  key.pem, certificate.pem     for curl, programs and servers
  authority.pem                whom to trust for servers that ask for the certificate themselves (tls: instance)
  client.p12, password.txt     for browsers and key stores; the second has the password of the first

Give each client its own folder, the password by another way than the rest, then delete the folders here.
`)
	at := filepath.Join(filepath.Clean(dir), names[0])
	fmt.Fprintf(&text, "To try one:  curl --key %[1]s/key.pem --cert %[1]s/certificate.pem https://…\n"+
		"with tls: instance, add  --cacert %[1]s/authority.pem\n", at)
	if len(others) > 0 {
		fmt.Fprintf(&text, "\nLeft as they were, since the stack has no such client (any more): %s\n", strings.Join(others, ", "))
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// standing says until when a certificate is good, or was.
func standing(expires string, now time.Time) string {
	at, err := time.Parse(time.RFC3339, expires)
	if err != nil {
		return expires // read has refused it
	}
	day := at.UTC().Format(time.DateOnly)
	if at.Before(now) {
		return "ended on " + day + "; deploy the stack for a new one"
	}
	return "good until " + day
}
