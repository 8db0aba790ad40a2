package policylint

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// exceptions.yaml is which findings are wrong, and why.
//
//go:embed exceptions.yaml
var exceptionsText []byte

// Exception is a finding that is wrong, and why it is.
type Exception struct {
	Program  string // stack, bootstrap or second-service
	Document string // name of the document, where a "*" is anything
	Issue    string
	Detail   string // part of the finding's detail
	Reason   string
}

// Verdict is what is to be said of a program's policies. Nothing is wrong when both of its lists are empty.
type Verdict struct {
	Severe  []Finding   // above LOW, and not excepted
	Stale   []Exception // of the program's, needed by nothing any more
	Figures string      // "12 documents (8 identity, 4 trust); findings: ...", excepted ones too
}

// Judge has the documents of a program linted, as Lint does, and its exceptions taken into account.
func Judge(ctx context.Context, progress io.Writer, program string, documents []Document) (Verdict, error) {
	found, err := Lint(ctx, progress, documents)
	if err != nil {
		return Verdict{}, err
	}
	excepted, err := exceptions(program)
	if err != nil {
		return Verdict{}, err
	}
	verdict := Verdict{Figures: figures(documents, found)}
	verdict.Severe, verdict.Stale = sift(found, excepted)
	return verdict, nil
}

// exceptions are those of a program.
func exceptions(program string) ([]Exception, error) {
	var all []Exception
	if err := yaml.Unmarshal(exceptionsText, &all); err != nil {
		return nil, fmt.Errorf("reading the policy linter's exceptions: %w", err)
	}
	return slices.DeleteFunc(all, func(e Exception) bool { return e.Program != program }), nil
}

func (e Exception) covers(f Finding) bool {
	named, err := path.Match(strings.ReplaceAll(e.Document, "/", "|"), strings.ReplaceAll(f.Document, "/", "|"))
	return err == nil && named && e.Issue == f.Issue && strings.Contains(f.Detail, e.Detail)
}

// sift returns the findings above LOW that no exception covers, and the exceptions that cover nothing.
func sift(found []Finding, exceptions []Exception) (severe []Finding, stale []Exception) {
	used := make([]bool, len(exceptions))
	for _, each := range found {
		if !each.Severe() {
			continue
		}
		excepted := false
		for i, e := range exceptions {
			if e.covers(each) {
				used[i], excepted = true, true
			}
		}
		if !excepted {
			severe = append(severe, each)
		}
	}
	for i, e := range exceptions {
		if !used[i] {
			stale = append(stale, e)
		}
	}
	return severe, stale
}

// figures counts documents by kind and findings by severity.
func figures(documents []Document, found []Finding) string {
	kinds, severities := map[string]int{}, map[string]int{"LOW": 0, "MEDIUM": 0, "HIGH": 0, "CRITICAL": 0}
	for _, each := range documents {
		kinds[string(each.Kind)]++
	}
	for _, each := range found {
		severities[each.Severity]++
	}
	return fmt.Sprintf("%d documents (%s); findings: %s", len(documents), counts(kinds), counts(severities))
}

func counts(of map[string]int) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("%d %s", of[key], key))
	}
	return strings.Join(parts, ", ")
}
