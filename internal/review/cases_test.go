package review_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// change is a recorded preview: what a pull request did to a stack file.
type change struct {
	stack    string // its stack file is testdata/<stack>.yaml
	old, new string // what the pull request replaced by what, in the stack file
}

// changes are the recorded previews by name: testdata/<name>.json is one, and testdata/<name>.md its comment.
var changes = map[string]change{
	"add-service": {"team", "    site:\n", "    blog:\n      kind: fargate\n      host: blog.example.jp\n    site:\n"},
	"open-ports": {
		"team", "allowedCidrs: [203.0.113.0/24]",
		"allowedCidrs: [203.0.113.0/24, 198.51.100.0/24]",
	},
	"bastion-port": {"team", "ports: [5432]", "ports: [5432, 6379]"},
	"hub-instance": {"team", "instanceType: t3.large", "instanceType: t3.xlarge"},
	"nat-switch":   {"team", "nat: gateway", "nat: instance"},
	"refused": {
		"team", "    hub:\n      kind: jupyterhub\n      host: hub.example.jp\n      instanceType: t3.large\n      admins: [aiko]\n", "",
	},
	"remove-person": {"lab", "{aiko: 1, ken: 1}", "{aiko: 1}"},
	"package-index": {"lab", "people:", "packages: https://packages.example.jp/simple/\n      people:"},
	"rename":        {"lab", "    lab:\n", "    labs:\n"},
}

// settings is a stack file with the change made.
func (c change) settings(t *testing.T) []byte {
	t.Helper()
	text := c.before(t)
	require.Contains(t, string(text), c.old, "testdata/%s.yaml has what is changed", c.stack)
	return []byte(strings.Replace(string(text), c.old, c.new, 1))
}

// before is the stack file as it was.
func (c change) before(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", c.stack+".yaml"))
	require.NoError(t, err)
	return text
}
