package prowler

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localaws"
	"torii/internal/recorder"
)

var update = flag.Bool("update", false, "write the tables of docs/security.md")

func TestJudge(t *testing.T) {
	ours := localaws.Resources{"ec2": {"Volume": {"vol-1"}}, "logs": {"LogGroup": {"arn:aws:logs:x:1:log-group:flows"}}}
	failed := func(check, severity, arn string) Finding {
		return Finding{Check: check, Severity: severity, Status: "FAIL", ARN: arn, Detail: "it does"}
	}
	report := Report{
		Checks: []string{"a", "b"},
		Findings: []Finding{
			failed("known", "medium", "arn:aws:ec2:x:1:volume/vol-1"),
			failed("unknown", "high", "arn:aws:logs:x:1:log-group:flows:*"),
			failed("owner", "critical", "arn:aws:ec2:x:1:volume/vol-2"),
			failed("worse", "high", "arn:aws:ec2:x:1:volume/vol-1"),
			failed("small", "low", "arn:aws:ec2:x:1:volume/vol-1"),
			{Check: "disk", Severity: "high", Status: "FAIL", ID: "vol-1", Detail: "it has none", Tags: map[string]string{"Name": "root"}},
			{Check: "disk", Severity: "high", Status: "FAIL", ID: "vol-1", Detail: "it has none", Tags: map[string]string{"Data": "home"}},
			{Check: "good", Severity: "high", Status: "PASS"},
			{Check: "person", Severity: "high", Status: "MANUAL"},
		},
		Crashed: []Crash{{Check: "broken", Error: "KeyError: x"}},
		Errors:  []Error{{Module: "s3", Message: `x -- ClientError[12]: no "http://127.0.0.1:4580/v1"`}},
	}
	verdict := Judge(report, ours, Exceptions{
		Stack: []Exception{
			{Check: "known", Severity: "medium"},
			{Check: "worse", Severity: "medium"}, // which it is no longer
			{Check: "owner", Severity: "critical"},
			{Check: "disk", Severity: "high", Untagged: "Data"}, // a home is none of those
		},
		Unanswered: []Exception{{Check: `s3: no "/v1"`}},
	})
	assert.Equal(t, []string{
		"account: critical owner: it does (arn:aws:ec2:x:1:volume/vol-2)",
		"crashed: broken: KeyError: x",
		"manual: high person:  ()",
		"stack: high disk: it has none ()",
		"stack: high unknown: it does (arn:aws:logs:x:1:log-group:flows:*)",
		"stack: high worse: it does (arn:aws:ec2:x:1:volume/vol-1)",
	}, verdict.New)
	assert.Equal(t, []string{"stack: worse", "stack: owner"}, verdict.Stale)
	assert.Equal(t, "2 checks run, 1 crashed; findings: 1 account critical, 1 manual high, 1 passed, 4 stack high, 1 stack low, "+
		"1 stack medium", verdict.Figures)
}

func TestEveryExceptionHasAReason(t *testing.T) {
	known, err := Known()
	require.NoError(t, err)
	require.NotEmpty(t, known.Stack)
	for _, group := range [][]Exception{known.Stack, known.Account, known.Manual, known.Unanswered} {
		for _, each := range group {
			assert.Greater(t, len(each.Reason), 20, each.Check)
			assert.NotContains(t, each.Reason, "|", each.Check)
		}
	}
	for _, each := range known.Stack {
		assert.Contains(t, []string{"accepted", "wrong", "local"}, each.Why, each.Check)
		assert.NotEqual(t, "critical", each.Severity, each.Check)
	}
}

// TestSecurityPageHasTheTables: docs/security.md and the data file say the same.
func TestSecurityPageHasTheTables(t *testing.T) {
	known, err := Known()
	require.NoError(t, err)
	path := filepath.Join(recorder.Root(), "docs", "security.md")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	page := string(text)
	for group, table := range known.Tables() {
		section := regexp.MustCompile(`(?s)(<!-- ` + group + ` -->\n).*?(<!-- end -->)`)
		require.True(t, section.MatchString(page), group)
		page = section.ReplaceAllString(page, "${1}"+strings.ReplaceAll(table, "$", "$$")+"${2}")
	}
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(page), 0o644))
		return
	}
	assert.Equal(t, page, string(text), "go test ./internal/prowler -update writes it")
}
