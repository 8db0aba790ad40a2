package policylint

import (
	_ "embed"
	"fmt"
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

// Exceptions are those of a program.
func Exceptions(program string) ([]Exception, error) {
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

// Verdict sorts findings: those above LOW that no exception covers, and the exceptions that cover nothing.
func Verdict(found []Finding, exceptions []Exception) (severe []Finding, stale []Exception) {
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

// Figures counts documents by kind and findings by severity, excepted ones too: "12 documents (8 identity, 4 trust); ...".
func Figures(documents []Document, found []Finding) string {
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
