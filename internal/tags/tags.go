// Package tags spells the tags that every resource of a stack carries.
package tags

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Set is the tags that a whole stack shares: plain values, so that each component
// can name its own resources.
type Set map[string]string

// ForStack returns the tags of one stack: who made it and which it is, so that a
// bill or a console can be read by stack.
func ForStack(project, stack string) Set {
	return Set{"Project": project, "Stack": stack, "ManagedBy": "pulumi"}
}

// Named returns the shared tags with a Name, which AWS consoles show: project, stack
// and role, since logical names alone are the same in every stack.
func (s Set) Named(role string) pulumi.StringMap {
	named := make(pulumi.StringMap, len(s)+1)
	for key, value := range s {
		named[key] = pulumi.String(value)
	}
	named["Name"] = pulumi.String(s.Prefix() + role)
	return named
}

// Word is project-stack, for names in which AWS takes letters, digits, - and _ only. A stack's name may have dots too.
func (s Set) Word() string { return strings.ReplaceAll(s["Project"]+"-"+s["Stack"], ".", "-") }

// Prefix is project-stack-, which makes a physical name that a human chose differ
// from stack to stack.
func (s Set) Prefix() string { return s["Project"] + "-" + s["Stack"] + "-" }
