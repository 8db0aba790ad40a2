// Package recovery makes up for an update that was cut off: it finds in AWS what the update made without noting it in
// the stack's state, and puts that into the state, so that the next update goes on from there.
//
// Pulumi's own `pulumi refresh --import-pending-creates` does not do that: in version 3.250 it marks the operations as
// imports, which nothing in the engine carries out and the refresh then drops.
package recovery

import (
	"fmt"
	"strings"
	"time"
)

// Thing is something in AWS that carries the stack's tags, or belongs to something that does.
type Thing struct {
	Type  string         // token, such as aws:ec2/vpc:Vpc
	ID    string         // as the provider's state has it
	Name  string         // physical name; empty where AWS has none
	Key   string         // what tells it from others of its type; equal to that of the inputs it was made from
	Props map[string]any // by property: what differs from inputs that were never sent, such as a name made up by Pulumi
	Used  bool           // Belongs to something else that is at work, as an instance of a group does.
	Made  time.Time      // Zero when AWS does not say.
}

// Verdict is what was found out about a resource.
type Verdict string

// Verdicts.
const (
	Made     Verdict = "made"     // AWS has it, the state has not: it goes into the state.
	NotMade  Verdict = "not made" // AWS has it not: the next update makes it.
	Repeats  Verdict = "repeats"  // To make it again changes nothing: the next update does.
	Twice    Verdict = "twice"    // AWS has another one beside that in the state: the next update deletes it.
	Look     Verdict = "look"     // Cannot be decided here; Why says how to.
	Stranger Verdict = "stranger" // AWS has it with the stack's tags, and neither state nor program know of it.
)

// Finding is what was found out about one resource.
type Finding struct {
	Verdict Verdict
	URN     string // empty for a stranger
	Type    string
	ID      string // in AWS; empty where there is none or several
	Why     string // a sentence's end

	thing Thing
	from  map[string]any // the resource as a state has it, but for ID and outputs
}

// String returns the finding in a line.
func (f Finding) String() string {
	name := f.URN[strings.LastIndex(f.URN, "::")+1:]
	return strings.TrimSpace(fmt.Sprintf("%-8s %s %s: %s", f.Verdict, f.Type, strings.TrimPrefix(name, ":"), f.Why))
}

// Changes tells whether some finding changes the state.
func Changes(findings []Finding) bool {
	for _, each := range findings {
		if each.Verdict == Made || each.Verdict == Twice {
			return true
		}
	}
	return false
}

// Count returns how many findings have a verdict.
func Count(findings []Finding, verdict Verdict) int {
	n := 0
	for _, each := range findings {
		if each.Verdict == verdict {
			n++
		}
	}
	return n
}
