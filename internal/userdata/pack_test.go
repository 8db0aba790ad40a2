package userdata

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPackDropsCommentsAndDocstringsOnly(t *testing.T) {
	packed, err := pack("files/a.py", `"""What it is."""
# why
def f():
    """Says
    more."""
    # why
    return "# no comment", '"""'  # stays
`)
	require.NoError(t, err)
	assert.Equal(t, "def f():\n    return \"# no comment\", '\"\"\"'  # stays\n", packed)

	packed, err = pack("files/a.service", "# why\n[Unit]\nA=b # c\n")
	require.NoError(t, err)
	assert.Equal(t, "[Unit]\nA=b # c\n", packed)
}

func TestPackKeepsOfALockWhatItInstallsBy(t *testing.T) {
	packed, err := pack("a/package-lock.json", `{
  "lockfileVersion": 3,
  "packages": {
    "": {"dependencies": {"b": "1.0.0"}, "license": "MIT"},
    "node_modules/b": {"version": "1.0.0", "integrity": "sha512-x", "engines": {"node": ">=1"}, "funding": "f", "bin": {"b": "b.js"}}
  }
}`)
	require.NoError(t, err)
	assert.Equal(t, `{"lockfileVersion":3,"packages":{"":{"dependencies":{"b":"1.0.0"}},`+
		`"node_modules/b":{"bin":{"b":"b.js"},"integrity":"sha512-x","version":"1.0.0"}}}`+"\n", packed)
	assert.True(t, json.Valid([]byte(packed)))

	_, err = pack("a/package-lock.json", "{")
	require.EqualError(t, err, "packing a/package-lock.json: unexpected end of JSON input")
}
