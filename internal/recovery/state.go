package recovery

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// State is a stack's state, as `pulumi stack export` gives it in deployment. What is not touched stays as it is.
type State struct {
	all map[string]any
}

// Read reads a state.
func Read(deployment []byte) (*State, error) {
	s := &State{}
	decoder := json.NewDecoder(bytes.NewReader(deployment))
	decoder.UseNumber() // 64 bits are not to lose some
	if err := decoder.Decode(&s.all); err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	return s, nil
}

// JSON writes the state.
func (s *State) JSON() ([]byte, error) { return json.Marshal(s.all) }

// Pending returns the operations that have no end: what was done, and to which resource.
func (s *State) Pending() []Operation {
	var all []Operation
	for _, each := range list(s.all["pending_operations"]) {
		operation := object(each)
		all = append(all, Operation{Type: text(operation, "type"), Resource: object(operation["resource"])})
	}
	return all
}

// Operation is one that was cut off.
type Operation struct {
	Type     string         // creating, updating, deleting, reading
	Resource map[string]any // as a state has it
}

// URN returns the name of what it was about.
func (o Operation) URN() string { return text(o.Resource, "urn") }

// stack returns project and stack, as any URN of the state has them.
func (s *State) stack() (project, stack string, err error) {
	for _, each := range s.resources() { // those of operations come after those of the stack itself
		// urn:pulumi:stack::project::types::name
		parts := strings.Split(text(each, "urn"), "::")
		if len(parts) >= 4 {
			return parts[1], strings.TrimPrefix(parts[0], "urn:pulumi:"), nil
		}
	}
	return "", "", fmt.Errorf("the stack's state has no resources")
}

// written is when the state was last written.
func (s *State) written() time.Time {
	at, err := time.Parse(time.RFC3339, text(object(s.all["manifest"]), "time"))
	if err != nil {
		return time.Time{}
	}
	return at
}

// begun is when the first of what the state has was made, as Pulumi noted it. Nothing that the stack made is older.
func (s *State) begun() time.Time {
	var first time.Time
	for _, each := range s.resources() {
		at, err := time.Parse(time.RFC3339, text(each, "created"))
		if err == nil && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

func (s *State) resources() []map[string]any {
	var all []map[string]any
	for _, each := range list(s.all["resources"]) {
		all = append(all, object(each))
	}
	return all
}

// Apply puts what was found into the state, and drops the operations without an end. A refresh must follow, as it
// asks AWS about each resource.
func (s *State) Apply(findings []Finding) {
	resources := s.resources()
	for _, finding := range findings {
		switch finding.Verdict {
		case Made:
			resources = adopt(resources, finding)
		case Twice:
			made := finding.resource()
			made["delete"] = true // the engine deletes such in the next update, when nothing needs it any more
			delete(made, "protect")
			resources = append(resources, made)
		}
	}
	s.all["resources"] = resources
	delete(s.all, "pending_operations")
}

// adopt adds what was made. Where it was to take another's place, that is what the next update deletes.
func adopt(resources []map[string]any, finding Finding) []map[string]any {
	made := finding.resource()
	at := slices.IndexFunc(resources, func(r map[string]any) bool { return text(r, "urn") == finding.URN && r["delete"] != true })
	if at < 0 {
		return append(resources, made)
	}
	// Everything that the new one needs was registered in the same update, and so stands before the old one.
	if resources[at]["pendingReplacement"] == true { // it is deleted already
		resources[at] = made
		return resources
	}
	resources[at]["delete"] = true
	return slices.Insert(resources, at, made)
}

// resource returns what was found as a state has it. Inputs are those that it was made from, so that the next update
// sees no change; outputs are filled in by the refresh, for which these are enough to find it.
func (f Finding) resource() map[string]any {
	made := maps.Clone(f.from)
	inputs := map[string]any{}
	for key, value := range object(made["inputs"]) {
		if !isUnknown(value) { // the next update fills it in
			inputs[key] = value
		}
	}
	outputs := maps.Clone(inputs)
	delete(outputs, "__defaults")
	for key, value := range f.thing.Props {
		if _, given := inputs[key]; given {
			inputs[key] = value
		}
		outputs[key] = value
	}
	if f.Type == record {
		// As the provider keeps it, and never asks AWS again: with the dot of the input, another name would be planned.
		outputs["name"] = strings.ToLower(strings.TrimSuffix(text(inputs, "name"), "."))
	}
	outputs["id"] = f.ID
	made["inputs"], made["outputs"], made["id"] = inputs, outputs, f.ID
	for _, key := range []string{"created", "modified", "pendingReplacement", "initErrors", "external"} {
		delete(made, key)
	}
	return made
}

// unknown is what previews have for values that are known only when something is made.
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

func isUnknown(value any) bool {
	switch value := value.(type) {
	case string:
		return strings.Contains(value, unknown)
	case []any:
		return slices.ContainsFunc(value, isUnknown)
	case map[string]any:
		for _, each := range value {
			if isUnknown(each) {
				return true
			}
		}
	}
	return false
}

func list(value any) []any { all, _ := value.([]any); return all }

func object(value any) map[string]any { all, _ := value.(map[string]any); return all }

func text(of map[string]any, key string) string {
	switch value := of[key].(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case float64:
		return fmt.Sprint(value)
	}
	return ""
}
