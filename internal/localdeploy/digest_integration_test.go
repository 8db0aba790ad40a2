//go:build integration

package localdeploy_test

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/localdeploy"
)

// TestPreviewJSON reads what the engine's own command line prints for people's programs.
func TestPreviewJSON(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	type digest struct {
		Steps []struct {
			Op, URN  string
			NewState struct{ Inputs map[string]any }
		}
		Diagnostics []struct{ Severity, Message string }
	}
	read := func(text []byte) (d digest) {
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%v in: %.500s", err, text)
		}
		return d
	}

	text, result, err := localdeploy.PreviewJSON(t.Context(), b.with())
	if err != nil {
		t.Fatal(err)
	}
	if result.Work() != 3 || b.resources(t).Count() != 0 {
		t.Errorf("the result has %d steps, and AWS %d resources; want 3, 0", result.Work(), b.resources(t).Count())
	}
	found := read(text)
	ops := map[string]string{}
	for _, step := range found.Steps {
		ops[step.URN[strings.LastIndex(step.URN, "::")+2:]] = step.Op
		if strings.HasSuffix(step.URN, "::network") && step.NewState.Inputs["cidrBlock"] != "10.0.0.0/16" {
			t.Errorf("the VPC has inputs %v", step.NewState.Inputs)
		}
	}
	if want := map[string]string{"torii-dev": "create", "role": "create", "network": "create", "subnet": "create"}; !maps.Equal(ops, want) {
		t.Errorf("steps are %v, want %v", ops, want)
	}

	broken := b.with()
	broken.Program = func(*pulumi.Context) error { return errors.New("a setting is wrong") }
	text, _, err = localdeploy.PreviewJSON(t.Context(), broken)
	var failure *localdeploy.Failure
	if !errors.As(err, &failure) || len(failure.Paragraphs) != 1 || failure.Paragraphs[0] != "a setting is wrong" {
		t.Errorf("the failed preview: %v", err)
	}
	said := read(text).Diagnostics
	if len(said) == 0 || said[0].Severity != "error" || !strings.Contains(said[0].Message, "a setting is wrong") {
		t.Errorf("the failed preview's digest says %v", said)
	}
}
