//go:build integration

// Package integration deploys the examples on a local AWS, with the real engine and
// provider, and asks AWS, not Pulumi's state, what stands.
package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"torii/internal/localaws"
	"torii/internal/localdeploy"
	"torii/internal/recorder"
	"torii/internal/toolchain"
	"torii/stack"
)

// kit is made once for all tests; on a cold machine that takes most of the run's time.
var kit toolchain.Kit

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		kit, err = toolchain.Ensure(testContext(), recorder.Root(), toolchain.Options{
			Progress: os.Stderr, Providers: toolchain.Build,
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// site is one local AWS with one stack on it.
type site struct {
	t        *testing.T
	name     string
	dir      string
	region   string // that the test asks
	server   *localaws.Server
	through  *localaws.Server // the same, for the provider
	baseline localaws.Resources
	secrets  map[string]string // settings that are given encrypted, by config path
}

// newSite starts a local AWS of the test's own and makes what a stack expects to find: the
// hosted zone of a domain, unless that is "", and IAM users.
func newSite(t *testing.T, name, domain string, users ...string) *site {
	t.Helper()
	s := &site{t: t, name: name, dir: t.TempDir(), region: recorder.Region}
	server, err := localaws.Start(t.Context(), localaws.Options{
		MotoServer: kit.MotoServer,
		Launcher:   filepath.Join(recorder.Root(), "tools", "moto", "server.py"),
		Dir:        filepath.Join(s.dir, "aws"),
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := server.Stop(testContext()); err != nil {
			t.Errorf("stopping the local AWS: %v", err)
		}
	})
	s.server, s.through = server, listened(t, server)
	if domain != "" {
		_, err := server.EnsureZone(t.Context(), domain)
		require.NoError(t, err)
	}
	_, err = server.EnsureUsers(t.Context(), users)
	require.NoError(t, err)
	s.baseline, err = server.Resources(t.Context())
	require.NoError(t, err)
	return s
}

// settings is a stack file as a tree, for tests to change a setting in.
type settings map[string]any

// stackFile reads a committed stack file.
func stackFile(t *testing.T, path string) settings {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recorder.Root(), path))
	require.NoError(t, err)
	var file struct{ Config settings }
	require.NoError(t, yaml.Unmarshal(text, &file))
	return file.Config
}

// set puts a value at a path such as torii:network/nat.
func (s settings) set(path string, value any) {
	keys := strings.Split(path, "/")
	at := s
	for _, key := range keys[:len(keys)-1] {
		next, ok := at[key].(settings)
		if !ok {
			next = settings{}
			at[key] = next
		}
		at = next
	}
	at[keys[len(keys)-1]] = value
}

// spec is what to deploy.
func (s *site) spec(chosen settings) localdeploy.Spec {
	s.t.Helper()
	text, err := yaml.Marshal(map[string]any{"config": chosen})
	require.NoError(s.t, err)
	project, err := os.ReadFile(filepath.Join(recorder.Root(), "Pulumi.yaml"))
	require.NoError(s.t, err)
	return localdeploy.Spec{
		Stack: s.name, Project: project, Settings: text, Dir: s.dir,
		Server: s.through, Kit: kit, Program: stack.Deploy, Progress: testWriter{s.t}, Secrets: s.secrets,
	}
}

// up deploys, and fails the test when that does.
func (s *site) up(what string, chosen settings) localdeploy.Result {
	s.t.Helper()
	result, err := localdeploy.Up(s.t.Context(), s.spec(chosen))
	require.NoError(s.t, err, what)
	s.t.Logf("%s: %v in %s", what, result.Changes, result.Duration.Round(time.Second))
	return result
}

// rewriteState changes what Pulumi's file has of the stack.
func (s *site) rewriteState(change func(state map[string]any)) {
	s.t.Helper()
	path := localdeploy.StateFile(s.dir, "torii", s.name)
	text, err := os.ReadFile(path)
	require.NoError(s.t, err)
	var file map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // 64 bits are not to lose some
	require.NoError(s.t, decoder.Decode(&file))
	change(file["checkpoint"].(map[string]any)["latest"].(map[string]any))
	text, err = json.Marshal(file)
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(path, text, 0o600))
}

// unchanged deploys again and wants nothing to happen.
func (s *site) unchanged(chosen settings) {
	s.t.Helper()
	result := s.up("second up", chosen)
	require.Equal(s.t, map[string]int{"same": result.Changes["same"]}, result.Changes)
	require.Positive(s.t, result.Changes["same"])
}

// destroyed takes the stack down and wants nothing left of it in AWS but the key of what people wrote, if they did.
func (s *site) destroyed(chosen settings) {
	s.t.Helper()
	result, err := localdeploy.Destroy(s.t.Context(), s.spec(chosen))
	require.NoError(s.t, err)
	s.t.Logf("destroy: %v in %s", result.Changes, result.Duration.Round(time.Second))
	now, err := s.server.Resources(s.t.Context())
	require.NoError(s.t, err)
	left := now.Without(s.baseline)
	if keepsKey(chosen) {
		s.keptKeys(left, 1)
	}
	require.Empty(s.t, left, "left in AWS:\n%s", left)
}

// refusesDestroy turns protection on, wants a destroy to take nothing down, and turns it off.
func (s *site) refusesDestroy(chosen settings) {
	s.t.Helper()
	chosen.set("torii:operations/protect", true)
	s.up("protected", chosen)
	standing, err := s.server.Resources(s.t.Context())
	require.NoError(s.t, err)
	_, err = localdeploy.Destroy(s.t.Context(), s.spec(chosen))
	require.ErrorContains(s.t, err, "is protected")
	after, err := s.server.Resources(s.t.Context())
	require.NoError(s.t, err)
	require.Equal(s.t, standing, after, "a destroy of a protected stack takes nothing down")
	chosen.set("torii:operations/protect", false)
	s.up("no longer protected", chosen)
}

// replaced are the resources that a deployment replaced or deleted.
func replaced(result localdeploy.Result) []string {
	var found []string
	for _, step := range result.Steps {
		if step.Replace || step.Op == "delete" {
			found = append(found, step.Op+" "+step.Type+" "+step.Name)
		}
	}
	return found
}

// updated are the resources that a deployment changed in place.
func updated(result localdeploy.Result) []string {
	var found []string
	for _, step := range result.Steps {
		if step.Op == "update" && step.Custom {
			found = append(found, step.Type+" "+step.Name)
		}
	}
	return found
}

// testWriter passes progress to the test's log.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(text []byte) (int, error) {
	w.t.Log(strings.TrimRight(string(text), "\n"))
	return len(text), nil
}
