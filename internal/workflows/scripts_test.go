package workflows

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStagesAreListed(t *testing.T) {
	t.Parallel()
	done := newRunner(t, "dev", "prod", "staging").run("ci-stages")
	assert.Equal(t, 0, done.status, done.err)
	assert.Equal(t, `stages=["dev","prod","staging"]`+"\n", done.out)
}

// TestStagesWithOddNamesAreRefused: a fork's pull request may bring a file of any name.
func TestStagesWithOddNamesAreRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"$(id)", "a;b", `x"]`, "Dev", "x y", "-x", "abcdefghijklmnopqrstu"} {
		done := newRunner(t, "dev", name).run("ci-stages")
		assert.Equal(t, 1, done.status, name)
		assert.Empty(t, done.out, name)
		assert.Contains(t, done.err, "is no name for a stage", name)
	}
}

// comment is a file with one of the program's comments, and its path.
func (r *runner) comment(text string) string {
	r.t.Helper()
	path := filepath.Join(r.root, "comment.md")
	require.NoError(r.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

const commentText = "<!-- torii preview: dev -->\n1 to \"add\" & `$(id)`\n"

// body is what a call sends as a text.
func body(t *testing.T, input string) map[string]string {
	t.Helper()
	var sent map[string]string
	require.NoError(t, json.Unmarshal([]byte(input), &sent))
	return sent
}

func TestACommentIsMadeOnce(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	r.env = []string{"PULL_REQUEST=7"}
	file := r.comment(commentText)
	comments := func(each ...string) string { return "[" + strings.Join(each, ",") + "]" }
	mine := `{"id": 11, "user": {"login": "github-actions[bot]"}, "body": "<!-- torii preview: dev -->\nold"}`
	for name, c := range map[string]struct{ there, call, says string }{
		"none yet": {comments(), "api --method POST repos/example/torii/issues/7/comments --input -", "comment made\n"},
		"there already, on the second page": {
			comments(`{"id": 9, "user": {"login": "ken"}, "body": "hello"}`) + comments(mine),
			"api --method PATCH repos/example/torii/issues/comments/11 --input -", "comment 11 updated\n",
		},
		"another stage's": {
			comments(strings.Replace(mine, ": dev", ": dev-two", 1)),
			"api --method POST repos/example/torii/issues/7/comments --input -", "comment made\n",
		},
		"a person's that looks like it": {
			comments(strings.Replace(mine, "github-actions[bot]", "mallory", 1)),
			"api --method POST repos/example/torii/issues/7/comments --input -", "comment made\n",
		},
	} {
		r.says("gh", answer{To: "--paginate", Says: c.there}, answer{To: "--input -"})
		done := r.run("ci-comment", file)
		require.Equal(t, 0, done.status, "%s: %s", name, done.err)
		assert.Equal(t, c.says, done.out, name)
		assert.Equal(t, []string{"api --paginate repos/example/torii/issues/7/comments", c.call}, done.lines("gh"), name)
		assert.Equal(t, map[string]string{"body": commentText}, body(t, done.calls[1].Input), name)
	}
}

func TestACommentNeedsAMarkerAndANumber(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	r.says("gh")
	r.env = []string{"PULL_REQUEST=7"}
	done := r.run("ci-comment", r.comment("hello\n"))
	assert.Equal(t, 1, done.status)
	assert.Contains(t, done.err, "does not begin with a marker")
	assert.Empty(t, done.calls)
	r.env = []string{"PULL_REQUEST=7/../../../orgs"}
	done = r.run("ci-comment", r.comment(commentText))
	assert.Equal(t, 1, done.status)
	assert.Equal(t, "ci-comment: PULL_REQUEST is not the number of a pull request\n", done.err)
	assert.Empty(t, done.calls)
}

const digest = `{"steps": []}`

// previews are a runner whose stack dev stands and previews well.
func previews(t *testing.T) *runner {
	r := newRunner(t, "dev")
	r.says("pulumi",
		answer{To: "stack ls --json", Says: `[{"name": "organization/torii/dev", "current": false}]`},
		answer{To: "preview ", Says: digest, Writes: map[string]string{"--save-plan": `{"plan": 1}`}},
	)
	r.says("go", answer{To: "run ./cmd/preview-comment", Says: commentText})
	return r
}

func TestAPreviewIsWrittenDown(t *testing.T) {
	t.Parallel()
	r := previews(t)
	done := r.run("ci-preview", "--plan", "plan.json", "dev", "comment.md")
	require.Equal(t, 0, done.status, done.err)
	assert.Equal(t, []string{
		"stack ls --json",
		"preview --stack dev --json --show-sames --show-replacement-steps --non-interactive --save-plan " + filepath.Join(r.root, "plan.json"),
	}, done.lines("pulumi"))
	assert.Regexp(t, `^run ./cmd/preview-comment -stack dev \S+/digest\.json$`, done.lines("go")[0])
	assert.Equal(t, commentText, string(read(t, filepath.Join(r.root, "comment.md"))))
	assert.Equal(t, `{"plan": 1}`, string(read(t, filepath.Join(r.root, "plan.json"))))
}

// TestAFailedPreviewSaysSo: the comment is there, and the job fails.
func TestAFailedPreviewSaysSo(t *testing.T) {
	t.Parallel()
	stands := answer{To: "stack ls", Says: `[{"name": "dev"}]`}
	failed := "<!-- torii preview: dev -->\n**The preview of `dev` failed**: "
	for name, c := range map[string]struct {
		pulumi  []answer
		comment []answer
		want    string
	}{
		"the program's own words": {
			[]answer{stands, {To: "preview", Says: digest, Status: 255}},
			[]answer{{Says: "<!-- torii preview: dev -->\nbroken\n", Status: 1}}, "<!-- torii preview: dev -->\nbroken\n",
		},
		"nothing to read": {
			[]answer{stands, {To: "preview", Status: 255}}, []answer{{Status: 2}},
			failed + "there is nothing to read of it; the log of this run says why\n",
		},
		"no such stack": {
			[]answer{{To: "stack ls", Says: `[{"name": "organization/torii/notdev"}]`}}, nil,
			failed + "there is no such stack in the state yet; bootstrap/README.md says how to make it, in step 4\n",
		},
		"no state": {
			[]answer{{To: "stack ls", Status: 255}}, nil, failed + "the state cannot be read; the log of this run says why\n",
		},
	} {
		r := newRunner(t, "dev")
		r.says("pulumi", c.pulumi...)
		r.says("go", c.comment...)
		done := r.run("ci-preview", "dev", "comment.md")
		assert.Equal(t, 1, done.status, name)
		assert.Equal(t, c.want, string(read(t, filepath.Join(r.root, "comment.md"))), name)
	}
}

// TestAnOfflinePreviewIsCompared with the target branch, and needs neither Pulumi's command line nor a state.
func TestAnOfflinePreviewIsCompared(t *testing.T) {
	t.Parallel()
	r := newRunner(t, "dev")
	base := filepath.Join(r.root, ".base")
	require.NoError(t, os.MkdirAll(base, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(base, "Pulumi.dev.yaml"), nil, 0o600))
	r.says("pulumi")
	comment := answer{To: "run ./cmd/preview-comment", Says: commentText}
	r.says("go", answer{To: "run ./cmd/local preview -json -stack dev", Says: digest}, comment)
	done := r.run("ci-preview", "--offline", ".base", "dev", "comment.md")
	require.Equal(t, 0, done.status, done.err)
	require.Len(t, done.lines("go"), 3)
	assert.Equal(t, []string{base, r.root, r.root}, []string{done.calls[0].Folder, done.calls[1].Folder, done.calls[2].Folder})
	assert.Regexp(t, `^run ./cmd/preview-comment -stack dev -baseline \S+/base\.json \S+/digest\.json$`, done.lines("go")[2])
	assert.Empty(t, done.lines("pulumi"))

	// A stage that is new there is nothing to compare with.
	require.NoError(t, os.Remove(filepath.Join(base, "Pulumi.dev.yaml")))
	done = r.run("ci-preview", "--offline", ".base", "dev", "comment.md")
	require.Equal(t, 0, done.status, done.err)
	require.Len(t, done.lines("go"), 2)
	assert.Regexp(t, `^run ./cmd/preview-comment -stack dev \S+/digest\.json$`, done.lines("go")[1])
}

func TestPreviewRefusals(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"say which stage, and where the comment goes": {"dev"},
		"there is no Pulumi.prod.yaml":                {"prod", "comment.md"},
		"../dev is no stage":                          {"../dev", "comment.md"},
		"there is no option --force":                  {"--force", "dev", "comment.md"},
		"--plan needs a value":                        {"dev", "comment.md", "--plan"},
	} {
		done := newRunner(t, "dev").run("ci-preview", args...)
		assert.Equal(t, 2, done.status, want)
		assert.Contains(t, done.err, "ci-preview: "+want+"\n")
	}
}

// TestADeploymentDoesItsPlanAndIsChecked: no plan, no deployment; no success, no check; and the check counts.
func TestADeploymentDoesItsPlanAndIsChecked(t *testing.T) {
	t.Parallel()
	r := newRunner(t, "dev")
	r.env = []string{"GITHUB_SHA=0123abc"}
	plan := filepath.Join(r.root, "plan.json")
	r.says("pulumi", answer{To: "up "})
	r.says("make", answer{To: "check STACK=dev WAIT=15m"})
	done := r.run("ci-deploy", "dev", "plan.json")
	assert.Equal(t, 1, done.status)
	assert.Equal(t, "ci-deploy: there is no plan plan.json; scripts/ci-preview --plan makes one\n", done.err)
	assert.Empty(t, done.calls)

	require.NoError(t, os.WriteFile(plan, []byte("{}"), 0o600))
	done = r.run("ci-deploy", "dev", "plan.json")
	require.Equal(t, 0, done.status, done.err)
	assert.Equal(t, []string{"up --stack dev --plan " + plan + " --yes --skip-preview --non-interactive --suppress-outputs " +
		"--message https://github.com/example/torii/commit/0123abc"}, done.lines("pulumi"))
	assert.Equal(t, []string{"check STACK=dev WAIT=15m"}, done.lines("make"))

	r.says("make", answer{To: "check", Status: 2})
	assert.NotEqual(t, 0, r.run("ci-deploy", "dev", "plan.json").status)
	r.says("pulumi", answer{To: "up ", Status: 255})
	done = r.run("ci-deploy", "dev", "plan.json")
	assert.NotEqual(t, 0, done.status)
	assert.Empty(t, done.lines("make"))
}
