package policylint

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// who is as much of a statement as says who may.
type who struct {
	Sid, Effect string
	Principal   any
	Condition   map[string]map[string]any
}

// bounds are the condition keys that keep everybody else's AWS out of a statement, in lower case.
var bounds = []string{
	"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:principalaccount", "aws:principalorgid", "aws:principalarn",
	"aws:sourcevpc", "kms:calleraccount",
}

// withoutSource are services that send neither the account nor the resource that they come for, or whose statements AWS
// documents without: "Confused deputy" has no way in, as nobody can have them write to somebody else's.
var withoutSource = []string{
	// Trust of a role that only the account's own resources can pass to its service.
	"ec2.amazonaws.com",
}

// findings are what is wrong with the principals of a trust's or a resource's policy.
func (d Document) findings() ([]Finding, error) {
	if d.Kind == Identity {
		return nil, nil
	}
	var document struct{ Statement []who }
	if err := json.Unmarshal([]byte(d.Text), &document); err != nil {
		return nil, fmt.Errorf("reading its statements: %w", err)
	}
	var found []Finding
	add := func(severity, issue string, about who, detail string) {
		found = append(found, Finding{Document: d.Name, Issue: issue, Severity: severity, Detail: about.Sid + ": " + detail})
	}
	for _, each := range document.Statement {
		if each.Effect != "Allow" || each.bounded() {
			continue
		}
		if each.Principal == nil {
			add("HIGH", "NO_PRINCIPAL", each, "allows without saying whom")
		}
		for kind, name := range each.principals() {
			switch {
			case slices.Contains(name, "*"):
				add("HIGH", "OPEN_PRINCIPAL", each, "allows everybody")
			case kind == "Service":
				if rest := slices.DeleteFunc(name, func(n string) bool { return slices.Contains(withoutSource, n) }); len(rest) > 0 {
					add("MEDIUM", "CONFUSED_DEPUTY", each, "anybody can have "+strings.Join(rest, ", ")+" come here for them")
				}
			case kind == "Federated" && len(each.Condition) == 0:
				add("HIGH", "OPEN_PRINCIPAL", each, "allows whomever the identity provider knows")
			}
		}
	}
	return found, nil
}

// bounded says whether a condition that has to be met names whose AWS it is, by a key for that or by a value in which the
// account is.
func (w who) bounded() bool {
	for operator, keys := range w.Condition {
		if strings.HasSuffix(operator, "IfExists") || strings.Contains(operator, "Not") {
			continue
		}
		for key, value := range keys {
			if slices.Contains(bounds, strings.ToLower(key)) || !slices.ContainsFunc(words(value), isForeign) {
				return true
			}
		}
	}
	return false
}

var inAnAccount = regexp.MustCompile(`^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:\d{12}:`)

func isForeign(value string) bool { return !inAnAccount.MatchString(value) }

// principals are the names, by their kind.
func (w who) principals() map[string][]string {
	named := map[string][]string{}
	switch principal := w.Principal.(type) {
	case string:
		named["AWS"] = []string{principal}
	case map[string]any:
		for kind, names := range principal {
			named[kind] = words(names)
		}
	}
	return named
}

func words(value any) []string {
	if word, isOne := value.(string); isOne {
		return []string{word}
	}
	var all []string
	several, _ := value.([]any)
	for _, each := range several {
		all = append(all, fmt.Sprint(each))
	}
	return all
}
