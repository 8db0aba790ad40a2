package stack_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
	"torii/stack"
)

// update rewrites what the broken stack files say; read the difference before you
// commit it. The run fails all the same, so that an update never passes by accident.
var update = flag.Bool("update", false, "rewrite expectations from what the program says now")

const wantPrefix = "# "

// TestBrokenSettings runs the program with stack files that have one to three mistakes
// each. Every mistake must be named in one run, by what the file's head says, and
// nothing may be registered.
func TestBrokenSettings(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.yaml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 25)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			config, err := recorder.Config(file)
			require.NoError(t, err)

			environment, err := json.Marshal(config)
			require.NoError(t, err)
			t.Setenv(pulumi.EnvConfig, string(environment)) // as Pulumi starts a program

			recording, runErr := recorder.Run("broken", config, stack.Deploy)
			require.Error(t, runErr)
			assert.Empty(t, recording.All(), "registered in spite of its settings")

			_, checkErr := stack.Check(config)
			require.Error(t, checkErr)
			assert.Contains(t, runErr.Error(), checkErr.Error(), "the program and the check before it differ")

			head, body := splitHead(string(text))
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(comment(checkErr.Error())+body), 0o600))
				t.Fatalf("rewrote %s", file)
			}
			assert.Equal(t, head, checkErr.Error())
		})
	}
}

// TestCommittedSettings wants every committed stack file to be right.
func TestCommittedSettings(t *testing.T) {
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	require.Contains(t, files, "dev")
	require.Contains(t, files, "fargate-web")
	for name, file := range files {
		config, err := recorder.Config(file)
		require.NoError(t, err)
		_, err = stack.Check(config)
		assert.NoError(t, err, name)
	}
}

// TestWhatOnlyAWSKnows is refused before anything is registered, too: zones of another
// region when the stack file leaves the region to the environment, and a domain without
// a hosted zone.
func TestWhatOnlyAWSKnows(t *testing.T) {
	workloads := `{"site":{"kind":"fargate","host":"www.example.com"}}`
	for want, config := range map[string]map[string]string{
		"torii:network.zones: eu-west-1a is not in region ap-northeast-1": {
			"torii:network":   `{"zones":["eu-west-1a","eu-west-1b"]}`,
			"torii:workloads": workloads,
		},
		"torii:edge.domain: example.com has no public hosted zone in this account's Route 53; " +
			"create it first, or leave domain out": {
			"torii:network":   `{"zones":["ap-northeast-1a","ap-northeast-1c"]}`,
			"torii:edge":      `{"domain":"example.com"}`,
			"torii:workloads": workloads,
		},
	} {
		recording, err := recorder.Run("test", config, stack.Deploy)
		require.ErrorContains(t, err, want)
		assert.Empty(t, recording.All())
	}
}

// splitHead parts the comment at a file's head from the rest.
func splitHead(text string) (head, body string) {
	var lines []string
	for strings.HasPrefix(text, wantPrefix) {
		line, rest, _ := strings.Cut(text, "\n")
		lines = append(lines, strings.TrimPrefix(line, wantPrefix))
		text = rest
	}
	return strings.Join(lines, "\n"), text
}

func comment(text string) string {
	return wantPrefix + strings.ReplaceAll(text, "\n", "\n"+wantPrefix) + "\n"
}
