// Command check compares the slim provider's schema with the Go SDK of the released provider: every input and output
// the SDK knows must exist in the schema, in the same shape, under the same name. What is known to be missing is listed
// in a file, one line each; a difference that is not in the file is an error, and so is a line that no longer applies.
package main

import (
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
)

func main() {
	schemaFile := flag.String("schema", "generated/schema.json", "schema of the slim provider")
	sdk := flag.String("sdk", "", "folder of the Go SDK of the released provider, the one that holds go/aws")
	gaps := flag.String("gaps", "known-gaps.txt", "file that lists the known differences")
	needed := flag.String("needed", "needed.txt", "file that lists the tokens the program needs")
	write := flag.Bool("write", false, "write the differences found to the file instead of comparing")
	flag.Parse()

	if err := run(*schemaFile, *sdk, *gaps, *needed, *write); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}

func run(schemaFile, sdkFolder, gapsFile, neededFile string, write bool) error {
	schema, err := readSchema(schemaFile)
	if err != nil {
		return err
	}
	sdk, err := readSDK(sdkFolder)
	if err != nil {
		return err
	}
	tokens, err := readLines(neededFile)
	if err != nil {
		return err
	}
	if absent := schema.lacks(tokens); len(absent) > 0 {
		return fmt.Errorf("the schema lacks %s", strings.Join(absent, ", "))
	}
	found := compare(schema, sdk)
	sort.Strings(found)
	if write {
		return writeGaps(gapsFile, found)
	}
	known, err := readLines(gapsFile)
	if err != nil {
		return err
	}
	fresh, stale := diff(found, known)
	for _, line := range fresh {
		fmt.Println("new:  ", line)
	}
	for _, line := range stale {
		fmt.Println("stale:", line)
	}
	if len(fresh)+len(stale) > 0 {
		return fmt.Errorf("%d differences are not in %s, %d of its lines no longer apply", len(fresh), gapsFile, len(stale))
	}
	fmt.Printf("%d resources and %d functions match the SDK but for %d known gaps\n",
		len(schema.Resources), len(schema.Functions), len(known))
	return nil
}
