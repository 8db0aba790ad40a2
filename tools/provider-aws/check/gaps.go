package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// gapsHeader explains the file to its reader.
const gapsHeader = `# Known differences between the slim provider and the Go SDK of the released provider of the same version. The released
# one bridges a later Terraform provider; what upstream added in between is missing here. "out:" marks outputs.
`

// readLines reads a list, one entry a line, # for comments, and sorts it.
func readLines(file string) ([]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading a list: %w", err)
	}
	var lines []string
	for _, line := range strings.Split(string(data), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines, nil
}

func writeGaps(file string, lines []string) error {
	text := gapsHeader + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return fmt.Errorf("writing the known gaps: %w", err)
	}
	return nil
}

// diff returns the lines only the first list has, and those only the second has; both are sorted.
func diff(found, known []string) (fresh, stale []string) {
	for _, line := range found {
		if _, ok := slices.BinarySearch(known, line); !ok {
			fresh = append(fresh, line)
		}
	}
	for _, line := range known {
		if _, ok := slices.BinarySearch(found, line); !ok {
			stale = append(stale, line)
		}
	}
	return fresh, stale
}
