package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testdata has the recorded previews.
const testdata = "../../internal/review/testdata/"

func TestRun(t *testing.T) {
	preview, err := os.ReadFile(testdata + "bastion-port.json")
	require.NoError(t, err)
	golden, err := os.ReadFile(testdata + "bastion-port.md")
	require.NoError(t, err)
	refused, err := os.ReadFile(testdata + "refused.md")
	require.NoError(t, err)
	missing := filepath.Join(t.TempDir(), "none.json")

	for name, test := range map[string]struct {
		args   []string
		in     string
		status int
		out    string // in full
		err    string // how it begins
	}{
		"from standard input":   {[]string{"-stack", "team"}, string(preview), 0, string(golden), ""},
		"with a hyphen":         {[]string{"-stack", "team", "-"}, string(preview), 0, string(golden), ""},
		"from a file":           {[]string{"-stack", "team", testdata + "bastion-port.json"}, "", 0, string(golden), ""},
		"a failed preview":      {[]string{"-stack", "team", testdata + "refused.json"}, "", 1, string(refused), ""},
		"help":                  {[]string{"-h"}, "", 0, usage, ""},
		"no stack":              {nil, string(preview), 2, "", "-stack and at most one file are needed\n\nTurns a preview's JSON"},
		"a stack that is none":  {[]string{"-stack", "a b"}, string(preview), 2, "", `"a b" is not the name of a stack`},
		"an unknown flag":       {[]string{"-force"}, "", 2, "", "flag provided but not defined: -force\n\nTurns"},
		"two files":             {[]string{"-stack", "a", "b", "c"}, "", 2, "", "-stack and at most one file are needed"},
		"nothing":               {[]string{"-stack", "team"}, "", 2, "", "reading the preview: it is empty"},
		"a cut preview":         {[]string{"-stack", "team"}, string(preview[:5000]), 2, "", "reading the preview: the JSON breaks off after 5000 bytes"},
		"a missing file":        {[]string{"-stack", "team", missing}, "", 2, "", "reading the preview: open "},
		"a missing baseline":    {[]string{"-stack", "team", "-baseline", missing}, string(preview), 2, "", "reading the baseline: open "},
		"a baseline that isn't": {[]string{"-stack", "team", "-baseline", "main.go"}, string(preview), 2, "", "reading the baseline: it is not a JSON object"},
	} {
		var out, errOut bytes.Buffer
		assert.Equal(t, test.status, run(test.args, strings.NewReader(test.in), &out, &errOut), name)
		assert.Equal(t, test.out, out.String(), name)
		assert.True(t, strings.HasPrefix(errOut.String(), test.err), "%s: %s", name, errOut.String())
		assert.Equal(t, test.err == "", errOut.Len() == 0, name)
	}
}

func TestABaselineIsComparedWith(t *testing.T) {
	var out bytes.Buffer
	status := run([]string{"-stack", "team", "-baseline", testdata + "bastion-port.json", testdata + "bastion-port.json"}, nil, &out, &out)
	assert.Equal(t, 0, status)
	assert.True(t, strings.HasPrefix(out.String(), "<!-- torii preview: team -->\n**Stack `team`**: nothing changes.\n"), out.String())
}
