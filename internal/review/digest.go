// Package review turns a preview's JSON into the comment that a reviewer wants on a pull request: what a change does to
// data and traffic, who may talk to whom before and after, and what it costs.
//
// It knows a preview only by its JSON. It asks neither AWS nor Pulumi anything, and no value leaves it that could be a
// secret: see values.go.
package review

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxDigest is how many bytes of a digest are read. A stack of a thousand resources has about 20 MB.
const maxDigest = 512 << 20

// Digest is what `pulumi preview --json --show-sames` prints, as far as a comment needs it; with --show-replacement-steps
// the comment also says when an old resource goes before the new one is there. The engine's own type for it is
// display.PreviewDigest in its module pkg, which would bring all of the engine along.
type Digest struct {
	Steps         []Step         `json:"steps,omitempty"`
	Diagnostics   []Diagnostic   `json:"diagnostics,omitempty"`
	ChangeSummary map[string]int `json:"changeSummary,omitempty"` // by operation
}

// Step is something that the engine would do to one resource. A replacement is two or three steps.
type Step struct {
	Op             string                `json:"op"` // create, update, same, delete, read, create-replacement, replace, delete-replaced …
	URN            string                `json:"urn"`
	Old            *State                `json:"oldState,omitempty"` // nil of a create
	New            *State                `json:"newState,omitempty"` // nil of a delete
	DiffReasons    []string              `json:"diffReasons,omitempty"`
	ReplaceReasons []string              `json:"replaceReasons,omitempty"`
	DetailedDiff   map[string]Difference `json:"detailedDiff,omitempty"` // by property path
}

// Difference is how a property differs.
type Difference struct {
	Kind string `json:"kind"` // add, update, delete, and each with -replace
}

// State is a resource before or after. Unknown values are the string in unknown.
type State struct {
	Type           string              `json:"type"`
	Custom         bool                `json:"custom,omitempty"` // has a provider, and so something in AWS
	ID             string              `json:"id,omitempty"`
	Inputs         map[string]any      `json:"inputs,omitempty"`
	Outputs        map[string]any      `json:"outputs,omitempty"`
	External       bool                `json:"external,omitempty"` // only read: somebody else's
	RetainOnDelete bool                `json:"retainOnDelete,omitempty"`
	Dependencies   []string            `json:"dependencies,omitempty"`         // URNs
	From           map[string][]string `json:"propertyDependencies,omitempty"` // URNs that an input comes from
}

// Diagnostic is something said during the preview.
type Diagnostic struct {
	URN      string `json:"urn,omitempty"`
	Message  string `json:"message"`
	Severity string `json:"severity"` // error, warning, info
}

// unknown is how the engine writes a value that only the deployment will tell.
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

// Read reads a digest to the end of r. What is empty, cut off, not JSON or another program's JSON is an error that says
// which.
func Read(r io.Reader) (Digest, error) {
	var digest Digest
	text, err := io.ReadAll(io.LimitReader(r, maxDigest+1))
	if err != nil {
		return digest, fmt.Errorf("reading the preview: %w", err)
	}
	if len(text) > maxDigest {
		return digest, fmt.Errorf("reading the preview: it is larger than %d MB", maxDigest>>20)
	}
	if err := decode(text, &digest); err != nil {
		return Digest{}, fmt.Errorf("reading the preview: %w", err)
	}
	if len(digest.Steps)+len(digest.Diagnostics)+len(digest.ChangeSummary) == 0 {
		return Digest{}, errors.New("reading the preview: the JSON has no steps and no diagnostics; " +
			"it is not what pulumi preview --json prints")
	}
	return digest, digest.check("the preview")
}

// check finds steps that cannot be the engine's.
func (d Digest) check(what string) error {
	for i, step := range d.Steps {
		if step.URN == "" || step.Op == "" || (step.Old == nil && step.New == nil) {
			return fmt.Errorf("reading %s: step %d of %d names no resource or no operation; "+
				"it is not what pulumi preview --json prints", what, i+1, len(d.Steps))
		}
	}
	return nil
}

// decode reads one JSON object and nothing else.
func decode(text []byte, into any) error {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return errors.New("it is empty; what went wrong is in what pulumi preview wrote to stderr")
	}
	if text[0] != '{' {
		return errors.New("it is not a JSON object; was pulumi preview called with --json?")
	}
	err := json.Unmarshal(text, into)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		return fmt.Errorf("%s has a JSON %s where another kind of value belongs; it is not what pulumi preview --json prints",
			fieldOf(kind), kind.Value)
	case errors.As(err, &syntax) && int(syntax.Offset) >= len(text):
		return fmt.Errorf("the JSON breaks off after %d bytes; was the preview, or the copying of it, interrupted?", len(text))
	case errors.As(err, &syntax):
		return fmt.Errorf("the JSON is damaged at byte %d: %w", syntax.Offset, err)
	default:
		return fmt.Errorf("the JSON is damaged: %w", err)
	}
}

// fieldOf is where a value of the wrong kind is.
func fieldOf(err *json.UnmarshalTypeError) string {
	if err.Field == "" {
		return "the top"
	}
	return err.Field
}

// Failed tells whether the preview did not go through, so that its steps are not all there is.
func (d Digest) Failed() bool {
	for _, each := range d.Diagnostics {
		if each.Severity == "error" {
			return true
		}
	}
	return false
}
