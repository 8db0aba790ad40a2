package review

import (
	"fmt"
	"regexp"
	"strings"

	"torii/internal/cost"
)

// MaxComment is how long a comment may be: GitHub's limit, which it counts in characters. Here it is counted in bytes, of
// which there are never fewer.
const MaxComment = 65536

// limits are how many items a list of a comment has, from all to none: the first at which a comment fits is taken.
var limits = []int{1 << 30, 400, 150, 50, 20, 8, 3, 0}

// stackName is what Pulumi takes as a stack's name, with its organization and project or without.
var stackName = regexp.MustCompile(`^[A-Za-z0-9_./-]{1,300}$`)

// Options are what a comment needs beside the preview.
type Options struct {
	Stack    string   // Required. Names the stack in the marker and the summary.
	Baseline Baseline // Optional. What to compare with instead of the state that the preview was made from.
}

// Comment turns a preview into Markdown of at most MaxComment characters, for a comment on a pull request. Its first line
// is the marker by which the stack's last comment is found again. A failed preview has a comment as well, which says so.
func Comment(digest Digest, options Options) (string, error) {
	if !stackName.MatchString(options.Stack) {
		return "", fmt.Errorf("%q is not the name of a stack", options.Stack)
	}
	known, err := loadWords()
	if err != nil {
		return "", err
	}
	prices, err := cost.Load()
	if err != nil {
		return "", fmt.Errorf("reading the prices: %w", err)
	}
	c := comment{words: known, options: options, digest: options.Baseline.against(digest)}
	c.changes = changesOf(c.digest)
	c.groups = groupsOf(c.changes)
	c.flows = summarize(options.Baseline.overlay(table(c.changes)), c.groups)
	c.costs = costs(prices, c.changes)
	c.notices = known.noticesOf(c.changes)
	for _, limit := range limits {
		text := c.write(limit)
		if len(text) <= MaxComment {
			return text, nil
		}
	}
	return "", fmt.Errorf("the comment on stack %s does not fit %d characters", options.Stack, MaxComment)
}

// Marker is the first line of every comment on a stack's previews.
func Marker(stack string) string { return "<!-- torii preview: " + stack + " -->" }

// comment is what a comment is written from.
type comment struct {
	words   words
	options Options
	digest  Digest
	changes []change
	groups  network
	flows   flowSummary
	costs   cost.Comparison
	notices []notice
}

// write writes the comment with at most limit items in each list.
func (c comment) write(limit int) string {
	p := &page{limit: limit}
	if c.digest.Failed() {
		c.failed(p)
	} else {
		c.passed(p)
	}
	head := Marker(c.options.Stack) + "\n"
	if p.cut {
		p.text.WriteString("\nThis comment is cut: in full it would not fit GitHub's limit of 65,536 characters. " +
			"The job that wrote it has the whole preview.\n")
	}
	return head + p.text.String()
}

// passed is the comment on a preview that went through.
func (c comment) passed(p *page) {
	p.line("**Stack %s**: %s.", code(c.options.Stack), c.summary())
	if c.options.Baseline.digest != nil {
		p.line("\nThis compares the previews of two branches, each made from nothing, and not with what is deployed: " +
			"what is changed may turn out to be replaced.")
	}
	c.onTop(p)
	c.diagnostics(p, "warning", "Warnings")
	c.talk(p)
	c.money(p)
	c.lists(p)
}

// failed is the comment on a preview that did not: what it had found until then is no more than a hint.
func (c comment) failed(p *page) {
	p.line("**Stack %s: the preview failed.** Nothing can be said of what this change would do, and it cannot be deployed as it is.",
		code(c.options.Stack))
	c.diagnostics(p, "error", "What went wrong")
	c.diagnostics(p, "warning", "Warnings")
	if c.any() {
		p.line("\n### As far as it got\n\nThe preview ended early, so that this is not all, and perhaps not right.")
		c.dangers(p)
		c.lists(p)
	}
}

// summary is the sentence that says what there is to know.
func (c comment) summary() string {
	if !c.any() && len(c.flows.changed) == 0 {
		return "nothing changes"
	}
	numbers := map[kind]int{}
	for _, each := range c.changes {
		if each.real() {
			numbers[each.kind]++
		}
	}
	var parts []string
	for _, k := range []kind{added, changed, replaced, deleted} {
		switch {
		case numbers[k] > 0 && len(parts) == 0:
			parts = append(parts, count(numbers[k], "resource")+" "+string(k))
		case numbers[k] > 0:
			parts = append(parts, fmt.Sprintf("%d %s", numbers[k], k))
		}
	}
	sentence := several(parts)
	if n := len(c.notices); n > 0 {
		sentence += ", **" + count(n, "point") + " to look at first**"
	}
	return strings.TrimPrefix(sentence+"; ", "; ") + c.flows.sentence() + "; " + costSentence(c.costs)
}

// any tells whether a resource changes.
func (c comment) any() bool {
	for _, each := range c.changes {
		if each.real() && each.kind != same {
			return true
		}
	}
	return false
}

// onTop says what is in danger, or that nothing is.
func (c comment) onTop(p *page) {
	if !c.any() {
		return
	}
	p.line("\n### Look at this first")
	if len(c.notices) == 0 {
		p.line("\nNothing that holds data, carries traffic or runs machines is deleted, replaced or interrupted.")
		return
	}
	c.dangers(p)
}

// dangers are the notices, by what is at stake.
func (c comment) dangers(p *page) {
	titles := map[stake]string{data: "What holds data", traffic: "What carries traffic", machines: "Machines"}
	for _, at := range []stake{data, traffic, machines} {
		var these []string
		for _, each := range c.notices {
			if each.stake == at {
				these = append(these, each.text)
			}
		}
		if len(these) == 0 {
			continue
		}
		p.line("\n**%s**\n", titles[at])
		p.list(these)
	}
}

// talk is the flow table.
func (c comment) talk(p *page) {
	if c.flows.before+c.flows.after == 0 {
		return
	}
	p.line("\n### Who may talk to whom\n")
	if len(c.flows.changed) == 0 {
		p.line("Nothing changes: %s, as before.", count(c.flows.after, "flow"))
	} else {
		p.line("%s before, %d after. What changes:\n", count(c.flows.before, "flow"), c.flows.after)
		p.table(flowHeader, c.flows.changed)
	}
	if len(c.flows.others) > 0 {
		p.fold("What stays", len(c.flows.others), func() { p.table(flowHeader, c.flows.others) })
	}
}
