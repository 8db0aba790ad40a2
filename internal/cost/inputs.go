package cost

import (
	"strconv"
	"strings"
)

// value is what inputs have at a path of keys and indices; nil when there is nothing.
func value(inputs map[string]any, path ...any) any {
	var at any = inputs
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := at.(map[string]any)
			at = object[step]
		case int:
			list, _ := at.([]any)
			if step >= len(list) {
				return nil
			}
			at = list[step]
		}
	}
	return at
}

// number is a number in any of the forms that it comes in: JSON's, Go's, or a text, as the
// provider has some. It is none below 0 or beyond what AWS has of anything.
func number(given any) (float64, bool) {
	var found float64
	var err error
	switch given := given.(type) {
	case float64:
		found = given
	case int:
		found = float64(given)
	case string:
		found, err = strconv.ParseFloat(given, 64)
	default:
		return 0, false
	}
	return found, err == nil && found >= 0 && found < 1e12
}

// isTrue is a boolean as itself or as a text.
func isTrue(given any) bool { return given == true || given == "true" }

func text(given any) string {
	found, _ := given.(string)
	if found == Unknown {
		return ""
	}
	return found
}

// list is the entries of a list; nil when there is none or they are not known yet.
func list(given any) []any {
	found, _ := given.([]any)
	return found
}

// times is a name for so many of them.
func times(name string, count float64) string {
	if count == 1 {
		return name
	}
	return name + " ×" + strconv.FormatFloat(count, 'f', -1, 64)
}

// find is the resource that a URN stands for.
func (l *ledger) find(urn string) (Resource, bool) {
	rest, name := "", ""
	if parts := strings.SplitN(urn, "::", 4); len(parts) == 4 {
		rest, name = parts[2], parts[3]
	}
	token := rest[strings.LastIndex(rest, "$")+1:]
	for _, each := range l.resources {
		if each.URN == urn || each.URN == "" && each.Type == token && each.Name == name {
			return each, true
		}
	}
	return Resource{}, false
}

// behind are the resources of a kind that a resource needs.
func (l *ledger) behind(r Resource, kind string) []Resource {
	var found []Resource
	for _, urn := range r.DependsOn {
		if each, there := l.find(urn); there && kindOf(each.Type) == kind {
			found = append(found, each)
		}
	}
	return found
}

// subnets is how many a resource stands in. Before a network is there a preview knows only
// which ones it will be.
func (l *ledger) subnets(r Resource, key string) float64 {
	if given := list(value(r.Inputs, key)); given != nil {
		return float64(len(given))
	}
	return float64(len(l.behind(r, "aws:ec2/subnet")))
}
