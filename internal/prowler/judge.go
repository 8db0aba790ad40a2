package prowler

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"torii/internal/localaws"
)

//go:embed exceptions.yaml
var exceptionsText []byte

// Exception is why something that an audit says is left as it is.
type Exception struct {
	Check    string `yaml:"check"`
	Severity string `yaml:"severity"`
	// Of findings on a stack: accepted, for a choice; wrong, when Prowler or the local AWS misreads what there is.
	Why    string `yaml:"why"`
	Reason string `yaml:"reason"`
	// Optional: it is about resources without this tag only, so that the check still holds for those that have it.
	Untagged string `yaml:"untagged"`
}

// Exceptions are all that is known of audits.
type Exceptions struct {
	Stack      []Exception `yaml:"stack"`      // failed checks on resources of stacks
	Account    []Exception `yaml:"account"`    // failed checks on what no stack made
	Manual     []Exception `yaml:"manual"`     // checks that ask for a person
	Unanswered []Exception `yaml:"unanswered"` // checks that crashed, by name, and complaints, by what they begin with
}

// Known returns the exceptions of the data file.
func Known() (Exceptions, error) {
	var all Exceptions
	decoder := yaml.NewDecoder(strings.NewReader(string(exceptionsText)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&all); err != nil {
		return all, fmt.Errorf("reading the auditor's exceptions: %w", err)
	}
	return all, nil
}

// Verdict is a judged report. All of its lists but Figures are empty when nothing is wrong.
type Verdict struct {
	New     []string // failed checks, crashes and complaints that no exception knows
	Stale   []string // exceptions that nothing needs
	Figures string
}

// Judge compares a report with what is known. Ours is what the stacks made.
func Judge(report Report, ours localaws.Resources, known Exceptions) Verdict {
	j := judge{ours: names(ours), groups: map[string][]Exception{
		"stack": known.Stack, "account": known.Account, "manual": known.Manual, "unanswered": known.Unanswered,
	}, needed: map[string]bool{}, count: map[string]int{}}
	for _, each := range report.Findings {
		j.finding(each)
	}
	for _, each := range report.Crashed {
		j.meet("unanswered", Finding{Check: each.Check}, "crashed: "+each.Check+": "+each.Error)
	}
	for _, each := range report.Errors {
		complaint := each.Complaint()
		j.meet("unanswered", Finding{Check: complaint}, "complaint: "+complaint)
	}
	for _, group := range slices.Sorted(maps.Keys(j.groups)) {
		for _, each := range j.groups[group] {
			if !j.needed[group+each.Check] {
				j.verdict.Stale = append(j.verdict.Stale, group+": "+each.Check)
			}
		}
	}
	j.verdict.Figures = fmt.Sprintf("%d checks run, %d crashed; findings: %s", len(report.Checks), len(report.Crashed), tally(j.count))
	j.verdict.New = slices.Compact(slices.Sorted(slices.Values(j.verdict.New)))
	return j.verdict
}

type judge struct {
	ours    []string
	groups  map[string][]Exception
	needed  map[string]bool
	count   map[string]int
	verdict Verdict
}

// finding judges one. Those below medium are counted and no more.
func (j *judge) finding(f Finding) {
	group := "account"
	if j.isOurs(f) {
		group = "stack"
	}
	if f.Status == "MANUAL" {
		group = "manual"
	}
	if f.Status == "PASS" {
		j.count["passed"]++
		return
	}
	if !slices.Contains([]string{"critical", "high", "medium"}, f.Severity) {
		j.count[group+" "+f.Severity]++
		return
	}
	j.count[group+" "+f.Severity]++
	j.meet(group, f, fmt.Sprintf("%s: %s %s: %s (%s)", group, f.Severity, f.Check, f.Detail, f.ARN))
}

// meet notes that an exception is needed, or that there is none.
func (j *judge) meet(group string, f Finding, sentence string) {
	for _, each := range j.groups[group] {
		_, tagged := f.Tags[each.Untagged]
		if each.Check == f.Check && each.Severity == f.Severity && !tagged {
			j.needed[group+f.Check] = true
			return
		}
	}
	j.verdict.New = append(j.verdict.New, sentence)
}

// isOurs says whether a finding is about something that stacks made.
func (j *judge) isOurs(f Finding) bool {
	arn := strings.TrimSuffix(f.ARN, ":*")
	return slices.ContainsFunc(j.ours, func(name string) bool {
		return name == arn || name == f.ID || strings.HasSuffix(arn, "/"+name) || strings.HasSuffix(arn, ":"+name)
	})
}

// names are all names of resources.
func names(resources localaws.Resources) []string {
	var all []string
	for _, kinds := range resources {
		for _, ids := range kinds {
			all = append(all, ids...)
		}
	}
	return all
}

var (
	line    = regexp.MustCompile(`\w+\[\d+\]: `)
	address = regexp.MustCompile(`http://[^"]*?:\d+`)
)

// Complaint is an error without what differs from run to run: the line of Prowler's source and the local AWS's port.
func (e Error) Complaint() string {
	message := e.Message
	if at := line.FindStringIndex(message); at != nil {
		message = message[at[1]:]
	}
	return e.Module + ": " + address.ReplaceAllString(message, "")
}

func tally(of map[string]int) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("%d %s", of[key], key))
	}
	return strings.Join(parts, ", ")
}
