package review

import (
	"regexp"
	"strings"
	"unicode"
)

// Everything in a digest may have been written by whoever opened the pull request. A comment is written by a token that
// its readers trust, so that no name may become a link, a mention, a picture or a heading in it: what is not plainly
// harmless goes into a code span, in which nothing means anything.

const longestName = 200

// harmless is text in which Markdown finds nothing.
var harmless = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ,.;()/'×-]*$`)

// link is what GitHub makes a link of by itself.
var link = regexp.MustCompile(`(?i)\bwww\.`)

// prose is text that is meant to be read, such as a rule's reason.
func prose(text string) string {
	text = oneLine(text)
	if text == "" || harmless.MatchString(strings.ReplaceAll(text, ": ", " ")) && !link.MatchString(text) {
		return text
	}
	return code(text)
}

// code is a code span, whatever is in it.
func code(text string) string {
	text = oneLine(text)
	if text == "" {
		return "` `"
	}
	fence := "`" + strings.Repeat("`", longestRun(text))
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}

// cell is finished Markdown in a table. Tables are taken apart before code spans are, and not everybody's reading of a
// backslash before a bar is the same, so that there is none.
func cell(markdown string) string { return strings.ReplaceAll(markdown, "|", "¦") }

// block is a code block, whatever is in it.
func block(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !unicode.IsControl(r) {
			return r
		}
		return -1
	}, text)
	fence := strings.Repeat("`", max(3, longestRun(text)+1))
	return fence + "text\n" + strings.Trim(text, "\n") + "\n" + fence + "\n"
}

// oneLine is text on one line, without what cannot be seen, and not longer than a name has to be.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r): // such as marks that turn the direction of writing around
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(text, "?"))
	return shortened(strings.TrimSpace(text), longestName)
}

// shortened is text of at most so many characters.
func shortened(text string, characters int) string {
	runes := []rune(text)
	if len(runes) <= characters {
		return text
	}
	return string(runes[:characters-1]) + "…"
}

// longestRun is how many backquotes follow each other at most.
func longestRun(text string) int {
	longest, run := 0, 0
	for _, r := range text {
		if r == '`' {
			run++
			longest = max(longest, run)
			continue
		}
		run = 0
	}
	return longest
}
