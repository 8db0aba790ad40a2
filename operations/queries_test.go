package operations

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// samples are events as they are written: the web ACL's and a hub's as JSON, the flow logs' in their default format, whose
// fields Insights names; and JupyterHub's own lines.
func sample(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "events", name))
	require.NoError(t, err)
	return string(text)
}

// flowFields are what Insights calls the fields of a flow log's default format, in their order. Source: "Supported logs and
// discovered fields" in the CloudWatch Logs guide.
var flowFields = []string{
	"version", "accountId", "interfaceId", "srcAddr", "dstAddr", "srcPort", "dstPort", "protocol", "packets", "bytes",
	"start", "end", "action", "logStatus",
}

// flat are a JSON event's fields as Insights names them: a.b, and a.0.b in lists.
func flat(path string, value any, into map[string]any) {
	dot := func(key string) string { return strings.TrimPrefix(path+"."+key, ".") }
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			flat(dot(key), inner, into)
		}
	case []any:
		for i, inner := range value {
			flat(dot(strconv.Itoa(i)), inner, into)
		}
	default:
		into[path] = value
	}
}

func fieldsOf(t *testing.T, name string) map[string]any {
	t.Helper()
	text := sample(t, name)
	found := map[string]any{}
	if strings.HasSuffix(name, ".json") {
		var event any
		require.NoError(t, json.Unmarshal([]byte(text), &event))
		flat("", event, found)
		return found
	}
	values := strings.Fields(text)
	require.Len(t, values, len(flowFields))
	for i, field := range flowFields {
		found[field] = values[i]
	}
	return found
}

// words of the language of queries, and functions that these use.
var language = map[string]bool{
	"filter": true, "fields": true, "stats": true, "sort": true, "limit": true, "parse": true, "display": true, "as": true, "by": true,
	"desc": true, "asc": true, "and": true, "like": true, "coalesce": true, "count": true, "count_distinct": true, "sum": true,
	"max": true, "latest": true, "ispresent": true,
}

// asked are the names in a query that must be in the events: all but words of the language and names that it gives itself.
func asked(text string) []string {
	given := map[string]bool{}
	for _, found := range regexp.MustCompile(` as (\w+)|\?<(\w+)>`).FindAllStringSubmatch(text, -1) {
		given[found[1]+found[2]] = true
	}
	bare := regexp.MustCompile(`/[^/]+/|"[^"]*"`).ReplaceAllString(text, "")
	var names []string
	for _, name := range regexp.MustCompile(`@?[A-Za-z_][\w.]*`).FindAllString(bare, -1) {
		if !language[name] && !given[name] && !strings.HasPrefix(name, "@") {
			names = append(names, name)
		}
	}
	return names
}

func TestQueriesAskForFieldsThatEventsHave(t *testing.T) {
	for text, file := range map[string]string{
		blockedByRule: "waf.json", blockedByAddress: "waf.json", hubServers: "hub-event.json", flowsRejected: "flow.log",
	} {
		fields := fieldsOf(t, file)
		names := asked(text)
		assert.NotEmpty(t, names)
		for _, name := range names {
			if strings.HasPrefix(name, "ruleGroupList.") { // of three groups, one blocks; the others have no such field
				name = regexp.MustCompile(`\.\d\.`).ReplaceAllString(name, ".1.")
			}
			assert.Contains(t, fields, name, text)
		}
	}
	assert.Empty(t, asked(hubLogins), "it takes its fields from the line")
}

// What the filters look for is what the events say.
func TestQueriesFindTheEvents(t *testing.T) {
	assert.Equal(t, "BLOCK", fieldsOf(t, "waf.json")["action"])
	assert.Equal(t, "REJECT", fieldsOf(t, "flow.log")["action"])
	assert.Contains(t, []any{"start", "stop"}, fieldsOf(t, "hub-event.json")["action"])
	pattern := regexp.MustCompile(strings.Split(hubLogins, "/")[3])
	var found []string
	for _, line := range strings.Split(strings.TrimSpace(sample(t, "hub.log")), "\n") {
		match := pattern.FindStringSubmatch(line)
		if match != nil {
			found = append(found, match[pattern.SubexpIndex("what")]+": "+match[pattern.SubexpIndex("who")])
		}
	}
	assert.Equal(t, []string{"User logged in: aiko", "Failed login: mallory", "User logged out: aiko"}, found)
}
