package guest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"text/template"
)

const (
	machineRoot  = "files/machine"            // what lies under it goes to the same place on the machine
	instancePath = "/etc/torii/instance.json" // where the machine finds its Instance

	// endOfFile ends each file inside the script. No file may have such a line.
	endOfFile = "torii-end-of-file"
)

// file is one that the script writes.
type file struct {
	Path string // on the machine
	Text string // ends with a line break
}

// Script returns what UserData compresses, for people to read.
func Script(i Instance) (string, error) {
	if err := i.check(); err != nil {
		return "", err
	}
	written, err := machineFiles(i)
	if err != nil {
		return "", err
	}
	text, err := template.New("setup.sh").ParseFS(files, "files/setup.sh")
	if err != nil {
		return "", fmt.Errorf("reading the hub's setup script: %w", err)
	}
	var out strings.Builder
	err = text.Execute(&out, map[string]any{"Files": written, "End": endOfFile, "Port": Port, "HealthPath": HealthPath})
	if err != nil {
		return "", fmt.Errorf("writing the hub's setup script: %w", err)
	}
	return out.String(), nil
}

// machineFiles lists what the script writes, the instance's own file first. That one is
// JSON in one line inside a quoted heredoc, so no value in it can mean anything to the shell.
func machineFiles(i Instance) ([]file, error) {
	text, err := json.Marshal(i)
	if err != nil {
		return nil, fmt.Errorf("writing the instance's file: %w", err)
	}
	list := []file{{Path: instancePath, Text: string(text) + "\n"}}
	err = fs.WalkDir(files, machineRoot, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		packed, err := pack(path, content)
		if err != nil {
			return err
		}
		list = append(list, file{Path: strings.TrimPrefix(path, machineRoot), Text: packed})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the machine's files: %w", err)
	}
	return list, nil
}
