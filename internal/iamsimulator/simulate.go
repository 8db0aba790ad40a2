// Package iamsimulator decides whether IAM policies allow requests, as AWS would, on this
// machine and without an account. It knows what AWS documents of each action: the resources
// and condition keys that go with it.
package iamsimulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"

	"torii/internal/toolchain"
	simulator "torii/tools/iam-simulator"
)

// Request is one question: somebody does something, and these policies are theirs.
type Request struct {
	Principal string              `json:"principal"` // ARN of an IAM user or of a role's session
	Action    string              `json:"action"`    // such as ssm:StartSession
	Resource  string              `json:"resource"`  // ARN; "*" for an action that knows no resource
	Context   map[string][]string `json:"context"`   // condition keys that AWS sends along, aws:userid too
	Policies  map[string]string   `json:"policies"`  // identity policies, by name
	// Trust policy of the role that Resource is, when the question is whether a token of the identity provider that
	// Principal is may have it. Nothing else decides then.
	Trust string `json:"trust,omitempty"`
}

// Answer is what becomes of a request.
type Answer struct {
	Allowed bool   `json:"allowed"`
	Reason  string `json:"reason"` // the statements that decide, or come near
}

// Simulate answers requests, in their order. The simulator is installed on the first call on
// a machine and then kept in the user's cache; progress gets a line for each thing that takes
// a while, nil is silence. It fails on a policy that AWS would refuse, and on a request that
// cannot be: an unknown action, a resource that the action knows nothing of, a condition key
// that AWS does not send with it.
func Simulate(ctx context.Context, progress io.Writer, requests []Request) ([]Answer, error) {
	out, err := run(ctx, progress, input{Requests: requests})
	if err != nil {
		return nil, fmt.Errorf("simulating policies: %w", err)
	}
	if len(out.Answers) != len(requests) {
		return nil, fmt.Errorf("simulating policies: %d answers to %d requests", len(out.Answers), len(requests))
	}
	return out.Answers, nil
}

// Lint says what is wrong with identity policies, given by name: mistakes of syntax, and
// what AWS accepts but never applies. None is no findings.
func Lint(ctx context.Context, progress io.Writer, policies map[string]string) ([]string, error) {
	out, err := run(ctx, progress, input{Policies: policies})
	if err != nil {
		return nil, fmt.Errorf("checking policies: %w", err)
	}
	return out.Findings, nil
}

// Survey asks about whole actions instead of single requests.
type Survey struct {
	Principal string              `json:"principal"` // ARN of an IAM user or of a role's session
	Actions   []string            `json:"actions"`
	Policies  map[string]string   `json:"policies"` // identity policies, by name
	Partition string              `json:"partition"`
	Region    string              `json:"region"`
	Account   string              `json:"account"`
	Names     map[string]string   `json:"names,omitempty"`     // for variables of AWS's ARNs, such as RoleNameWithPath; "x" for the others
	Foreign   []string            `json:"foreign,omitempty"`   // kinds of resources that have no tags of ours: ec2:image
	Preferred []string            `json:"preferred,omitempty"` // kinds to ask about where an action is about one of several
	Context   map[string][]string `json:"context"`             // condition keys; each goes with the requests that AWS sends it with
}

// Surveyed is one request that an action consists of, and what becomes of it.
type Surveyed struct {
	Action   string              `json:"action"`
	Resource string              `json:"resource"`
	Context  map[string][]string `json:"context"` // what of the survey's AWS sends along
	Answer
}

// SurveyActions asks each action of every kind of resource that AWS documents it to need, made up from its ARN's
// pattern. It fails as Simulate does.
func SurveyActions(ctx context.Context, progress io.Writer, survey Survey) ([]Surveyed, error) {
	out, err := run(ctx, progress, input{Survey: &survey})
	if err != nil {
		return nil, fmt.Errorf("surveying actions: %w", err)
	}
	return out.Surveyed, nil
}

// input and output are what simulate.mjs reads and writes.
type input struct {
	Policies map[string]string `json:"policies,omitempty"`
	Requests []Request         `json:"requests,omitempty"`
	Survey   *Survey           `json:"survey,omitempty"`
}

type output struct {
	Findings []string   `json:"findings"`
	Answers  []Answer   `json:"answers"`
	Surveyed []Surveyed `json:"surveyed"`
}

// run asks the simulator.
func run(ctx context.Context, progress io.Writer, question input) (output, error) {
	dir, err := toolchain.NodeProgram(ctx, "iam-simulator", "the policy simulator", simulator.Files, progress)
	if err != nil {
		return output{}, err
	}
	asked, err := json.Marshal(question)
	if err != nil {
		return output{}, fmt.Errorf("writing the question: %w", err)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "node"), filepath.Join(dir, "simulate.mjs"))
	cmd.Stdin = bytes.NewReader(asked)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	said, err := cmd.Output()
	if err != nil {
		return output{}, fmt.Errorf("%w: %s", err, thrown(stderr.String()))
	}
	var answer output
	if err := json.Unmarshal(said, &answer); err != nil {
		return output{}, fmt.Errorf("reading the answer: %w", err)
	}
	return answer, nil
}

// thrown is the line of Node's complaint that says what is wrong.
func thrown(stderr string) string {
	for line := range strings.Lines(stderr) {
		if _, message, found := strings.Cut(line, "Error: "); found {
			return strings.TrimSpace(message)
		}
	}
	return strings.TrimSpace(stderr)
}
