package userdata

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
)

var (
	comments   = regexp.MustCompile(`(?m)^[ \t]*#.*\n`) // whole lines of them
	docstrings = regexp.MustCompile(`(?m)^[ \t]*"""[^"]*"""\n`)
)

// pack returns a file's text as it travels, without what only readers of this repository
// need: EC2 takes no more than 16384 bytes.
func pack(name, text string) (string, error) {
	if path.Base(name) == "package-lock.json" {
		return packLock(name, text)
	}
	packed := comments.ReplaceAllString(text, "")
	if path.Ext(name) == ".py" {
		packed = docstrings.ReplaceAllString(packed, "")
	}
	return packed, nil
}

// packLock keeps what `npm ci` installs by and drops what npm only shows.
func packLock(name, text string) (string, error) {
	var lock map[string]any
	if err := json.Unmarshal([]byte(text), &lock); err != nil {
		return "", fmt.Errorf("packing %s: %w", name, err)
	}
	packages, _ := lock["packages"].(map[string]any)
	for _, entry := range packages {
		fields, _ := entry.(map[string]any)
		for _, shown := range []string{"license", "engines", "funding"} {
			delete(fields, shown)
		}
	}
	packed, err := json.Marshal(lock)
	if err != nil {
		return "", fmt.Errorf("packing %s: %w", name, err)
	}
	return string(packed) + "\n", nil
}
