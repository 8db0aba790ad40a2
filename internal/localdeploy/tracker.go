package localdeploy

import (
	"context"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// tracker follows the engine's events: it gathers the Result, and says a line for each thing done.
type tracker struct {
	result  Result
	planned int // steps to come in all; 0 when unknown
	done    int
	running map[string]running // by operation and URN
	changed bool               // a resource or an output, or perhaps one: the engine does not show secrets
}

// running is a step under way.
type running struct {
	step  Step
	since time.Time
}

func newTracker(planned int) *tracker {
	return &tracker{planned: planned, running: map[string]running{}, result: Result{Changes: map[string]int{}}}
}

// handle takes in an event and returns the lines to show for it.
func (t *tracker) handle(event apitype.EngineEvent, now time.Time) []string {
	switch {
	case event.ResourcePreEvent != nil:
		step := stepOf(event.ResourcePreEvent.Metadata)
		t.running[step.Op+step.URN] = running{step, now}
		t.want(event.ResourcePreEvent)
	case event.ResOutputsEvent != nil:
		t.changed = t.changed || changes(event.ResOutputsEvent.Metadata)
		return t.finish(stepOf(event.ResOutputsEvent.Metadata), event.ResOutputsEvent.Planning, now)
	case event.ResOpFailedEvent != nil:
		step := stepOf(event.ResOpFailedEvent.Metadata)
		step.Failed = true
		return t.finish(step, false, now)
	case event.DiagnosticEvent != nil:
		d := event.DiagnosticEvent
		if d.Severity == "warning" || d.Severity == "error" {
			// The provider logs its fields in any order, and the bridge leaves the line's end on a URN that comes last.
			t.result.Diagnostics = append(t.result.Diagnostics,
				Diagnostic{strings.TrimSpace(d.URN), d.Severity, strings.TrimSpace(d.Message)})
		}
	case event.SummaryEvent != nil:
		for op, n := range event.SummaryEvent.ResourceChanges {
			t.result.Changes[string(op)] = n
		}
		t.result.Same = event.SummaryEvent.IsPreview && !t.changed
	}
	return nil
}

// want notes what a preview says is to be made.
func (t *tracker) want(event *apitype.ResourcePreEvent) {
	made := event.Metadata.New
	if op := event.Metadata.Op; !event.Planning || made == nil || !made.Custom || op != apitype.OpCreate && op != apitype.OpCreateReplacement {
		return
	}
	t.result.wanted = append(t.result.wanted, map[string]any{
		"urn": made.URN, "custom": true, "type": made.Type, "parent": made.Parent, "provider": made.Provider, "inputs": made.Inputs,
	})
}

func (t *tracker) finish(step Step, planning bool, now time.Time) []string {
	key := step.Op + step.URN
	took := time.Duration(0)
	if r, found := t.running[key]; found {
		took = now.Sub(r.since)
		delete(t.running, key)
	} else if step.Type == stackType {
		return nil // the stack's second event, which carries its outputs
	}
	if strings.HasPrefix(step.Type, "pulumi:providers:") {
		return nil
	}
	t.result.Steps = append(t.result.Steps, step)
	if planning || !step.working() {
		return nil
	}
	t.done++
	return []string{t.line(step, took)}
}

// line is "[12/41] created   aws:lb/loadBalancer:LoadBalancer   gate  61s".
func (t *tracker) line(step Step, took time.Duration) string {
	number := fmt.Sprintf("[%d]", t.done)
	if t.planned > 0 {
		total := max(t.planned, t.done)
		number = fmt.Sprintf("[%*d/%d]", len(fmt.Sprint(total)), t.done, total)
	}
	line := fmt.Sprintf("%s %-9s %-44s %s%s", number, verb(step), step.Type, step.Name, because(step))
	if took >= time.Second {
		line += "  " + Seconds(took)
	}
	return line
}

// because names the properties on account of which something changes.
func because(step Step) string {
	if len(step.Diffs) == 0 {
		return ""
	}
	return " (" + strings.Join(step.Diffs, ", ") + ")"
}

// waiting says what has been under way for long, the oldest first, or "" when nothing is.
func (t *tracker) waiting(now time.Time) string {
	names := t.underWay(now)
	if len(names) == 0 {
		return ""
	}
	return "        waiting for " + strings.Join(names, ", ")
}

// interrupted returns the error of a run that was, which names what it did not see the end of.
func (t *tracker) interrupted(ctx context.Context) error {
	names := t.underWay(time.Now())
	if len(names) == 0 {
		return fmt.Errorf("interrupted: %w", ctx.Err())
	}
	return fmt.Errorf("interrupted, perhaps half-way through %s: %w", strings.Join(names, ", "), ctx.Err())
}

// underWay names the steps that have begun and not ended, the oldest first and no more than fit a line.
func (t *tracker) underWay(now time.Time) []string {
	var waits []running
	for _, r := range t.running {
		if r.step.working() {
			waits = append(waits, r)
		}
	}
	sort.Slice(waits, func(i, j int) bool {
		if !waits[i].since.Equal(waits[j].since) {
			return waits[i].since.Before(waits[j].since)
		}
		return waits[i].step.URN < waits[j].step.URN
	})
	const shown = 3
	var names []string
	for _, r := range waits[:min(shown, len(waits))] {
		names = append(names, fmt.Sprintf("%s %s (%s)", r.step.Type, r.step.Name, Seconds(now.Sub(r.since))))
	}
	if more := len(waits) - shown; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return names
}

// changes tells whether a step changes a resource, or the outputs of the stack.
func changes(m apitype.StepEventMetadata) bool {
	if m.Op != apitype.OpSame && m.Op != apitype.OpRead {
		return true
	}
	if m.Type != stackType || m.Old == nil || m.New == nil {
		return false
	}
	return !reflect.DeepEqual(m.Old.Outputs, m.New.Outputs) || strings.Contains(fmt.Sprint(m.New.Outputs), "[secret]")
}

func stepOf(m apitype.StepEventMetadata) Step {
	op := string(m.Op)
	state := m.New
	if state == nil {
		state = m.Old
	}
	return Step{
		Op:      op,
		Type:    m.Type,
		Name:    nameOf(m.URN),
		URN:     m.URN,
		Replace: strings.Contains(op, "replace"),
		Custom:  state != nil && state.Custom,
		Diffs:   m.Diffs,
	}
}

const stackType = "pulumi:pulumi:Stack"

// nameOf returns the logical name at the end of a URN.
func nameOf(urn string) string {
	if i := strings.LastIndex(urn, "::"); i >= 0 {
		return urn[i+len("::"):]
	}
	return urn
}

// verb says what a finished step did.
func verb(step Step) string {
	done := map[string]string{
		"create": "created", "update": "updated", "delete": "deleted", "import": "imported",
		"create-replacement": "recreated", "delete-replaced": "removed",
	}[step.Op]
	if step.Failed {
		return "FAILED"
	}
	return done
}

// Seconds returns a duration as people say it: 9s, 1m05s.
func Seconds(d time.Duration) string {
	d = d.Round(time.Second)
	if d < time.Minute {
		return fmt.Sprintf("%ds", int(d.Seconds()))
	}
	return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
}

// FormatPlanned returns a line for a step of a preview, or "" for one that changes nothing in AWS.
func FormatPlanned(step Step) string {
	sign := map[string]string{"create": "+", "update": "~", "delete": "-", "create-replacement": "+-", "delete-replaced": "-+"}
	if !step.working() || step.Op == "delete-replaced" {
		return ""
	}
	return fmt.Sprintf("  %-2s %-44s %s%s", sign[step.Op], step.Type, step.Name, because(step))
}
