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

// input and output are what simulate.mjs reads and writes.
type input struct {
	Policies map[string]string `json:"policies,omitempty"`
	Requests []Request         `json:"requests,omitempty"`
}

type output struct {
	Findings []string `json:"findings"`
	Answers  []Answer `json:"answers"`
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
