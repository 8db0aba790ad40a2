package review

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// shown are the properties whose values a comment may have, by the last name of their path. The engine masks only what it
// was told is a secret, so that this is a list of what cannot be one, instead of what might be: of every other property
// the comment says that it changes, and not to what.
var shown = []string{
	"allocatedStorage", "ami", "availabilityZone", "backupRetentionPeriod", "cidrBlock", "cidrIpv4", "cidrIpv6", "cpu",
	"deletionProtection", "deletionWindowInDays", "deregistrationDelay", "desiredCapacity", "desiredCount", "domainName", "enabled",
	"enableDeletionProtection", "enableKeyRotation", "encrypted", "engineVersion", "evaluationPeriods", "finalSnapshot", "fromPort",
	"healthCheckGracePeriod", "healthCheckType", "httpTokens", "idleTimeout", "imageId", "instanceType", "interval", "internal",
	"iops", "launchType", "limit", "maxCapacity", "maxSessionDuration", "maxSize", "memory", "minCapacity", "minSize", "multiAz",
	"path", "port", "priority", "protocol", "publiclyAccessible", "recoveryWindowInDays", "recurrence", "retentionInDays",
	"scheduleExpression", "size", "sslPolicy", "targetType", "threshold", "throughput", "timeout", "toPort", "ttl", "version",
	"volumeSize", "volumeType",
}

// longest is how many characters of a value are shown.
const longest = 60

// properties says which properties of a resource change, and of harmless ones how. What only the provider computes, such
// as a template's latest version, is left out unless there is nothing else.
func (c change) properties() []string {
	paths := slices.Sorted(maps.Keys(c.diff))
	given := slices.DeleteFunc(slices.Clone(paths), func(path string) bool {
		top := pathParts(path)[0]
		return c.old.input(top) == nil && c.new.input(top) == nil
	})
	if len(given) == 0 {
		given = paths
	}
	var all []string
	for _, path := range given {
		all = append(all, code(path)+c.values(path))
	}
	return all
}

// values is " from a to b", or nothing where values stay unsaid.
func (c change) values(path string) string {
	parts := pathParts(path)
	leaf := parts[len(parts)-1]
	for i := len(parts) - 1; i > 0 && isIndex(leaf); i-- {
		leaf = parts[i-1]
	}
	if !slices.Contains(shown, leaf) || c.old == nil || c.new == nil {
		return ""
	}
	will := at(c.new.Inputs, parts)
	was, wasKnown := plain(at(c.old.Inputs, parts))
	is, isKnown := plain(will)
	switch {
	case !wasKnown && !isKnown, will == unknown:
		return ""
	case !wasKnown:
		return " to " + code(is)
	case !isKnown:
		return " from " + code(was)
	case was == is:
		return ""
	default:
		return " from " + code(was) + " to " + code(is)
	}
}

// plain is a value as short text, and whether it is one that may be shown.
func plain(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		if value == unknown || value == "[secret]" || value == "" || len(value) > longest {
			return "", false
		}
		return value, true
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(value), true
	default:
		return "", false
	}
}

// pathParts takes a property path apart: rules[0].name is rules, 0, name. There is always one.
func pathParts(path string) []string {
	parts := strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune(`.[]"`, r) })
	if len(parts) == 0 {
		return []string{path}
	}
	return parts
}

func isIndex(part string) bool {
	_, err := strconv.Atoi(part)
	return err == nil
}

// at is the value at a path, or nil.
func at(value any, parts []string) any {
	for _, part := range parts {
		switch inside := value.(type) {
		case map[string]any:
			value = inside[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(inside) {
				return nil
			}
			value = inside[i]
		default:
			return nil
		}
	}
	return value
}

// secretPatterns are what a message must not repeat, whoever put it there. The engine masks what it knows to be secret.
var secretPatterns = []*regexp.Regexp{
	regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)`),
	regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`),
	regexp.MustCompile(`\b(gh[pousr]_|github_pat_|pul-)[A-Za-z0-9_]{16,}`),
	regexp.MustCompile(`(?i)(password|passwd|secret|token|passphrase|secret_?key|api_?key)("?\s*[:=]\s*)("[^"\n]*"|'[^'\n]*'|[^\s,;}]+)`),
}

// masked is a message without what looks like a secret.
func masked(message string) string {
	for _, pattern := range secretPatterns[:3] {
		message = pattern.ReplaceAllString(message, "[masked]")
	}
	return secretPatterns[3].ReplaceAllString(message, "$1$2[masked]")
}

// several joins items as people do: a, b and c.
func several(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

// count is a number of things: 1 volume, 2 volumes.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
