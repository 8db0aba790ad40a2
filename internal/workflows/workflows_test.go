package workflows

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"torii/internal/recorder"
)

// workflow is what these tests read of one.
type workflow struct {
	On          yaml.Node
	Permissions *map[string]string
	Concurrency any
	Jobs        map[string]job
}

type job struct {
	Uses        string
	If          string
	Needs       any
	Timeout     int `yaml:"timeout-minutes"`
	Environment string
	Permissions *map[string]string
	Concurrency any
	With        map[string]string
	Steps       []step
}

type step struct {
	Uses, Run string
	With, Env map[string]string
}

// files are the workflows by name, and the steps of the repository's own actions by the actions' folders.
func files(t *testing.T) (workflows map[string]workflow, actions map[string][]step) {
	t.Helper()
	workflows, actions = map[string]workflow{}, map[string][]step{}
	found, err := filepath.Glob(filepath.Join(recorder.Root(), ".github", "workflows", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	for _, file := range found {
		var w workflow
		require.NoError(t, yaml.Unmarshal(read(t, file), &w), file)
		workflows[strings.TrimSuffix(filepath.Base(file), ".yml")] = w
	}
	found, err = filepath.Glob(filepath.Join(recorder.Root(), ".github", "actions", "*", "action.yml"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	for _, file := range found {
		var action struct{ Runs struct{ Steps []step } }
		require.NoError(t, yaml.Unmarshal(read(t, file), &action), file)
		actions["./.github/actions/"+filepath.Base(filepath.Dir(file))] = action.Runs.Steps
	}
	return workflows, actions
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return text
}

// TestActionsArePinned: a tag can be moved to other code, a commit cannot. The same action is the same everywhere, and
// a comment says which release it is.
func TestActionsArePinned(t *testing.T) {
	pin := regexp.MustCompile(`uses: (\S+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$`)
	pinned := map[string]string{}
	uses := 0
	for _, pattern := range []string{"workflows/*.yml", "actions/*/action.yml"} {
		found, err := filepath.Glob(filepath.Join(recorder.Root(), ".github", pattern))
		require.NoError(t, err)
		for _, file := range found {
			for line := range strings.Lines(string(read(t, file))) {
				if !strings.Contains(line, "uses: ") || strings.Contains(line, "uses: ./.github/") {
					continue
				}
				uses++
				match := pin.FindStringSubmatch(strings.TrimRight(line, "\n"))
				if assert.NotNil(t, match, "%s: %s", file, line) {
					known, there := pinned[match[1]]
					assert.True(t, !there || known == match[2]+match[3], "%s is pinned twice, differently", match[1])
					pinned[match[1]] = match[2] + match[3]
				}
			}
		}
	}
	assert.Positive(t, uses)
	assert.Len(t, pinned, 7)
}

// TestRightsAreNarrow: none on top, and for each job those that it is known to need.
func TestRightsAreNarrow(t *testing.T) {
	read := map[string]string{"contents": "read"}
	role := map[string]string{"contents": "read", "id-token": "write"}
	want := map[string]map[string]map[string]string{
		"ci":      {"lint": read, "test": read, "examples": read, "guests": read},
		"preview": {"stages": read, "preview": role, "comment": {"contents": "read", "pull-requests": "write"}, "offline": read},
		"stage":   {"plan": role, "deploy": role},
		"deploy":  {"dev": role, "staging": role, "prod": role},
		"drift":   {"stages": read, "drift": {"contents": "read", "id-token": "write", "issues": "write"}},
	}
	workflows, _ := files(t)
	got := map[string]map[string]map[string]string{}
	for name, w := range workflows {
		if assert.NotNil(t, w.Permissions, "%s has all rights on top", name) {
			assert.Empty(t, *w.Permissions, name)
		}
		got[name] = map[string]map[string]string{}
		for id, j := range w.Jobs {
			if assert.NotNil(t, j.Permissions, "%s/%s", name, id) {
				got[name][id] = *j.Permissions
			}
		}
	}
	assert.Equal(t, want, got)
}

// TestNothingRunsForTheWrongPeople: no event that gives strangers' code rights; nothing that a person wrote becomes part
// of a command; checkouts keep no token; every job ends.
func TestNothingRunsForTheWrongPeople(t *testing.T) {
	workflows, actions := files(t)
	check := func(where string, steps []step) {
		for _, s := range steps {
			assert.NotContains(t, s.Run, "${{", "%s: values go through env", where)
			assert.NotContains(t, s.Run, "\n", "%s: more than a line belongs into scripts/", where)
			if strings.HasPrefix(s.Uses, "actions/checkout@") {
				assert.Equal(t, "false", s.With["persist-credentials"], where)
			}
			if strings.HasPrefix(s.Uses, "./") {
				assert.Contains(t, actions, s.Uses, where)
			}
		}
	}
	for name, w := range workflows {
		var events map[string]yaml.Node
		require.NoError(t, w.On.Decode(&events), name)
		for event := range events {
			assert.Contains(t, []string{"pull_request", "push", "schedule", "workflow_call", "workflow_dispatch"}, event, name)
		}
		for id, j := range w.Jobs {
			if j.Uses == "" {
				assert.Positive(t, j.Timeout, "%s/%s", name, id)
			}
			check(name+"/"+id, j.Steps)
		}
	}
	for name, steps := range actions {
		check(name, steps)
	}
}

// TestTheStagesAreDeployedInTurn: each stage file has its deployment, one at a time, after the one before it.
func TestTheStagesAreDeployedInTurn(t *testing.T) {
	workflows, _ := files(t)
	deploy := workflows["deploy"].Jobs
	found, err := filepath.Glob(filepath.Join(recorder.Root(), "Pulumi.*.yaml"))
	require.NoError(t, err)
	require.Len(t, deploy, len(found))
	for stage, before := range map[string]any{"dev": nil, "staging": "dev", "prod": "staging"} {
		assert.FileExists(t, filepath.Join(recorder.Root(), "Pulumi."+stage+".yaml"))
		assert.Equal(t, "./.github/workflows/stage.yml", deploy[stage].Uses)
		assert.Equal(t, map[string]string{"stage": stage}, deploy[stage].With)
		assert.Equal(t, map[string]any{"group": "deploy-" + stage}, deploy[stage].Concurrency, "and none is cancelled")
		assert.Equal(t, before, deploy[stage].Needs)
	}
	// The environments that bootstrap's roles are for.
	assert.Equal(t, "preview-${{ inputs.stage }}", workflows["stage"].Jobs["plan"].Environment)
	assert.Equal(t, "${{ inputs.stage }}", workflows["stage"].Jobs["deploy"].Environment)
	assert.Equal(t, "plan", workflows["stage"].Jobs["deploy"].Needs)
	assert.Equal(t, "preview-${{ matrix.stage }}", workflows["preview"].Jobs["preview"].Environment)
	assert.Equal(t, "drift-${{ matrix.stage }}", workflows["drift"].Jobs["drift"].Environment)
}

// TestPreviewsOfStrangersHaveNoCredentials: exactly one of the two kinds of preview runs.
func TestPreviewsOfStrangersHaveNoCredentials(t *testing.T) {
	workflows, _ := files(t)
	jobs := workflows["preview"].Jobs
	assert.Equal(t, "vars.PULUMI_BACKEND != '' && github.event.pull_request.head.repo.full_name == github.repository "+
		"&& github.actor != 'dependabot[bot]'", jobs["preview"].If)
	assert.Equal(t, "vars.PULUMI_BACKEND == '' || github.event.pull_request.head.repo.full_name != github.repository "+
		"|| github.actor == 'dependabot[bot]'", jobs["offline"].If)
	// Whatever may write to the pull request runs scripts that are in the target branch already.
	comment := jobs["comment"].Steps[0]
	assert.Equal(t, "${{ github.event.pull_request.base.sha }}", comment.With["ref"])
}

// TestPulumiIsTheVersionOfTheSDK: the engine and the program are released together.
func TestPulumiIsTheVersionOfTheSDK(t *testing.T) {
	_, actions := files(t)
	at := slices.IndexFunc(actions["./.github/actions/aws"], func(s step) bool { return strings.HasPrefix(s.Uses, "pulumi/actions@") })
	require.GreaterOrEqual(t, at, 0)
	version := regexp.MustCompile(`github\.com/pulumi/pulumi/sdk/v3 v(\S+)`).FindSubmatch(read(t, filepath.Join(recorder.Root(), "go.mod")))
	require.NotNil(t, version)
	assert.Equal(t, string(version[1]), actions["./.github/actions/aws"][at].With["pulumi-version"])
}
