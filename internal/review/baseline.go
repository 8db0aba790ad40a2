package review

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
)

// Baseline is what a preview is compared with where the state that it was made from does not say how things stand: on a
// machine without credentials a preview begins from nothing, and everything in it is added.
type Baseline struct {
	digest *Digest // of the target branch's preview; nil for outputs
	flows  []flow  // of the running stack's outputs
}

// ReadBaseline reads a baseline: another digest, or the outputs of the running stack as `pulumi stack output --json`
// prints them, of which the flow table is used.
func ReadBaseline(r io.Reader) (Baseline, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxDigest))
	if err != nil {
		return Baseline{}, fmt.Errorf("reading the baseline: %w", err)
	}
	var either struct {
		Digest
		Flows *[]struct {
			From, To, Port, Why string
			Ranges              []string
		} `json:"flows"`
	}
	if err := decode(text, &either); err != nil {
		return Baseline{}, fmt.Errorf("reading the baseline: %w", err)
	}
	if either.Failed() {
		return Baseline{}, errors.New("reading the baseline: it is a preview that failed, which does not say how things stand")
	}
	if len(either.Steps) > 0 {
		digest := either.Digest
		return Baseline{digest: &digest}, digest.check("the baseline")
	}
	if either.Flows == nil {
		return Baseline{}, errors.New("reading the baseline: the JSON is neither a preview nor a stack's outputs with a flow table")
	}
	b := Baseline{flows: []flow{}}
	for _, row := range *either.Flows {
		slices.Sort(row.Ranges)
		b.flows = append(b.flows, flow{from: row.From, to: row.To, port: row.Port, before: side{true, true, row.Why, row.Ranges}})
	}
	return b, nil
}

// against makes of a preview from nothing, and the baseline's, the preview of the difference. What a provider would have
// replaced cannot be told: every difference is a change in place.
func (b Baseline) against(digest Digest) Digest {
	if b.digest == nil || digest.Failed() {
		return digest // what a failed preview has not got to is not deleted
	}
	before := map[string]*State{}
	for _, c := range changesOf(*b.digest) {
		if c.kind != deleted && c.new != nil {
			before[c.urn] = c.new
		}
	}
	steps := []Step{}
	for _, c := range changesOf(digest) {
		was := before[c.urn]
		delete(before, c.urn)
		switch {
		case c.kind == deleted || c.new == nil:
		case was == nil:
			steps = append(steps, Step{Op: "create", URN: c.urn, New: c.new})
		default:
			differs := differing(was, c.new)
			step := Step{Op: "update", URN: c.urn, Old: was, New: c.new, DiffReasons: differs}
			if len(differs) == 0 {
				step.Op = "same"
			}
			steps = append(steps, step)
		}
	}
	for _, urn := range slices.Sorted(maps.Keys(before)) {
		steps = append(steps, Step{Op: "delete", URN: urn, Old: before[urn]})
	}
	digest.Steps = steps
	return digest
}

// differing are the inputs that differ, but for names that the provider makes up anew in every preview.
func differing(was, is *State) []string {
	names := map[string]bool{}
	for _, inputs := range []map[string]any{was.Inputs, is.Inputs} {
		for name := range inputs {
			names[name] = true
		}
	}
	made := append(texts(was.input("__defaults")), texts(is.input("__defaults"))...)
	var differ []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if name != "__defaults" && !slices.Contains(made, name) && !reflect.DeepEqual(was.Inputs[name], is.Inputs[name]) {
			differ = append(differ, name)
		}
	}
	return differ
}

// overlay puts the running stack's flow table in the place of the one before.
func (b Baseline) overlay(flows []flow) []flow {
	if b.flows == nil {
		return flows
	}
	for i := range flows {
		flows[i].before = side{}
	}
	for _, was := range b.flows {
		i := slices.IndexFunc(flows, func(f flow) bool { return f.from == was.from && f.to == was.to && f.port == was.port })
		if i < 0 {
			flows = append(flows, was)
			continue
		}
		if len(was.before.ranges) == 0 {
			was.before.ranges = flows[i].after.ranges // outputs have those of the internet only
		}
		flows[i].before = was.before
	}
	flows = slices.DeleteFunc(flows, func(f flow) bool { return !f.before.there() && !f.after.there() })
	slices.SortFunc(flows, compareFlows)
	return flows
}
