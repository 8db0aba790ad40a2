package policylint

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"torii/internal/toolchain"
	"torii/tools/parliament"
)

// Finding is what is wrong with a document.
type Finding struct {
	Document string // its name
	Issue    string // such as RESOURCE_STAR
	Severity string // LOW, MEDIUM, HIGH or CRITICAL, as parliament has it
	Detail   string
}

// Severe says whether a finding is above LOW.
func (f Finding) Severe() bool { return f.Severity != "LOW" }

func (f Finding) String() string {
	return f.Severity + " " + f.Issue + " in " + f.Document + ": " + f.Detail
}

// Lint returns what is wrong with documents, sorted. Parliament is installed on the first call on a machine and then kept
// in the user's cache; progress gets a line for each thing that takes a while, nil is silence.
func Lint(ctx context.Context, progress io.Writer, documents []Document) ([]Finding, error) {
	dir, err := toolchain.PythonProgram(ctx, "parliament", "the policy linter", "half a minute", parliament.Files, progress)
	if err != nil {
		return nil, fmt.Errorf("linting policies: %w", err)
	}
	asked := map[string]string{}
	var found []Finding
	for _, each := range documents {
		if _, twice := asked[each.Name]; twice {
			return nil, fmt.Errorf("linting policies: two documents are called %s", each.Name)
		}
		said, err := each.findings()
		if err != nil {
			return nil, fmt.Errorf("linting policies: %s: %w", each.Name, err)
		}
		found = append(found, said...)
		if asked[each.Name], err = each.forParliament(); err != nil {
			return nil, fmt.Errorf("linting policies: %s: %w", each.Name, err)
		}
	}
	question, err := json.Marshal(asked)
	if err != nil {
		return nil, fmt.Errorf("linting policies: %w", err)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "bin", "python"), filepath.Join(dir, "lint.py"))
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(question), &stderr
	answer, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("linting policies: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	var theirs []Finding
	if err := json.Unmarshal(answer, &theirs); err != nil {
		return nil, fmt.Errorf("reading what the policy linter says: %w", err)
	}
	found = append(found, theirs...)
	slices.SortFunc(found, func(a, b Finding) int { return strings.Compare(a.String(), b.String()) })
	return found, nil
}

// itself is what a policy without a resource, or a key's with "*", is about.
var itself = map[Kind]string{
	Trust:      "arn:aws:iam::123456789012:role/itself",
	OfResource: "arn:aws:kms:ap-northeast-1:123456789012:key/12345678-1234-1234-1234-123456789012",
}

// forParliament is the document as parliament can read it. It wants a resource in every statement, which trust policies
// must not have; takes a key's "*", which is the key itself, for everything; and stumbles over a list of one value as what
// a condition wants, which to IAM is that value.
func (d Document) forParliament() (string, error) {
	var whole map[string]any
	if err := json.Unmarshal([]byte(d.Text), &whole); err != nil {
		return "", err
	}
	statements, _ := whole["Statement"].([]any)
	for _, each := range statements {
		statement, isStatement := each.(map[string]any)
		if !isStatement {
			continue
		}
		conditions, _ := statement["Condition"].(map[string]any)
		for _, keys := range conditions {
			unwrap(keys)
		}
		isKey := d.Kind == OfResource && strings.Contains(d.Name, "aws:kms/")
		if _, given := statement["Resource"]; isKey || d.Kind == Trust && !given {
			statement["Resource"] = itself[d.Kind]
		}
	}
	text, err := json.Marshal(whole)
	return string(text), err
}

// unwrap turns lists of one value into that value.
func unwrap(keys any) {
	named, _ := keys.(map[string]any)
	for key, value := range named {
		if list, isList := value.([]any); isList && len(list) == 1 {
			named[key] = list[0]
		}
	}
}
