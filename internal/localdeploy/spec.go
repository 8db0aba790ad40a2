// Package localdeploy deploys a stack to a local AWS with the real Pulumi engine and AWS provider.
//
// The program runs in this process (the Automation API's inline source); state is kept in files below Spec.Dir, secrets
// under a fixed passphrase. The engine and the provider see none of the caller's AWS or Pulumi environment, so a local
// deployment cannot reach a real account.
package localdeploy

import (
	"io"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/localaws"
	"torii/internal/recovery"
	"torii/internal/toolchain"
)

// Spec says what to deploy and where.
type Spec struct {
	Stack    string           // Required. Names the stack, and its folder below Dir.
	Project  []byte           // Required. Text of Pulumi.yaml.
	Settings []byte           // Required. Text of the stack file; local settings are laid over it.
	Dir      string           // Required. Folder for state and logs, shared by the stacks of one local AWS.
	Server   *localaws.Server // Required but for Outputs.
	Kit      toolchain.Kit    // Required.
	Program  pulumi.RunFunc   // Required for Up and Preview.
	Progress io.Writer        // Optional. Receives a line per resource, and per 15 s of waiting.
	Planned  int              // Optional. Number of steps to count up to, from Preview's Result.Work.

	// Optional. By config path, such as torii:authority.key: values that are laid over Settings as secrets.
	Secrets map[string]string
}

// Result says what happened, or in a preview what would.
type Result struct {
	Changes     map[string]int // Resources by operation: create, update, same, replace, delete.
	Steps       []Step         // In order of completion, without providers. A replacement takes several.
	Outputs     auto.OutputMap // Of the stack, after Up.
	Diagnostics []Diagnostic   // Warnings and errors.
	Same        bool           // Of a preview: nothing would change, neither a resource nor an output.
	Duration    time.Duration
	Settled     []recovery.Finding // Of an Up after one that did not end well: what was found out first.

	wanted []map[string]any // Of a preview: the resources to be made, as a state would have them.
}

// Step is one thing done to one resource.
type Step struct {
	Op      string // create, update, same, delete, read, or with Replace: create-replacement, replace, delete-replaced.
	Type    string // Type token, as aws:ec2/vpc:Vpc.
	Name    string // Logical name.
	URN     string
	Replace bool // Part of a replacement.
	Custom  bool // Has a provider, and so something in AWS; a component has not.
	Failed  bool
	Diffs   []string // Properties that differ, of an update or replacement.
}

// Diagnostic is a warning or an error of the engine, a provider or the program.
type Diagnostic struct {
	URN      string // Of the resource it is about; empty when it is about none.
	Severity string // warning or error.
	Message  string
}

// Work returns how many steps change something in AWS.
func (r Result) Work() int {
	n := 0
	for _, step := range r.Steps {
		if step.working() {
			n++
		}
	}
	return n
}

// working tells whether the step changes something in AWS.
func (s Step) working() bool {
	switch s.Op {
	case "create", "update", "delete", "create-replacement", "delete-replaced", "import":
		return s.Custom
	default:
		return false
	}
}
