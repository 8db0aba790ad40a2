package prowler

import (
	"fmt"
	"strings"
)

// Tables are the exceptions as Markdown, by the group that they are of.
func (e Exceptions) Tables() map[string]string {
	return map[string]string{
		"stack": table(e.Stack), "account": table(e.Account), "manual": table(e.Manual), "unanswered": table(e.Unanswered),
	}
}

// table has a column only where there is something in it.
func table(entries []Exception) string {
	columns := []struct {
		title string
		of    func(Exception) string
	}{
		{"check", func(e Exception) string { return "`" + e.Check + "`" }},
		{"severity", func(e Exception) string { return e.Severity }},
		{"left as", func(e Exception) string { return e.Why }},
		{"why", func(e Exception) string { return e.Reason }},
	}
	lines := make([]strings.Builder, 2+len(entries))
	for _, column := range columns {
		used := false
		for _, each := range entries {
			used = used || column.of(each) != ""
		}
		if !used {
			continue
		}
		fmt.Fprintf(&lines[0], "| %s ", column.title)
		fmt.Fprint(&lines[1], "| --- ")
		for i, each := range entries {
			fmt.Fprintf(&lines[2+i], "| %s ", column.of(each))
		}
	}
	var all strings.Builder
	for i := range lines {
		fmt.Fprintf(&all, "%s|\n", lines[i].String())
	}
	return all.String()
}
