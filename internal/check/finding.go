package check

import (
	"fmt"
	"strings"
)

// Verdict is an answer in one word.
type Verdict string

// Verdicts, as they are printed.
const (
	OK      Verdict = "ok"
	Failed  Verdict = "FAIL"  // it is not as it was asked for
	Skipped Verdict = "skip"  // it cannot be known here, for a reason that is no fault
	Unasked Verdict = "error" // AWS did not answer
)

// Finding is the answer to one question.
type Finding struct {
	Verdict Verdict
	What    string // the thing, such as "service site"
	Why     string // how it stands, in plain words
	Do      string // what to do about it; of failures only
	Pending bool   // of failures: it may come right by itself, in minutes
}

func fine(what, why string, args ...any) Finding {
	return Finding{Verdict: OK, What: what, Why: fmt.Sprintf(why, args...)}
}

func skipped(what, why string) Finding { return Finding{Verdict: Skipped, What: what, Why: why} }

func unasked(what string, err error) Finding {
	return Finding{Verdict: Unasked, What: what, Why: "could not ask: " + err.Error()}
}

func failed(what, why, do string) Finding {
	return Finding{Verdict: Failed, What: what, Why: why, Do: do}
}

// pending is a failure that time may mend.
func pending(what, why, do string) Finding {
	f := failed(what, why, do)
	f.Pending = true
	return f
}

// Format returns the findings as text, one line each.
func Format(all []Finding) string {
	width := 0
	for _, f := range all {
		width = max(width, len(f.What))
	}
	var text strings.Builder
	for _, f := range all {
		said := f.Why
		if f.Do != "" {
			said += "; " + f.Do
		}
		// What AWS says may have line breaks.
		fmt.Fprintf(&text, "%-5s  %-*s  %s\n", f.Verdict, width, f.What, strings.Join(strings.Fields(said), " "))
	}
	return text.String()
}

// Sum says in a line how many there are of each verdict: "9 ok, 1 failed, 2 skipped".
func Sum(all []Finding) string {
	var parts []string
	for _, kind := range []struct {
		verdict Verdict
		word    string
	}{{OK, "ok"}, {Failed, "failed"}, {Unasked, "could not be asked"}, {Skipped, "skipped"}} {
		if n := Count(all, kind.verdict); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind.word))
		}
	}
	if len(parts) == 0 {
		return "there is nothing to check"
	}
	return strings.Join(parts, ", ")
}

// Count returns how many findings have a verdict.
func Count(all []Finding, verdict Verdict) int {
	n := 0
	for _, f := range all {
		if f.Verdict == verdict {
			n++
		}
	}
	return n
}
