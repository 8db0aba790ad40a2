package review

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// mark says what becomes of a flow, or nothing when nothing does.
func (f flow) mark(groups network) string {
	switch {
	case f.after.open() && !f.before.open() && !groups.has(f.from):
		return "**new way in**"
	case f.after.open() && !f.before.open():
		return "**new**"
	case f.before.open() && !f.after.open():
		return "gone"
	case f.after.there() != f.before.there():
		return "one side only"
	case len(beyond(f.after.ranges, f.before.ranges)) > 0 && !groups.has(f.from):
		return "**wider way in**"
	case len(beyond(f.after.ranges, f.before.ranges)) > 0:
		return "**wider**"
	case len(beyond(f.before.ranges, f.after.ranges)) > 0:
		return "narrower"
	default:
		return ""
	}
}

// beyond are those of the first ranges that lie in none of the others.
func beyond(these, others []string) []string {
	return slices.DeleteFunc(slices.Clone(these), func(each string) bool {
		return slices.ContainsFunc(others, func(other string) bool { return each == other || within(each, other) })
	})
}

// within tells whether an address range lies in another one.
func within(inner, outer string) bool {
	in, err := netip.ParsePrefix(inner)
	if err != nil {
		return false
	}
	out, err := netip.ParsePrefix(outer)
	return err == nil && out.Bits() <= in.Bits() && out.Contains(in.Addr())
}

// row is the flow in the table.
func (f flow) row(mark string) string {
	shown := f.after
	if !shown.there() {
		shown = f.before
	}
	why := []string{}
	if text := prose(shown.why); text != "" {
		why = append(why, text)
	}
	if text := f.addresses(shown); text != "" {
		why = append(why, text)
	}
	if !shown.open() {
		why = append(why, "only one of its two rules is there, so that nothing passes")
	}
	cells := []string{mark, prose(f.from), prose(f.to), prose(f.port), strings.Join(why, "; ")}
	for i := range cells {
		cells[i] = cell(cells[i])
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

// addresses says which ones, unless it is every IPv4 address, which goes without saying.
func (f flow) addresses(shown side) string {
	everywhere := []string{"0.0.0.0/0"}
	if slices.Equal(shown.ranges, everywhere) && (!f.before.there() || slices.Equal(f.before.ranges, everywhere)) {
		return ""
	}
	now, gone := []string{}, []string{}
	for _, each := range shown.ranges {
		text := code(each)
		if f.before.there() && f.after.there() && len(beyond([]string{each}, f.before.ranges)) > 0 {
			text = "**also " + text + "**"
		}
		now = append(now, text)
	}
	if f.after.there() {
		for _, each := range beyond(f.before.ranges, f.after.ranges) {
			gone = append(gone, code(each))
		}
	}
	if len(now) == 0 {
		return ""
	}
	text := "addresses " + several(firstOf(now))
	if len(gone) > 0 {
		text += ", no longer " + several(firstOf(gone))
	}
	return text
}

// flowSummary is what becomes of the flow table, in numbers.
type flowSummary struct {
	before, after   int
	ways, fresh     int // new or wider ways in; other new or wider flows
	gone            int // gone or narrower
	changed, others []string
}

// summarize writes the table's rows: those that change, and all.
func summarize(flows []flow, groups network) flowSummary {
	var s flowSummary
	for _, f := range flows {
		mark := f.mark(groups)
		if f.before.there() {
			s.before++
		}
		if f.after.there() {
			s.after++
		}
		switch mark {
		case "":
			s.others = append(s.others, f.row(""))
			continue
		case "**new way in**", "**wider way in**":
			s.ways++
		case "**new**", "**wider**":
			s.fresh++
		default:
			s.gone++
		}
		s.changed = append(s.changed, f.row(mark))
	}
	return s
}

const flowHeader = "| | from | to | port | why |\n|---|---|---|---|---|\n"

// sentence is the summary's half-sentence.
func (s flowSummary) sentence() string {
	var parts []string
	if s.ways == 1 {
		parts = append(parts, "**1 new way in from outside**")
	} else if s.ways > 1 {
		parts = append(parts, fmt.Sprintf("**%d new ways in from outside**", s.ways))
	}
	but := ""
	switch {
	case s.fresh > 0 && s.ways > 0:
		parts = append(parts, count(s.fresh, "other new flow"))
	case s.fresh > 0:
		parts, but = append(parts, count(s.fresh, "new flow")), ", but no new way in from outside"
	}
	if s.gone > 0 {
		parts = append(parts, count(s.gone, "flow")+" less")
	}
	if len(parts) == 0 {
		return "who may talk to whom stays as it is"
	}
	return several(parts) + but
}
