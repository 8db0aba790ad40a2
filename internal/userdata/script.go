package userdata

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Script returns what UserData compresses, for people to read.
func (m Machine) Script() (string, error) {
	var out strings.Builder
	out.WriteString("#!/bin/bash\n")
	type part struct {
		files fs.FS
		path  string
	}
	parts := []part{{shared, "files/library.sh"}, {m.Own, setupPath}}
	if m.Shared == nil {
		parts = slices.Insert(parts, 1, part{shared, "files/python.sh"})
	}
	for _, part := range parts {
		text, err := fs.ReadFile(part.files, part.path)
		if err != nil {
			return "", fmt.Errorf("reading the setup of the %s: %w", m.Kind, err)
		}
		filled, err := m.fill(part.path, string(text))
		if err != nil {
			return "", fmt.Errorf("writing the setup of the %s: %w", m.Kind, err)
		}
		packed, err := pack(part.path, filled)
		if err != nil {
			return "", fmt.Errorf("writing the setup of the %s: %w", m.Kind, err)
		}
		out.WriteString(packed)
	}
	files, err := m.Files()
	if err != nil {
		return "", err
	}
	out.WriteString("write_files() {\n")
	for _, f := range files {
		fmt.Fprintf(&out, "put %s <<'%s'\n%s%[2]s\n", f.Path, EndOfFile, f.Text)
	}
	out.WriteString("}\n")
	out.WriteString(start)
	return out.String(), nil
}

// start runs the steps, but not where a test only wants the functions.
const start = `if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then
  trap failed ERR
  main
fi
`
