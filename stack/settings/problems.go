package settings

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong with a stack file.
type Problem struct {
	Path    string // setting, such as torii:workloads.site.memory
	Given   string // value as given, "" when it is missing
	Allowed string // what is wrong with it and what would be right
}

// String is the sentence a person reads.
func (p Problem) String() string {
	if p.Given == "" {
		return p.Path + ": " + p.Allowed
	}
	return p.Path + ": " + p.Given + " " + p.Allowed
}

// covers says whether the other problem is about the same setting, or one inside it.
func (p Problem) covers(other Problem) bool {
	setting, _, _ := strings.Cut(p.Path, "[")
	rest, inside := strings.CutPrefix(other.Path, setting)
	return inside && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// Problems is every problem of a stack file, sorted by path. It is an error when
// it is not empty.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, 0, len(ps)+1)
	if len(ps) == 1 {
		lines = append(lines, "1 problem in the settings:")
	} else {
		lines = append(lines, fmt.Sprintf("%d problems in the settings:", len(ps)))
	}
	for _, p := range ps {
		lines = append(lines, "  "+p.String())
	}
	return strings.Join(lines, "\n")
}

// missing says that a required setting is not there.
func (ps *Problems) missing(path, allowed string) {
	*ps = append(*ps, Problem{Path: path, Allowed: allowed})
}

// refuse says that a value is not allowed, and what is.
func (ps *Problems) refuse(path string, given any, allowed string, args ...any) {
	*ps = append(*ps, Problem{Path: path, Given: show(given), Allowed: fmt.Sprintf(allowed, args...)})
}

// Add reports one more problem, which the settings alone do not show.
func (ps *Problems) Add(path, problem string) { ps.missing(path, problem) }

// Err returns the problems, sorted by path, as an error, or nil when there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	sort.SliceStable(ps, func(i, j int) bool { return ps[i].Path < ps[j].Path })
	return ps
}

// show prints a value the way it would be written in a stack file.
func show(value any) string {
	switch v := value.(type) {
	case string:
		if v == "" {
			return `""`
		}
		return v
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	case []any, map[string]any:
		if text, err := json.Marshal(v); err == nil {
			return string(text)
		}
		return fmt.Sprint(v)
	default:
		return fmt.Sprint(v)
	}
}

// quoted is show, with text in quotes: for values whose type is what is wrong with them.
func quoted(value any) string {
	if text, isText := value.(string); isText {
		return strconv.Quote(text)
	}
	return show(value)
}

// list prints alternatives: a, b or c.
func list(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
