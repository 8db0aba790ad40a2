package review

import (
	"regexp"
	"strings"
)

// diagnostics are what was said during the preview, of one severity.
func (c comment) diagnostics(p *page, severity, title string) {
	var messages []string
	for _, each := range c.digest.Diagnostics {
		if text := message(each); each.Severity == severity && text != "" && text != "preview failed" {
			messages = append(messages, text)
		}
	}
	if len(messages) == 0 {
		return
	}
	p.line("\n### %s\n", title)
	if severity == "error" {
		p.list(c.protected())
		p.line("")
	}
	for _, text := range messages[:p.fits(len(messages))] {
		p.text.WriteString(block(text))
	}
	p.rest(len(messages))
}

// refusal is what the engine says of a resource that has Pulumi's protection.
var refusal = regexp.MustCompile(`cannot be deleted\s+because it is protected`)

// protected says in plain words what the engine refuses.
func (c comment) protected() []string {
	var all []string
	for _, each := range c.digest.Diagnostics {
		if each.Severity == "error" && refusal.MatchString(each.Message) && each.URN != "" {
			it := change{urn: each.URN}
			all = append(all, c.words.the(it)+" would be deleted, and is **protected** from that. If it is meant to go, take the protection "+
				"off in a change of its own first, or else leave it in.")
		}
	}
	return all
}

// longestMessage is how many characters of a message are shown.
const longestMessage = 4000

// packaging is what the engine and Go's SDK wrap errors in.
var packaging = regexp.MustCompile(
	`(?m)^(error: |warning: |an unhandled error occurred: |program failed: |\d+ errors? occurred:\s*|\s*\* )`)

// message is what a diagnostic says, with the resource that it is about.
func message(d Diagnostic) string {
	text := strings.TrimSpace(masked(strings.ToValidUTF8(d.Message, "?")))
	for {
		shorter := strings.TrimSpace(packaging.ReplaceAllString(text, ""))
		if shorter == text {
			break
		}
		text = shorter
	}
	if name := nameIn(d.URN); name != "" && !strings.Contains(d.URN, "::pulumi:pulumi:Stack::") && text != "" {
		text = oneLine(name) + ": " + text
	}
	return shortened(text, longestMessage)
}
