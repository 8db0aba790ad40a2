package review

import (
	"fmt"
	"strings"
)

// page is Markdown while it is written, with lists of at most limit items.
type page struct {
	text  strings.Builder
	limit int
	cut   bool // something was left out
}

func (p *page) line(format string, values ...any) { fmt.Fprintf(&p.text, format+"\n", values...) }

// fits is how many of so many items are written.
func (p *page) fits(items int) int { return min(items, p.limit) }

// rest says how many of so many items were left out.
func (p *page) rest(items int) {
	if left := items - p.fits(items); left > 0 {
		p.cut = true
		p.line("\n… and %d more, left out here.", left)
	}
}

// table writes rows below their header.
func (p *page) table(header string, rows []string) {
	if p.fits(len(rows)) > 0 {
		p.text.WriteString(header)
	}
	for _, row := range rows[:p.fits(len(rows))] {
		p.line("%s", row)
	}
	p.rest(len(rows))
}

// list writes items as a list.
func (p *page) list(items []string) {
	for _, item := range items[:p.fits(len(items))] {
		p.line("- %s", item)
	}
	p.rest(len(items))
}

// fold writes something that is closed until somebody opens it. GitHub takes what is inside for Markdown only after a
// blank line.
func (p *page) fold(title string, number int, inside func()) {
	p.line("\n<details><summary>%s (%d)</summary>\n", title, number)
	inside()
	p.line("\n</details>")
}
