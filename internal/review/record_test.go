//go:build integration

package review_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"torii/internal/localaws"
	"torii/internal/localdeploy"
	"torii/internal/recorder"
	"torii/internal/review"
	"torii/internal/toolchain"
	"torii/stack"
)

// TestAPreviewOfTodayReadsAsRecorded takes one of the previews anew and wants the same comment: so that the recorded ones
// are known to be what the engine and the provider still say.
func TestAPreviewOfTodayReadsAsRecorded(t *testing.T) {
	t.Parallel()
	const name = "remove-person"
	change := changes[name]
	want := comment(t, recorded(t, name), review.Options{Stack: change.stack})
	whole := previewed(t, deployed(t, change), change)
	require.Equal(t, want, commentOn(t, whole, change.stack))
	require.Equal(t, want, commentOn(t, shrink(t, whole), change.stack), "shrinking loses nothing that is read")
}

// commentOn is the comment on a digest's text.
func commentOn(t *testing.T, text []byte, stack string) string {
	t.Helper()
	digest, err := review.Read(bytes.NewReader(text))
	require.NoError(t, err)
	return comment(t, digest, review.Options{Stack: stack})
}

// deployed is a change's stack as it was, up on a local AWS of its own.
func deployed(t *testing.T, change change) localdeploy.Spec {
	t.Helper()
	root := recorder.Root()
	kit, err := toolchain.Ensure(t.Context(), root, toolchain.Options{Progress: os.Stderr, Providers: toolchain.Build})
	require.NoError(t, err)
	dir := t.TempDir()
	server, err := localaws.Start(t.Context(), localaws.Options{
		MotoServer: kit.MotoServer, Launcher: filepath.Join(root, "tools", "moto", "server.py"),
		Dir: filepath.Join(dir, localdeploy.ServerFolder),
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := server.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("stopping the local AWS: %v", err)
		}
	})
	_, err = server.EnsureZone(t.Context(), "example.jp")
	require.NoError(t, err)
	_, err = server.EnsureUsers(t.Context(), []string{"aiko", "ken"})
	require.NoError(t, err)
	project, err := os.ReadFile(filepath.Join(root, "Pulumi.yaml"))
	require.NoError(t, err)
	spec := localdeploy.Spec{
		Stack: change.stack, Project: project, Settings: change.before(t), Dir: dir, Server: server, Kit: kit, Program: stack.Deploy,
	}
	result, err := localdeploy.Up(t.Context(), spec)
	require.NoError(t, err)
	t.Logf("%s is up: %v in %s", change.stack, result.Changes, localdeploy.Seconds(result.Duration))
	return spec
}

// previewed is the digest of a change to a stack that is up.
func previewed(t *testing.T, spec localdeploy.Spec, change change) []byte {
	t.Helper()
	spec.Settings = change.settings(t)
	text, _, err := localdeploy.PreviewJSON(t.Context(), spec)
	if err != nil {
		t.Logf("the preview failed, as one does: %v", err)
	}
	require.NotEmpty(t, text)
	return text
}

// shrink leaves of a digest what package review reads, some hundredth of it: decoding and encoding drops the fields that
// Digest has not, and the rest goes here.
func shrink(t *testing.T, text []byte) []byte {
	t.Helper()
	digest, err := review.Read(bytes.NewReader(text))
	require.NoError(t, err)
	// The engine takes up resources as they come; only the order of one resource's steps means something.
	slices.SortStableFunc(digest.Steps, func(a, b review.Step) int { return strings.Compare(a.URN, b.URN) })
	for i := range digest.Steps {
		step := &digest.Steps[i]
		if step.Op == "same" && step.New != nil {
			step.Old = nil // it is the same
		}
		for _, state := range []*review.State{step.Old, step.New} {
			if state == nil {
				continue
			}
			state.Outputs = kept(state.Outputs, "publicIp") // what a comment shows of an address that is given up
			state.Inputs, _ = cut(state.Inputs).(map[string]any)
			if !strings.Contains(state.Type, "ecurityGroup") {
				state.From = nil
			}
			if !priced.MatchString(state.Type) {
				state.Dependencies = nil
			}
		}
	}
	// A line for each step.
	var out bytes.Buffer
	steps := digest.Steps
	digest.Steps = nil
	head, err := json.Marshal(digest)
	require.NoError(t, err)
	fmt.Fprintf(&out, "%s,\n\"steps\": [\n", bytes.TrimSuffix(head, []byte("}")))
	for i, step := range steps {
		line, err := json.Marshal(step)
		require.NoError(t, err)
		comma := ","
		if i == len(steps)-1 {
			comma = ""
		}
		fmt.Fprintf(&out, "%s%s\n", line, comma)
	}
	out.WriteString("]}\n")
	return out.Bytes()
}

// priced are the types whose price depends on what they stand on.
var priced = regexp.MustCompile(`^aws:(ecs/service|appautoscaling/target|autoscaling/group|ec2/instance|ec2/vpcEndpoint|lb/loadBalancer|elb/loadBalancer):`)

func kept(all map[string]any, names ...string) map[string]any {
	found := map[string]any{}
	for _, name := range names {
		if value, has := all[name]; has {
			found[name] = value
		}
	}
	return found
}

// cut drops tags and replaces long texts, such as user data and policies, by a word that differs as they do.
func cut(value any) any {
	const long = 120
	switch value := value.(type) {
	case map[string]any:
		for key := range value {
			switch key {
			case "tags":
				delete(value, key)
			case "tagSpecifications", "insecureValue": // which tell hubs, and how notebooks stop: prices depend on that
			default:
				value[key] = cut(value[key])
			}
		}
		return value
	case []any:
		for i := range value {
			value[i] = cut(value[i])
		}
		return value
	case string:
		if len(value) > long {
			return fmt.Sprintf("cut-%x", sha256.Sum256([]byte(value)))[:12]
		}
	}
	return value
}
