// Package userdata writes what an EC2 instance runs when it starts for the first time: one
// script that has in it all the files that make the machine what it is. What every kind of
// machine needs lies in this package's files; what only one needs, beside that kind's own
// guest package. It knows nothing of Pulumi.
package userdata

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"text/template"
)

const (
	machineRoot = "files/machine"  // what lies under it goes to the same place on the machine
	setupPath   = "files/setup.sh" // steps of one kind; main is among its functions

	// InstancePath is where a machine finds what it was told.
	InstancePath = "/etc/torii/instance.json"

	// EndOfFile ends each file inside the script. No file may have such a line.
	EndOfFile = "torii-end-of-file"
)

// The second pattern names what the first leaves out, files that begin with an underscore.
//
//go:embed files
//go:embed files/machine/opt/torii/torii_ec2/__init__.py
var shared embed.FS

// Machine is what an instance is to become.
type Machine struct {
	// Kind is one word: the machine's environment is /opt/torii/<kind>, its Python package
	// torii_<kind>, its service torii-<kind>, and so begins the last line that it prints.
	Kind   string
	Own    fs.FS          // files/setup.sh and, below files/machine, files of this kind only
	Also   fs.FS          // optional; more below files/machine, for a variant of the kind
	Shared []string       // this package's files that it gets, by path on the machine; nil is all, and python.sh
	Told   any            // written as JSON to InstancePath; no secrets, whoever may describe the instance reads it
	More   []File         // made for this one instance
	Values map[string]any // optional; for files/setup.sh and the shared files, which are templates that know Kind too
}

// File is one that the script writes.
type File struct {
	Path string // on the machine
	Text string // ends with a line break
}

// Files lists what the script writes, what the machine was told first. That is JSON in one
// line inside a quoted heredoc, so no value in it can mean anything to the shell.
func (m Machine) Files() ([]File, error) {
	text, err := json.Marshal(m.Told)
	if err != nil {
		return nil, fmt.Errorf("writing what the %s is told: %w", m.Kind, err)
	}
	list := append([]File{{Path: InstancePath, Text: string(text) + "\n"}}, m.More...)
	for _, path := range m.Shared {
		if _, err := fs.Stat(shared, machineRoot+path); err != nil {
			return nil, fmt.Errorf("reading the files of the %s: %w", m.Kind, err)
		}
	}
	sources := []fs.FS{shared, m.Own}
	if m.Also != nil {
		sources = append(sources, m.Also)
	}
	for _, from := range sources {
		err := fs.WalkDir(from, machineRoot, func(path string, entry fs.DirEntry, err error) error {
			onMachine := strings.TrimPrefix(path, machineRoot)
			if err != nil || entry.IsDir() || from == shared && m.Shared != nil && !slices.Contains(m.Shared, onMachine) {
				return err
			}
			content, err := fs.ReadFile(from, path)
			if err != nil {
				return err
			}
			text := string(content)
			if from == shared {
				if text, err = m.fill(path, text); err != nil {
					return err
				}
			}
			packed, err := pack(path, text)
			if err != nil {
				return err
			}
			list = append(list, File{Path: onMachine, Text: packed})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("reading the files of the %s: %w", m.Kind, err)
		}
	}
	return list, nil
}

// fill puts the machine's values into a template.
func (m Machine) fill(name, text string) (string, error) {
	parsed, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	values := map[string]any{"Kind": m.Kind}
	for key, value := range m.Values {
		values[key] = value
	}
	var out strings.Builder
	if err := parsed.Execute(&out, values); err != nil {
		return "", err
	}
	return out.String(), nil
}
