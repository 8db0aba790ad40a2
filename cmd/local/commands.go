package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"torii/internal/localaws"
	"torii/internal/localdeploy"
	"torii/internal/review"
)

// up deploys the stack and leaves it up.
func up(ctx context.Context, s session) error {
	plan, err := s.plan(ctx)
	if err != nil {
		return s.advise(ctx, err)
	}
	s.say("Plan: %s (%s)", summary(plan, planned), localdeploy.Seconds(plan.Duration))
	if plan.Same {
		values, err := localdeploy.Outputs(ctx, s.spec)
		if err != nil {
			return s.advise(ctx, err)
		}
		s.report("is up already, and as its settings say", values)
		return nil
	}
	s.say("")
	s.spec.Planned = plan.Work()
	result, err := localdeploy.Up(ctx, s.spec)
	if err != nil {
		s.say("\nDone before that: %s", summary(result, done))
		return s.advise(ctx, err)
	}
	s.report(fmt.Sprintf("is up: %s, in %s", summary(result, done), localdeploy.Seconds(result.Duration)), result.Outputs)
	return nil
}

// report says how the stack stands, and what can be done with it.
func (s session) report(standing string, outputs auto.OutputMap) {
	s.say("\nStack %s %s.\n\nOutputs:\n%s\nTake it down with: %s",
		s.spec.Stack, standing, localdeploy.FormatOutputs(outputs), s.target("local-destroy"))
}

// preview says what up would do.
func preview(ctx context.Context, s session) error {
	plan, err := s.plan(ctx)
	if err == nil {
		for _, step := range plan.Steps {
			if line := localdeploy.FormatPlanned(step); line != "" {
				s.say("%s", line)
			}
		}
		s.say("\nPlan: %s (%s)", summary(plan, planned), localdeploy.Seconds(plan.Duration))
	}
	return s.advise(ctx, s.previewed(ctx, err))
}

// previewJSON writes what up would do to w, as JSON: also when the preview fails, with the reason in it. What the local
// AWS lacks is no reason to fail, as nothing is deployed.
func previewJSON(ctx context.Context, s session, w io.Writer) error {
	if _, err := s.check(ctx); err != nil {
		// No engine is needed to know this, and whoever reads the JSON should know it too.
		refused := review.Digest{Diagnostics: []review.Diagnostic{{Severity: "error", Message: err.Error()}}}
		return errors.Join(err, json.NewEncoder(w).Encode(refused))
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	digest, _, err := localdeploy.PreviewJSON(ctx, s.spec)
	if _, writing := w.Write(digest); writing != nil {
		err = errors.Join(err, fmt.Errorf("printing the preview: %w", writing))
	}
	return s.advise(ctx, s.previewed(ctx, err))
}

// previewed adds to a preview's outcome that of stopping a local AWS that was started for it.
func (s session) previewed(ctx context.Context, err error) error {
	if s.spec.Server != nil && !s.spec.Server.Reused {
		return errors.Join(err, s.stopIfIdle(context.WithoutCancel(ctx), s.spec.Server))
	}
	return err
}

// ready checks the settings and provides the engine, the providers and the local AWS.
func (s *session) ready(ctx context.Context) error {
	expected, err := s.check(ctx)
	if err != nil {
		return err
	}
	s.say("Stack %s: %s", s.spec.Stack, s.file)
	if err := s.equip(ctx); err != nil {
		return err
	}
	return s.serve(ctx, expected)
}

// plan prepares everything and asks the engine what there is to do. It fails when the plan has what the local AWS lacks.
func (s *session) plan(ctx context.Context) (localdeploy.Result, error) {
	if err := s.ready(ctx); err != nil {
		return localdeploy.Result{}, err
	}
	plan, err := localdeploy.Preview(ctx, s.spec)
	if err != nil {
		return plan, err
	}
	var missing []error
	for _, step := range plan.Steps {
		if reason := localaws.Lacks(step.Type); reason != "" {
			missing = append(missing, fmt.Errorf("%s %s cannot be deployed locally: %s", step.Type, step.Name, reason))
		}
	}
	return plan, errors.Join(missing...)
}

// outputs prints the outputs of the deployed stack.
func outputs(ctx context.Context, s session) error {
	values, err := s.values(ctx)
	if err != nil {
		return err
	}
	s.say("%s", strings.TrimRight(localdeploy.FormatOutputs(values), "\n"))
	return nil
}

// output prints one output of the deployed stack as JSON, in plain if it is a secret, for another program to read.
func output(ctx context.Context, s session, name string) error {
	s.progress, s.spec.Progress = os.Stderr, os.Stderr
	values, err := s.values(ctx)
	if err != nil {
		return err
	}
	return printOutput(s.out, values, name)
}

func printOutput(out io.Writer, values auto.OutputMap, name string) error {
	value, found := values[name]
	if !found {
		return fmt.Errorf("there is no output %q; there are: %s", name, strings.Join(slices.Sorted(maps.Keys(values)), ", "))
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value.Value); err != nil {
		return fmt.Errorf("printing output %s: %w", name, err)
	}
	return nil
}

// values are the outputs of the deployed stack.
func (s session) values(ctx context.Context) (values auto.OutputMap, err error) {
	if s.spec.Server, err = localaws.Find(ctx, s.serverDir()); err != nil {
		return nil, err
	}
	deployed, err := s.deployed()
	if err != nil {
		return nil, err
	}
	if !deployed {
		return nil, fmt.Errorf("stack %s is not deployed here; %s deploys it", s.spec.Stack, s.target("local"))
	}
	if err := s.equip(ctx); err != nil {
		return nil, err
	}
	values, err = localdeploy.Outputs(ctx, s.spec)
	if errors.Is(err, localdeploy.ErrNotDeployed) {
		return nil, fmt.Errorf("stack %s is not deployed here any more; %s deploys it", s.spec.Stack, s.target("local"))
	}
	return values, err
}

// destroy takes the stack down, and stops the local AWS after the last one.
func destroy(ctx context.Context, s session) (err error) {
	if s.spec.Server, err = localaws.Find(ctx, s.serverDir()); err != nil {
		return err
	}
	deployed, err := s.deployed()
	if err != nil {
		return err
	}
	if deployed {
		if err := s.equip(ctx); err != nil {
			return err
		}
		result, err := localdeploy.Destroy(ctx, s.spec)
		switch {
		case errors.Is(err, localdeploy.ErrNotDeployed):
		case err != nil:
			s.say("\nDone before that: %s", summary(result, done))
			return s.advise(ctx, err)
		default:
			s.say("\nStack %s is down: %s, in %s.", s.spec.Stack, summary(result, done), localdeploy.Seconds(result.Duration))
		}
	} else {
		s.say("Stack %s is not deployed here; there is nothing to take down.", s.spec.Stack)
	}
	if err := s.dropBundles(); err != nil {
		return err
	}
	if s.spec.Server == nil {
		return nil
	}
	return s.stopIfIdle(ctx, s.spec.Server)
}

func (s session) deployed() (bool, error) {
	project, err := localdeploy.ProjectName(s.spec.Project)
	if err != nil {
		return false, err
	}
	return localdeploy.Deployed(s.dir, project, s.spec.Stack)
}

// advise adds to an interruption what it means for the user.
func (s session) advise(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("%w\nWhat was done is noted: %s continues, %s takes it down",
		err, s.target("local"), s.target("local-destroy"))
}

var (
	planned = map[string]string{
		"create": "to create", "update": "to update", "replace": "to replace", "delete": "to delete", "same": "unchanged",
	}
	done = map[string]string{
		"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted", "same": "unchanged",
	}
)

// summary counts what has a provider, as the progress lines do: "41 created, 2 unchanged".
func summary(r localdeploy.Result, words map[string]string) string {
	counts := map[string]int{}
	for _, step := range r.Steps {
		if step.Custom && !step.Failed {
			counts[step.Op]++
		}
	}
	counts["replace"] = counts["create-replacement"] // a replacement's one step that every kind of it has
	var parts []string
	for _, op := range []string{"create", "update", "replace", "delete", "same"} {
		if counts[op] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[op], words[op]))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
