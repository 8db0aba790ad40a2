//go:build integration

package access_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/iamsimulator"
)

// mutant is a policy with one thing taken out of it, or opened.
type mutant struct {
	what   string
	policy string // its name
	change func(statements []map[string]any) []map[string]any
}

// TestEveryWordOfThePoliciesMatters takes each statement, action and condition out of the
// policies, and opens each resource, one at a time: the expectations must notice.
func TestEveryWordOfThePoliciesMatters(t *testing.T) {
	for _, m := range modes(t, lab) {
		t.Run(m.name, func(t *testing.T) { everyWordMatters(t, m, expectations(m)) })
	}
}

// everyWordMatters does that with the policies that ken has.
func everyWordMatters(t *testing.T, m mode, wanted []expectation) {
	t.Helper()
	questions := questionsOf(wanted)
	var all []iamsimulator.Request
	var mutants []mutant
	for _, name := range slices.Sorted(maps.Keys(m.policies["ken"])) {
		for _, each := range mutantsOf(t, name, m.policies["ken"][name]) {
			mutants = append(mutants, each)
			all = append(all, requests(m, questions, func(name, text string) string { return each.apply(t, name, text) })...)
		}
	}
	answers, err := iamsimulator.Simulate(t.Context(), t.Output(), all)
	require.NoError(t, err)
	size := len(answers) / len(mutants)
	for i, each := range mutants {
		noticed := false
		for j, got := range collect(questions, answers[i*size:(i+1)*size]) {
			noticed = noticed || got.allowed != wanted[j].allowed
		}
		assert.True(t, noticed, "no expectation notices %s", each.what)
	}
	t.Logf("%d changes, %d questions each", len(mutants), len(questions))
}

// mutantsOf lists everything that can be taken out of a policy.
func mutantsOf(t *testing.T, name, text string) []mutant {
	t.Helper()
	var all []mutant
	add := func(change func([]map[string]any) []map[string]any, format string, args ...any) {
		all = append(all, mutant{what: name + ": " + fmt.Sprintf(format, args...), policy: name, change: change})
	}
	for i, statement := range statementsOf(t, text) {
		sid := statement["Sid"]
		add(func(s []map[string]any) []map[string]any { return slices.Delete(s, i, i+1) }, "without %s", sid)
		if fmt.Sprint(statement["Resource"]) != "[*]" {
			add(func(s []map[string]any) []map[string]any { s[i]["Resource"] = "*"; return s }, "%s on every resource", sid)
		}
		for j, action := range statement["Action"].([]any) {
			add(func(s []map[string]any) []map[string]any {
				s[i]["Action"] = slices.Delete(s[i]["Action"].([]any), j, j+1)
				return s
			}, "%s without %s", sid, action)
		}
		conditions, _ := statement["Condition"].(map[string]any)
		for operator, keys := range conditions {
			for key := range keys.(map[string]any) {
				add(func(s []map[string]any) []map[string]any {
					delete(s[i]["Condition"].(map[string]any)[operator].(map[string]any), key)
					return s
				}, "%s without %s %s", sid, operator, key)
			}
		}
	}
	return all
}

// apply changes a policy if it is the one.
func (m mutant) apply(t *testing.T, name, text string) string {
	t.Helper()
	if name != m.policy {
		return text
	}
	changed, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": m.change(statementsOf(t, text))})
	require.NoError(t, err)
	return string(changed)
}

func statementsOf(t *testing.T, text string) []map[string]any {
	t.Helper()
	var policy struct{ Statement []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(text), &policy))
	return policy.Statement
}
