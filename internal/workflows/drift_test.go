package workflows

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Pulumi's exit status for changes where none were expected; pkg/cmd/pulumi/cmd/exit_codes.go of the engine.
const exitNoChanges = 7

const (
	listing   = "api --paginate repos/example/torii/issues?state=open&per_page=100"
	ownIssue  = `{"number": 5, "user": {"login": "github-actions[bot]"}, "body": "<!-- torii drift: dev -->\nold"}`
	refreshed = "refresh --stack dev --preview-only --expect-no-changes --diff --non-interactive --color never"
)

// nights are a runner whose stack has drifted or not, with issues at GitHub.
func nights(t *testing.T, status int, said string, issues ...string) *runner {
	r := newRunner(t, "dev")
	r.env = []string{"GITHUB_RUN_ID=99"}
	r.says("pulumi", answer{To: "refresh", Says: said, Status: status})
	r.says("gh", answer{To: "--paginate", Says: "[" + strings.Join(issues, ",") + "]"}, answer{To: "--jq .number", Says: "12"}, answer{To: "--input -"})
	return r
}

func TestNoDriftIsSilence(t *testing.T) {
	t.Parallel()
	done := nights(t, 0, "90 unchanged").run("ci-drift", "dev")
	assert.Equal(t, 0, done.status, done.err)
	assert.Equal(t, []string{refreshed}, done.lines("pulumi"))
	assert.Equal(t, []string{listing}, done.lines("gh"))
}

func TestDriftOpensAnIssue(t *testing.T) {
	t.Parallel()
	others := []string{
		strings.Replace(ownIssue, "github-actions[bot]", "mallory", 1),
		strings.Replace(ownIssue, ": dev", ": prod", 1),
		strings.Replace(ownIssue, `"number"`, `"pull_request": {}, "number"`, 1),
		`{"number": 6, "user": {"login": "github-actions[bot]"}, "body": null}`,
	}
	done := nights(t, exitNoChanges, "~ tags ``` $(id)\n", others...).run("ci-drift", "dev")
	assert.Equal(t, 1, done.status, done.err)
	require.Equal(t, []string{listing, "api --method POST repos/example/torii/issues --input - --jq .number"}, done.lines("gh"))
	sent := body(t, done.calls[2].Input)
	assert.Equal(t, "dev has drifted", sent["title"])
	assert.Equal(t, "<!-- torii drift: dev -->\nSomebody, or something, has changed `dev` outside of Pulumi; found by "+
		"https://github.com/example/torii/actions/runs/99.\n\nWhat is meant belongs into the stack file; what is not goes away with the "+
		"next deployment. Until then, deployments plan with a state that is not true.\n\n````\n~ tags ``` $(id)\n````", sent["body"])
	assert.Contains(t, done.out, "issue 12 opened\n")
}

func TestDriftUpdatesItsIssue(t *testing.T) {
	t.Parallel()
	done := nights(t, exitNoChanges, strings.Repeat("~ x\n", 20000), ownIssue).run("ci-drift", "dev")
	assert.Equal(t, 1, done.status, done.err)
	require.Equal(t, []string{listing, "api --method PATCH repos/example/torii/issues/5 --input -"}, done.lines("gh"))
	sent := body(t, done.calls[2].Input)
	assert.Less(t, len(sent["body"]), 65536, "GitHub takes no more")
	assert.True(t, strings.HasSuffix(sent["body"], "\n```\n\nThe rest is in the log of the run."))
	assert.NotContains(t, sent, "title")
}

func TestTheEndOfDriftClosesTheIssue(t *testing.T) {
	t.Parallel()
	done := nights(t, 0, "90 unchanged", ownIssue).run("ci-drift", "dev")
	assert.Equal(t, 0, done.status, done.err)
	require.Equal(t, []string{
		listing, "api --method POST repos/example/torii/issues/5/comments --input -", "api --method PATCH repos/example/torii/issues/5 --input -",
	}, done.lines("gh"))
	assert.Equal(t, map[string]string{"body": "Nothing differs any more (https://github.com/example/torii/actions/runs/99)."}, body(t, done.calls[2].Input))
	assert.Equal(t, map[string]string{"state": "closed", "state_reason": "completed"}, body(t, done.calls[3].Input))
}

// TestAQuestionWithoutAnAnswerIsNoDrift: a role that is refused, a state that is locked; the issue stays as it is.
func TestAQuestionWithoutAnAnswerIsNoDrift(t *testing.T) {
	t.Parallel()
	done := nights(t, 255, "error: no credentials", ownIssue).run("ci-drift", "dev")
	assert.Equal(t, 2, done.status)
	assert.Contains(t, done.err, "ci-drift: whether dev has drifted could not be found out\n")
	assert.Empty(t, done.lines("gh"))
}
