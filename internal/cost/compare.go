package cost

import "slices"

// Comparison is what a change does to a bill.
type Comparison struct {
	Changes                   []Change // lines that differ, those of the new bill first
	Before, After, Difference float64  // totals, and After less Before
	// NotCounted names what only the new bill lacks.
	NotCounted []string
}

// Change is one line of two bills, or of one only.
type Change struct {
	What, Unit                string
	Detail                    string // what for: after the change, or before it where nothing is left
	Price                     float64
	Before, After, Difference float64 // a month
}

// Compare says what differs between two bills.
func Compare(before, after Bill) Comparison {
	comparison := Comparison{Before: before.Total, After: after.Total, Difference: cents(after.Total - before.Total)}
	for _, line := range after.Lines {
		was := before.line(line.What)
		if line.Monthly != was.Monthly {
			comparison.Changes = append(comparison.Changes, Change{
				What: line.What, Unit: line.Unit, Detail: line.Detail, Price: line.Price,
				Before: was.Monthly, After: line.Monthly, Difference: cents(line.Monthly - was.Monthly),
			})
		}
	}
	for _, line := range before.Lines {
		if after.line(line.What).What == "" {
			comparison.Changes = append(comparison.Changes, Change{
				What: line.What, Unit: line.Unit, Detail: line.Detail, Price: line.Price,
				Before: line.Monthly, Difference: cents(-line.Monthly),
			})
		}
	}
	for _, sentence := range after.NotCounted {
		if !slices.Contains(before.NotCounted, sentence) {
			comparison.NotCounted = append(comparison.NotCounted, sentence)
		}
	}
	return comparison
}

// line is the one for a thing, or one that says nothing.
func (b Bill) line(what string) Line {
	if at := slices.IndexFunc(b.Lines, func(line Line) bool { return line.What == what }); at >= 0 {
		return b.Lines[at]
	}
	return Line{}
}
