package localdeploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

// leading are the columns that come first in a table, in this order; the others follow by name.
var leading = []string{"name", "client", "from", "to", "port"}

// FormatOutputs returns a stack's outputs as aligned text, two spaces in: a line for a value, an indented block for a
// map, a table for a list of maps with the same keys. Secrets are shown as [secret].
func FormatOutputs(outputs auto.OutputMap) string {
	values := map[string]any{}
	for name, output := range outputs {
		values[name] = output.Value
		if output.Secret {
			values[name] = "[secret]"
		}
	}
	var text strings.Builder
	writeMap(&text, values, "  ")
	return text.String()
}

func writeMap(text *strings.Builder, values map[string]any, indent string) {
	width := 0
	for name, value := range values {
		if _, inline := oneLine(value); inline {
			width = max(width, len(name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if line, inline := oneLine(values[name]); inline {
			fmt.Fprintf(text, "%s%-*s  %s\n", indent, width, name, line)
			continue
		}
		fmt.Fprintf(text, "%s%s\n", indent, name)
		writeBlock(text, values[name], indent+"  ")
	}
}

// writeBlock writes what does not fit beside its name.
func writeBlock(text *strings.Builder, value any, indent string) {
	switch value := value.(type) {
	case map[string]any:
		writeMap(text, value, indent)
	case string:
		for line := range strings.Lines(value) {
			fmt.Fprintf(text, "%s%s\n", indent, strings.TrimRight(line, "\n"))
		}
	case []any:
		if table, ok := tableOf(value); ok {
			writeTable(text, table, indent)
			return
		}
		for _, item := range value {
			if line, inline := oneLine(item); inline {
				fmt.Fprintf(text, "%s- %s\n", indent, line)
				continue
			}
			fmt.Fprintf(text, "%s-\n", indent)
			writeBlock(text, item, indent+"  ")
		}
	}
}

// oneLine returns the value as it stands beside its name, and whether it can.
func oneLine(value any) (string, bool) {
	switch value := value.(type) {
	case nil:
		return "-", true
	case string:
		return value, !strings.Contains(value, "\n")
	case map[string]any:
		return "(none)", len(value) == 0
	case []any:
		const width = 80
		var items []string
		for _, item := range value {
			line, inline := oneLine(item)
			if _, isList := item.([]any); !inline || isList {
				return "", false
			}
			items = append(items, line)
		}
		line := strings.Join(items, ", ")
		if line == "" {
			line = "(none)"
		}
		return line, len(line) <= width
	default:
		encoded, err := json.Marshal(value)
		if err != nil {
			return fmt.Sprint(value), true
		}
		return string(encoded), true
	}
}

// tableOf returns the list as rows under a header, if its items are maps of short values. A key that an item has not
// makes an empty cell.
func tableOf(list []any) ([][]string, bool) {
	all := map[string]any{}
	for _, item := range list {
		record, ok := item.(map[string]any)
		if !ok {
			return nil, false
		}
		maps.Copy(all, record)
	}
	header := slices.Sorted(maps.Keys(all))
	slices.SortStableFunc(header, func(a, b string) int { return rank(a) - rank(b) })
	rows := [][]string{header}
	for _, item := range list {
		record := item.(map[string]any) // checked above
		var row []string
		for _, name := range header {
			cell := ""
			if value, found := record[name]; found {
				if cell, found = oneLine(value); !found {
					return nil, false
				}
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	return rows, len(header) > 0
}

func rank(name string) int {
	if i := slices.Index(leading, name); i >= 0 {
		return i
	}
	return len(leading)
}

func writeTable(text *strings.Builder, rows [][]string, indent string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&line, "%-*s  ", widths[i], cell)
		}
		fmt.Fprintf(text, "%s%s\n", indent, strings.TrimRight(line.String(), " "))
	}
}
