package review

import (
	"slices"
	"strings"
)

// kind is what becomes of a resource.
type kind string

// Kinds of change.
const (
	added    kind = "added"
	changed  kind = "changed"
	replaced kind = "replaced"
	deleted  kind = "deleted"
	same     kind = "same"
)

// change is what becomes of one resource, in all its steps.
type change struct {
	kind     kind
	urn      string
	old, new *State // nil where there is none
	reasons  []string
	diff     map[string]Difference
	oldFirst bool // of a replacement: the old one goes before the new one is there
}

// ops are what an operation of the engine makes of a resource. The others read, and change nothing.
var ops = map[string]kind{
	"same": same, "create": added, "import": added, "update": changed, "delete": deleted,
	"replace": replaced, "create-replacement": replaced, "delete-replaced": replaced, "import-replacement": replaced,
	"remove-pending-replace": deleted,
}

// changesOf gathers the steps of each resource, in order of type and name.
func changesOf(digest Digest) []change {
	byURN := map[string]*change{}
	for _, step := range digest.Steps {
		does, known := ops[step.Op]
		if !known {
			continue
		}
		c := byURN[step.URN]
		if c == nil {
			c = &change{kind: does, urn: step.URN}
			byURN[step.URN] = c
		}
		c.add(step, does)
	}
	all := make([]change, 0, len(byURN))
	for _, c := range byURN {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b change) int {
		return strings.Compare(a.token()+" "+a.name()+" "+a.urn, b.token()+" "+b.name()+" "+b.urn)
	})
	return all
}

// add takes in one step more.
func (c *change) add(step Step, does kind) {
	if does == replaced {
		c.kind = replaced
	}
	if step.Op == "delete-replaced" {
		// The engine makes the new one first, unless the resource or the program says otherwise.
		c.oldFirst = c.new == nil
	}
	if step.Old != nil {
		c.old = step.Old
	}
	if step.New != nil && step.Op != "delete-replaced" {
		c.new = step.New
	}
	if does == same && c.old == nil {
		c.old = step.New
	}
	if len(step.ReplaceReasons) > 0 {
		c.reasons = step.ReplaceReasons
	}
	if len(step.DetailedDiff) > 0 {
		c.diff = step.DetailedDiff
	} else if c.diff == nil {
		c.diff = map[string]Difference{}
		for _, path := range step.DiffReasons {
			c.diff[path] = Difference{Kind: "update"}
		}
	}
}

// state is the resource as it will be, or was when it goes.
func (c change) state() State {
	for _, each := range []*State{c.new, c.old} {
		if each != nil {
			return *each
		}
	}
	return State{}
}

// token is the resource's type, such as aws:ec2/vpc:Vpc.
func (c change) token() string {
	if token := c.state().Type; token != "" {
		return token
	}
	parts := strings.Split(c.urn, "::")
	if len(parts) < 3 {
		return ""
	}
	return parts[2][strings.LastIndex(parts[2], "$")+1:]
}

// name is the resource's logical name.
func (c change) name() string { return nameIn(c.urn) }

// nameIn is the logical name at the end of a URN, which may have "::" in it.
func nameIn(urn string) string {
	parts := strings.SplitN(urn, "::", 4)
	return parts[len(parts)-1]
}

// real tells whether the resource is something by itself, not a component, the stack or a provider.
func (c change) real() bool { return c.state().Custom && !strings.HasPrefix(c.token(), "pulumi:") }

// input is a property of a state, by its top-level name; nil without.
func (s *State) input(name string) any {
	if s == nil {
		return nil
	}
	return s.Inputs[name]
}

// text is an input that is text, or "".
func (s *State) text(name string) string {
	text, _ := s.input(name).(string)
	return text
}

// is tells whether an input is true. Providers write some of them as text.
func (s *State) is(name string) bool {
	value := s.input(name)
	return value == true || value == "true"
}

// number is an input that is a number, which JSON has as float64 and some providers as text.
func (s *State) number(name string) (float64, bool) {
	value, ok := s.input(name).(float64)
	return value, ok
}
