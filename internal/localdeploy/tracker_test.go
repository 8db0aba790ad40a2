package localdeploy

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

const (
	urnStack = "urn:pulumi:dev::torii::pulumi:pulumi:Stack::torii-dev"
	urnVPC   = "urn:pulumi:dev::torii::torii:network:VPC$aws:ec2/vpc:Vpc::network"
	urnALB   = "urn:pulumi:dev::torii::torii:edge:Gateway$aws:lb/loadBalancer:LoadBalancer::gate"
	typeVPC  = "aws:ec2/vpc:Vpc"
	typeALB  = "aws:lb/loadBalancer:LoadBalancer"
)

func metadata(op apitype.OpType, urn, token string, custom bool, diffs ...string) apitype.StepEventMetadata {
	return apitype.StepEventMetadata{
		Op: op, URN: urn, Type: token, Diffs: diffs, New: &apitype.StepEventStateMetadata{Custom: custom},
	}
}

func begun(m apitype.StepEventMetadata) apitype.EngineEvent {
	return apitype.EngineEvent{ResourcePreEvent: &apitype.ResourcePreEvent{Metadata: m}}
}

func ended(m apitype.StepEventMetadata) apitype.EngineEvent {
	return apitype.EngineEvent{ResOutputsEvent: &apitype.ResOutputsEvent{Metadata: m}}
}

func failed(m apitype.StepEventMetadata) apitype.EngineEvent {
	return apitype.EngineEvent{ResOpFailedEvent: &apitype.ResOpFailedEvent{Metadata: m}}
}

// at is an event with the second at which it arrives.
type at struct {
	second int
	event  apitype.EngineEvent
}

func TestTrackerSaysALineForEachThingDone(t *testing.T) {
	t.Parallel()
	vpc := metadata("create", urnVPC, typeVPC, true)
	alb := metadata("create", urnALB, typeALB, true)
	provider := metadata("create", "urn:pulumi:dev::torii::pulumi:providers:aws::default", "pulumi:providers:aws", true)
	for _, c := range []struct {
		name    string
		planned int
		events  []at
		want    []string
	}{
		{
			"with the time it took, from a second on", 41,
			[]at{{0, begun(vpc)}, {0, ended(vpc)}, {0, begun(alb)}, {61, ended(alb)}},
			[]string{
				"[ 1/41] created   aws:ec2/vpc:Vpc                              network",
				"[ 2/41] created   aws:lb/loadBalancer:LoadBalancer             gate  1m01s",
			},
		},
		{
			"without a plan it only counts", 0,
			[]at{{0, begun(vpc)}, {2, ended(vpc)}},
			[]string{"[1] created   aws:ec2/vpc:Vpc                              network  2s"},
		},
		{
			"components, providers and what stays as it is have none", 3,
			[]at{
				{0, begun(metadata("create", urnStack, stackType, false))},
				{0, begun(provider)},
				{0, ended(provider)},
				{0, begun(metadata("same", urnVPC, typeVPC, true))},
				{0, ended(metadata("same", urnVPC, typeVPC, true))},
				{0, ended(metadata("create", urnStack, stackType, false))},
			},
			nil,
		},
		{
			"an update says what differs, a replacement has two", 3,
			[]at{
				{0, ended(metadata("update", urnVPC, typeVPC, true, "tags", "cidrBlock"))},
				{0, ended(metadata("create-replacement", urnALB, typeALB, true, "internal"))},
				{0, ended(metadata("replace", urnALB, typeALB, true, "internal"))},
				{0, ended(metadata("delete-replaced", urnALB, typeALB, true))},
			},
			[]string{
				"[1/3] updated   aws:ec2/vpc:Vpc                              network (tags, cidrBlock)",
				"[2/3] recreated aws:lb/loadBalancer:LoadBalancer             gate (internal)",
				"[3/3] removed   aws:lb/loadBalancer:LoadBalancer             gate",
			},
		},
		{
			"a failure is one of them, and more than planned is no matter", 1,
			[]at{{0, begun(vpc)}, {0, ended(vpc)}, {0, begun(alb)}, {3, failed(alb)}},
			[]string{
				"[1/1] created   aws:ec2/vpc:Vpc                              network",
				"[2/2] FAILED    aws:lb/loadBalancer:LoadBalancer             gate  3s",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tracker, start := newTracker(c.planned), time.Now()
			var got []string
			for _, e := range c.events {
				got = append(got, tracker.handle(e.event, start.Add(time.Duration(e.second)*time.Second))...)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestTrackerGathersTheResult(t *testing.T) {
	t.Parallel()
	tracker, now := newTracker(0), time.Now()
	diagnostic := func(urn, severity, message string) apitype.EngineEvent {
		return apitype.EngineEvent{DiagnosticEvent: &apitype.DiagnosticEvent{URN: urn, Severity: severity, Message: message}}
	}
	for _, event := range []apitype.EngineEvent{
		ended(metadata("same", urnVPC, typeVPC, true)),
		failed(metadata("create-replacement", urnALB, typeALB, true, "internal")),
		diagnostic("", "debug", "noise"),
		diagnostic(urnALB, "error", " refused\n\n"),
		diagnostic(urnVPC+"\n", "error", "the URN was the last field of the provider's log line"),
		diagnostic("", "warning", "old"),
		{SummaryEvent: &apitype.SummaryEvent{ResourceChanges: map[apitype.OpType]int{"same": 1}}},
	} {
		tracker.handle(event, now)
	}
	want := Result{
		Changes: map[string]int{"same": 1},
		Steps: []Step{
			{Op: "same", Type: typeVPC, Name: "network", URN: urnVPC, Custom: true},
			{
				Op: "create-replacement", Type: typeALB, Name: "gate", URN: urnALB,
				Custom: true, Replace: true, Failed: true, Diffs: []string{"internal"},
			},
		},
		Diagnostics: []Diagnostic{
			{urnALB, "error", "refused"},
			{urnVPC, "error", "the URN was the last field of the provider's log line"},
			{"", "warning", "old"},
		},
	}
	if !reflect.DeepEqual(tracker.result, want) {
		t.Errorf("got  %+v\nwant %+v", tracker.result, want)
	}
	if work := tracker.result.Work(); work != 1 {
		t.Errorf("work: %d, want 1", work)
	}
}

func TestPreviewIsSameOnlyIfNothingCanDiffer(t *testing.T) {
	t.Parallel()
	stack := func(before, after map[string]any) apitype.EngineEvent {
		m := metadata("same", urnStack, stackType, false)
		m.Old, m.New = &apitype.StepEventStateMetadata{Outputs: before}, &apitype.StepEventStateMetadata{Outputs: after}
		return ended(m)
	}
	url := map[string]any{"url": "a"}
	for _, c := range []struct {
		name  string
		event apitype.EngineEvent
		want  bool
	}{
		{"a resource that stays", ended(metadata("same", urnVPC, typeVPC, true)), true},
		{"a resource that is read", ended(metadata("read", urnVPC, typeVPC, true)), true},
		{"a resource that changes", ended(metadata("update", urnVPC, typeVPC, true)), false},
		{"outputs that stay", stack(url, url), true},
		{"an output that changes", stack(url, map[string]any{"url": "b"}), false},
		{"a secret, which the engine shows as [secret] before and after", stack(
			map[string]any{"key": map[string]any{"ciphertext": "[secret]"}},
			map[string]any{"key": map[string]any{"ciphertext": "[secret]"}}), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tracker := newTracker(0)
			// The stack's own step begins before the others and ends after them.
			tracker.handle(begun(metadata("same", urnStack, stackType, false)), time.Now())
			tracker.handle(c.event, time.Now())
			tracker.handle(apitype.EngineEvent{SummaryEvent: &apitype.SummaryEvent{IsPreview: true}}, time.Now())
			if tracker.result.Same != c.want {
				t.Errorf("same: %t, want %t", tracker.result.Same, c.want)
			}
		})
	}
}

func TestWaitingNamesTheOldestFirst(t *testing.T) {
	t.Parallel()
	tracker, start := newTracker(0), time.Now()
	if got := tracker.waiting(start); got != "" {
		t.Errorf("nothing under way: %q", got)
	}
	for i, name := range []string{"a", "b", "c", "d"} {
		m := metadata("create", "urn:pulumi:dev::torii::aws:ec2/vpc:Vpc::"+name, typeVPC, true)
		tracker.handle(begun(m), start.Add(time.Duration(i)*time.Second))
	}
	got := tracker.waiting(start.Add(75 * time.Second))
	want := "        waiting for aws:ec2/vpc:Vpc a (1m15s), aws:ec2/vpc:Vpc b (1m14s), aws:ec2/vpc:Vpc c (1m13s), 1 more"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestInterruptedNamesWhatWasUnderWay(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tracker := newTracker(0)
	if got := text(tracker.interrupted(ctx)); got != "interrupted: context canceled" {
		t.Errorf("got %q", got)
	}
	tracker.handle(begun(metadata("create", urnALB, typeALB, true)), time.Now())
	want := "interrupted, perhaps half-way through aws:lb/loadBalancer:LoadBalancer gate (0s): context canceled"
	if got := text(tracker.interrupted(ctx)); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestFormatPlanned(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		step Step
		want string
	}{
		{Step{Op: "create", Type: typeVPC, Name: "a", Custom: true}, "  +  aws:ec2/vpc:Vpc                              a"},
		{
			Step{Op: "update", Type: typeVPC, Name: "a", Custom: true, Diffs: []string{"tags"}},
			"  ~  aws:ec2/vpc:Vpc                              a (tags)",
		},
		{
			Step{Op: "create-replacement", Type: typeVPC, Name: "a", Custom: true, Diffs: []string{"cidrBlock"}},
			"  +- aws:ec2/vpc:Vpc                              a (cidrBlock)",
		},
		{Step{Op: "delete", Type: typeVPC, Name: "a", Custom: true}, "  -  aws:ec2/vpc:Vpc                              a"},
		{Step{Op: "delete-replaced", Type: typeVPC, Name: "a", Custom: true}, ""},
		{Step{Op: "same", Type: typeVPC, Name: "a", Custom: true}, ""},
		{Step{Op: "create", Type: "torii:network:VPC", Name: "a"}, ""},
	} {
		if got := FormatPlanned(c.step); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.step, got, c.want)
		}
	}
}

func TestSeconds(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0:                       "0s",
		1400 * time.Millisecond: "1s",
		59 * time.Second:        "59s",
		60 * time.Second:        "1m00s",
		125 * time.Second:       "2m05s",
		75 * time.Minute:        "75m00s",
	} {
		if got := Seconds(d); got != want {
			t.Errorf("%s: got %s, want %s", d, got, want)
		}
	}
}

func TestNamesInURNs(t *testing.T) {
	t.Parallel()
	for urn, want := range map[string][2]string{
		urnVPC:   {"aws:ec2/vpc:Vpc", "network"},
		urnStack: {"pulumi:pulumi:Stack", "torii-dev"},
		"urn:pulumi:dev::torii::aws:ec2/route:Route::a-0.0.0.0/0": {"aws:ec2/route:Route", "a-0.0.0.0/0"},
		"nonsense": {"nonsense", "nonsense"},
	} {
		if got := [2]string{typeOf(urn), nameOf(urn)}; got != want {
			t.Errorf("%s: got %q, want %q", urn, got, want)
		}
	}
}
