//go:build integration

package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/policylint"
	"torii/internal/recorder"
)

// TestPoliciesPassTheLinter: all policies of each of a stage's roles, their trust, and the limit of the roles they make.
func TestPoliciesPassTheLinter(t *testing.T) {
	var all []policylint.Document
	for _, p := range []purpose{deploying, previewing, drifting} {
		for part, text := range written(t, p) {
			all = append(all, policylint.Document{Name: string(p) + " " + part, Kind: policylint.Identity, Text: text})
		}
		trust, err := chosen.trust(provider, "prod", p)
		require.NoError(t, err)
		all = append(all, policylint.Document{Name: string(p) + " trust", Kind: policylint.Trust, Text: trust})
	}
	limit, err := boundary(tokyo, chosen.Project, "prod")
	require.NoError(t, err)
	all = append(all, policylint.Document{Name: "boundary", Kind: policylint.Identity, Text: limit})
	made := recorder.MustRun(t, "account", map[string]string{
		"torii-bootstrap:repository": "example/torii", "torii-bootstrap:ownerId": "1001", "torii-bootstrap:repositoryId": "2002",
		"torii-bootstrap:branch": "main", "torii-bootstrap:project": "torii", "torii-bootstrap:stages": `["prod"]`,
		"torii-bootstrap:people": `["prod"]`, "torii-bootstrap:zones": `{"prod": ["` + hosted + `"]}`, "torii-bootstrap:protect": "false",
		"torii-bootstrap:provider": "",
	}, deploy)
	gathered, err := policylint.Gather(made.All())
	require.NoError(t, err)
	for _, each := range gathered {
		if each.Kind == policylint.OfResource { // the roles' are above, one by one
			all = append(all, each)
		}
	}
	verdict, err := policylint.Judge(t.Context(), os.Stderr, "bootstrap", all)
	require.NoError(t, err)
	t.Log(verdict.Figures)
	assert.Empty(t, verdict.Severe, "findings above LOW")
	assert.Empty(t, verdict.Stale, "exceptions that nothing needs any more")
}
