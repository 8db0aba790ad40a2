package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"torii/internal/localdeploy"
	"torii/internal/review"
	"torii/stack"
)

func TestRunSaysWhatItTakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		args     []string
		out, err string // how they begin
	}{
		{"no command", nil, "", "no command is given\n\nDeploys a stack"},
		{"help", []string{"-h"}, "Deploys a stack to a local AWS on this machine", ""},
		{"help on a command", []string{"up", "-h"}, "Deploys a stack to a local AWS on this machine", ""},
		{"an unknown command", []string{"apply"}, "", "unknown command \"apply\"\n\nDeploys a stack"},
		{"an unknown flag", []string{"up", "-force"}, "", "flag provided but not defined: -force\n\nDeploys a stack"},
		{"a stack without its flag", []string{"up", "dev"}, "", "unexpected argument \"dev\"\n\nDeploys a stack"},
		{"JSON of what has none", []string{"up", "-json"}, "", "-json is for preview, not for up\n\nDeploys a stack"},
		{"output without a name", []string{"output", "-stack", "dev"}, "", "which output is not said\n\nDeploys a stack"},
		{"two outputs", []string{"output", "a", "-stack", "dev", "b"}, "", "unexpected argument \"b\"\n\nDeploys a stack"},
		{"output of an unknown stack", []string{"output", "a", "-stack", "nope"}, "", `there is no stack file for "nope"; there are: dev`},
		{"flags before the name", []string{"output", "-stack", "nope", "a"}, "", `there is no stack file for "nope"; there are: dev`},
		{"an unknown stack", []string{"up", "-stack", "nope"}, "", `there is no stack file for "nope"; there are: dev`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			problem := ""
			if err := run(t.Context(), c.args, &out); err != nil {
				problem = err.Error()
			}
			if !strings.HasPrefix(out.String(), c.out) || (c.out == "") != (out.String() == "") {
				t.Errorf("printed %q, want %q…", out.String(), c.out)
			}
			if !strings.HasPrefix(problem, c.err) || (c.err == "") != (problem == "") {
				t.Errorf("failed with %q, want %q…", problem, c.err)
			}
		})
	}
}

func TestCheckReportsAllProblemsAndWhatIsExpected(t *testing.T) {
	t.Parallel()
	newCheck := func(settings string) (stack.Expected, error) {
		return session{file: "Pulumi.x.yaml", spec: localdeploy.Spec{
			Stack: "x", Project: []byte("name: torii\nruntime: go\n"), Settings: []byte(settings),
		}}.check(t.Context())
	}
	_, err := newCheck("config:\n  torii:network: {nat: balloon}\n  torii:bogus: {}\n")
	for _, want := range []string{"Pulumi.x.yaml has problems:\n", "torii:network.nat: balloon", "torii:bogus"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}

	for example, want := range map[string]stack.Expected{
		"fargate-web": {Domain: "example.jp"},
		"notebooks":   {Users: []string{"aiko", "ken"}},
	} {
		text, err := os.ReadFile(filepath.Join("..", "..", "examples", "Pulumi."+example+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := newCheck(string(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s expects %+v, %v; want %+v", example, got, err, want)
		}
	}
}

// TestRefusedSettingsAreJSONToo wants whoever reads the JSON to learn why there is no preview.
func TestRefusedSettingsAreJSONToo(t *testing.T) {
	t.Parallel()
	var out, said strings.Builder
	err := previewJSON(t.Context(), session{file: "Pulumi.x.yaml", out: &said, spec: localdeploy.Spec{
		Stack: "x", Project: []byte("name: torii\nruntime: go\n"), Settings: []byte("config:\n  torii:network: {nat: balloon}\n"),
	}}, &out)
	if err == nil || !strings.Contains(err.Error(), "torii:network.nat: balloon is not allowed") {
		t.Errorf("failed with %v", err)
	}
	digest, reading := review.Read(strings.NewReader(out.String()))
	if reading != nil || !digest.Failed() || len(digest.Diagnostics) != 1 || digest.Diagnostics[0].Message != err.Error() {
		t.Errorf("printed %q: %v", out.String(), reading)
	}
}

func TestSummaryCountsWhatHasAProvider(t *testing.T) {
	t.Parallel()
	custom := func(op string) localdeploy.Step { return localdeploy.Step{Op: op, Custom: true} }
	for _, c := range []struct {
		name  string
		steps []localdeploy.Step
		want  string
	}{
		{"nothing", nil, "nothing"},
		{"components do not count", []localdeploy.Step{{Op: "create"}, custom("create")}, "1 created"},
		{
			"a replacement of several steps is one",
			[]localdeploy.Step{custom("create-replacement"), custom("replace"), custom("delete-replaced"), custom("same")},
			"1 replaced, 1 unchanged",
		},
		{
			"what failed was not done",
			[]localdeploy.Step{custom("update"), {Op: "create", Custom: true, Failed: true}, custom("delete")},
			"1 updated, 1 deleted",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := summary(localdeploy.Result{Steps: c.steps}, done); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPrintOutputIsJSONForPrograms(t *testing.T) {
	t.Parallel()
	values := auto.OutputMap{
		"bundles": {Value: map[string]any{"a": map[string]any{"key": "<topsecret>"}}, Secret: true}, "url": {Value: "https://a/"},
	}
	for name, want := range map[string]string{
		"bundles": "{\n  \"a\": {\n    \"key\": \"<topsecret>\"\n  }\n}\n", "url": "\"https://a/\"\n",
	} {
		var out strings.Builder
		if err := printOutput(&out, values, name); err != nil || out.String() != want {
			t.Errorf("%s: %q, %v; want %q", name, out.String(), err, want)
		}
	}
	var out strings.Builder
	err := printOutput(&out, values, "nope")
	if want := `there is no output "nope"; there are: bundles, url`; err == nil || err.Error() != want || out.String() != "" {
		t.Errorf("got %v, %q; want %s", err, out.String(), want)
	}
}

func TestDestroyTakesClientCertificatesAlong(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	s := session{dir: t.TempDir(), out: &out, spec: localdeploy.Spec{Stack: "dev"}}
	if err := s.dropBundles(); err != nil || out.String() != "" {
		t.Errorf("with none there: %v, %q", err, out.String())
	}
	dir := filepath.Join(s.dir, "dev", "bundles")
	if err := os.MkdirAll(filepath.Join(dir, "partner-a"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.dropBundles(); err != nil || out.String() != "Its client certificates in "+dir+" were removed.\n" {
		t.Errorf("got %v, %q", err, out.String())
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("they are still there: %v", err)
	}
}

func TestTargetIsTheCommandToType(t *testing.T) {
	t.Parallel()
	for stack, want := range map[string]string{"dev": "make local", "fargate-web": "make local STACK=fargate-web"} {
		if got := (session{spec: localdeploy.Spec{Stack: stack}}).target("local"); got != want {
			t.Errorf("%s: %q, want %q", stack, got, want)
		}
	}
}
