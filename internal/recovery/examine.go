package recovery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// slack is how much earlier than the state's last writing something may have been made that an update did not note.
	slack = 15 * time.Minute
	// skew is how far AWS's clock may be behind that of this machine.
	skew = 30 * time.Second
)

// Examine finds out what became of the operations without an end, of what the program wants and the state has not
// (wanted, as a preview gives it), and what AWS has of the stack beside that.
func Examine(ctx context.Context, state *State, wanted []map[string]any, account *Account) ([]Finding, error) {
	project, stack, err := state.stack()
	if err != nil {
		return nil, err
	}
	known := append(state.resources(), wanted...)
	for _, operation := range state.Pending() { // their inputs are known, where those of a preview may be not
		known = append(known, operation.Resource)
	}
	account.begin(project, stack, known)
	return examine(ctx, state, wanted, account.list)
}

// examine is Examine with whatever lists the things of a type.
func examine(ctx context.Context, state *State, wanted []map[string]any, list listOf) ([]Finding, error) {
	e := examiner{list: list, state: state, noted: map[string]bool{}}
	for _, each := range state.resources() {
		e.noted[text(each, "type")+" "+mark(each)] = true
	}
	seen := map[string]bool{}
	for _, operation := range state.Pending() {
		if operation.Type != "creating" || seen[operation.URN()] {
			continue // a refresh says how the others ended
		}
		seen[operation.URN()] = true
		if err := e.created(ctx, operation.Resource, true); err != nil {
			return nil, err
		}
	}
	for _, each := range wanted {
		if urn := text(each, "urn"); !seen[urn] {
			seen[urn] = true
			if err := e.created(ctx, each, false); err != nil {
				return nil, err
			}
		}
	}
	if err := e.strays(ctx); err != nil {
		return nil, err
	}
	return e.found, nil
}

type listOf func(ctx context.Context, token string) ([]Thing, error)

type examiner struct {
	list  listOf
	state *State
	noted map[string]bool // type and identity of what the state has
	found []Finding
}

// mark returns what a resource in a state is known by: its ID, or where that does not tell, something else.
func mark(resource map[string]any) string {
	switch text(resource, "type") {
	case taskDefinition:
		return text(object(resource["outputs"]), "arn")
	case record: // of which there is one of a name, however that is written
		return recordKey(object(resource["inputs"]))
	}
	return text(resource, "id")
}

// mark returns the same of something in AWS.
func (t Thing) mark() string {
	switch t.Type {
	case taskDefinition:
		return fmt.Sprint(t.Props["arn"])
	case record:
		return t.Key
	}
	return t.ID
}

// created decides about one creation. Of one that the state speaks of, the name is known that it was given.
func (e *examiner) created(ctx context.Context, resource map[string]any, pending bool) error {
	token, urn := text(resource, "type"), text(resource, "urn")
	kind, known := kinds[token]
	if why, repeats := repeatable[token]; repeats {
		if pending {
			e.say(Finding{Verdict: Repeats, URN: urn, Type: token, Why: why})
		}
		return nil
	}
	if !known {
		if pending && resource["custom"] == true {
			e.say(Finding{Verdict: Look, URN: urn, Type: token, Why: byHand(token)})
		}
		return nil
	}
	things, err := e.list(ctx, token)
	if err != nil {
		return err
	}
	inputs := object(resource["inputs"])
	key := kind.key(inputs)
	things = slices.DeleteFunc(slices.Clone(things), func(t Thing) bool {
		named := !pending || kind.name == "" || text(inputs, kind.name) == "" || text(inputs, kind.name) == t.Name
		return key == "" || t.Key != key || !named || t.Used || e.noted[token+" "+t.mark()] || e.old(t)
	})
	switch {
	case len(things) == 0:
		if pending {
			e.say(Finding{Verdict: NotMade, URN: urn, Type: token, Why: "AWS has nothing of the kind"})
		}
		return nil
	case len(things) > 1 && kind.data:
		e.say(Finding{Verdict: Look, URN: urn, Type: token,
			Why: "AWS has several: " + ids(things) + "; delete all but one, which may hold data, and ask again"})
		for _, each := range things {
			e.noted[token+" "+each.mark()] = true
		}
		return nil
	}
	for i, each := range things {
		verdict, why := Made, "AWS has it as "+each.ID
		if i > 0 {
			verdict, why = Twice, "AWS has it again as "+each.ID
		}
		e.noted[token+" "+each.mark()] = true
		e.say(Finding{Verdict: verdict, URN: urn, Type: token, ID: each.ID, Why: why, thing: each, from: resource})
	}
	return nil
}

// old tells whether something was there before the update: the volume of somebody who left, for instance, or the key that
// a stack of the same name kept when it was destroyed a minute ago.
func (e *examiner) old(t Thing) bool {
	return !t.Made.IsZero() && (t.Made.Before(e.state.written().Add(-slack)) || t.Made.Before(e.state.begun().Add(-skew)))
}

// strays finds what AWS has of the stack and nobody speaks of.
func (e *examiner) strays(ctx context.Context) error {
	for _, token := range sorted(kinds) {
		things, err := e.list(ctx, token)
		if err != nil {
			return err
		}
		for _, each := range things {
			if each.Used || e.noted[token+" "+each.mark()] {
				continue
			}
			e.say(e.stray(each))
		}
	}
	return nil
}

// stray decides about something that the state does not have: a second one of what it has, or a stranger.
func (e *examiner) stray(t Thing) Finding {
	for _, each := range e.state.resources() {
		if text(each, "type") != t.Type || each["delete"] == true || kinds[t.Type].key(object(each["inputs"])) != t.Key {
			continue
		}
		urn := text(each, "urn")
		if kinds[t.Type].data {
			return Finding{Verdict: Look, URN: urn, Type: t.Type, ID: t.ID,
				Why: "AWS has " + t.ID + " beside " + text(each, "id") + "; delete it if it neither holds nor encrypts what is needed"}
		}
		return Finding{Verdict: Twice, URN: urn, Type: t.Type, ID: t.ID, Why: "AWS has it again as " + t.ID, thing: t, from: each}
	}
	why := t.ID + " (" + t.Key + ") carries the stack's tags, and neither its state nor the program know of it"
	if kinds[t.Type].data {
		why += "; it may hold data, or be the key to some"
	}
	return Finding{Verdict: Stranger, Type: t.Type, ID: t.ID, Why: why}
}

func (e *examiner) say(f Finding) { e.found = append(e.found, f) }

func ids(things []Thing) string {
	var all []string
	for _, each := range things {
		all = append(all, each.ID)
	}
	return strings.Join(all, ", ")
}

// Unfound returns what the state has and this package would not have found in AWS, had the update been cut off then.
func Unfound(ctx context.Context, state *State, account *Account) ([]string, error) {
	project, stack, err := state.stack()
	if err != nil {
		return nil, err
	}
	account.begin(project, stack, state.resources())
	var unfound []string
	for _, each := range state.resources() {
		kind, known := kinds[text(each, "type")]
		if !known || each["delete"] == true {
			continue
		}
		things, err := account.list(ctx, text(each, "type"))
		if err != nil {
			return nil, err
		}
		key := kind.key(object(each["inputs"]))
		if !slices.ContainsFunc(things, func(t Thing) bool { return t.mark() == mark(each) && t.Key == key && key != "" }) {
			unfound = append(unfound, fmt.Sprintf("%s %s: %q among %v", text(each, "urn"), mark(each), key, things))
		}
	}
	return unfound, nil
}
