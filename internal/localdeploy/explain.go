package localdeploy

import (
	"fmt"
	"regexp"
	"strings"
)

// Failure is a deployment that did not go through, in sentences.
type Failure struct {
	Paragraphs []string // One for each thing that failed.
	Log        string   // Path of the engine's full output.
}

// Error returns the paragraphs, and where to read more.
func (f *Failure) Error() string {
	return strings.Join(f.Paragraphs, "\n\n") + "\n\nThe full output is in " + f.Log
}

// explain turns what the engine said into a paragraph for each resource that failed, and one for each other problem.
func explain(result Result, failure error, log string) error {
	f := &Failure{Log: log}
	doing := map[string]string{}
	for _, step := range result.Steps {
		if step.Failed {
			doing[step.URN] = map[string]string{
				"create": " could not be created", "create-replacement": " could not be replaced", "update": " could not be updated",
				"delete": " could not be deleted", "delete-replaced": " could not be deleted",
			}[step.Op]
		}
	}
	seen := map[string]bool{}
	for _, d := range result.Diagnostics {
		if d.Severity != "error" || isNoise(d.Message) {
			continue
		}
		paragraph := ""
		if strings.Contains(d.Message, "exited prematurely") {
			paragraph = crash(d.Message)
		} else if strings.Contains(d.URN, "::"+stackType+"::") || d.URN == "" {
			paragraph = programError(d.Message)
		} else if !seen[d.URN] {
			seen[d.URN] = true
			paragraph = paragraphOf(d.URN, doing[d.URN], best(result.Diagnostics, d.URN))
		}
		if paragraph != "" && !seen[paragraph] {
			seen[paragraph] = true
			f.Paragraphs = append(f.Paragraphs, paragraph)
		}
	}
	if len(f.Paragraphs) == 0 {
		f.Paragraphs = []string{said("running the engine", failure).Error()}
	}
	return f
}

// paragraphOf says which resource failed, what AWS answered, and what usually helps.
func paragraphOf(urn, failed, message string) string {
	text := fmt.Sprintf("%s %s%s: %s", typeOf(urn), nameOf(urn), failed, answerOf(message))
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	for _, advice := range advices {
		if advice.pattern.MatchString(message) {
			return text + " " + advice.text
		}
	}
	return text
}

// best returns the error about the resource that says most: the provider reports each twice, once in its log form.
func best(diagnostics []Diagnostic, urn string) string {
	message := ""
	for _, d := range diagnostics {
		if d.URN == urn && d.Severity == "error" && (message == "" || !strings.Contains(d.Message, "sdk.helper_schema")) {
			message = d.Message
		}
	}
	return message
}

var (
	operationPattern = regexp.MustCompile(`operation error ([^:]+): (\w+)`)
	answerPattern    = regexp.MustCompile(`(?s)RequestID: [\w-]*, (?:HostID: [^,]*, )?(?:api error )?([A-Z][\w.]+): (.*)`)
	statusPattern    = regexp.MustCompile(`StatusCode: ([45]\d\d)`)
	requestPattern   = regexp.MustCompile(`,? ?(?:StatusCode: \d+, )?RequestID: [\w-]*,? ?(?:HostID: [^,]*, )?`)
	logPattern       = regexp.MustCompile(`^\s*(?:[\w./-]+\.go:\d+: )?(?:sdk\.\w+: )?`)
	providerPattern  = regexp.MustCompile(`: provider=\w+@[\w.+-]+\s*$`)
	countPattern     = regexp.MustCompile(`^\d+ errors? occurred:\s*\*?\s*`)
	spacePattern     = regexp.MustCompile(`\s+`)
)

// answerOf returns the heart of a provider's message: AWS's code, operation and words where it has them.
func answerOf(message string) string {
	operation := operationPattern.FindStringSubmatch(message)
	if operation == nil {
		return plain(message)
	}
	called := operation[1] + " " + operation[2]
	if strings.Contains(message, "connection refused") || strings.Contains(message, "connection reset") {
		return "nobody answered " + called
	}
	if found := answerPattern.FindStringSubmatch(message); found != nil {
		return fmt.Sprintf("AWS answered %s to %s: %s", found[1], called, plain(found[2]))
	}
	if status := statusPattern.FindStringSubmatch(message); status != nil {
		return fmt.Sprintf("AWS answered HTTP status %s to %s", status[1], called)
	}
	return plain(message)
}

// plain returns a message as running text, without the engine's and the provider's packaging.
func plain(message string) string {
	message = logPattern.ReplaceAllString(message, "")
	message = countPattern.ReplaceAllString(strings.TrimSpace(message), "")
	message = providerPattern.ReplaceAllString(strings.TrimSpace(message), "")
	message = requestPattern.ReplaceAllString(message, " ")
	return strings.TrimSpace(spacePattern.ReplaceAllString(message, " "))
}

// crash says that a provider crashed, without the trace that it left.
func crash(message string) string {
	cause := regexp.MustCompile(`panic: .*`).FindString(message)
	if cause == "" {
		return "A provider ended before its time. What it said last is in the full output."
	}
	return fmt.Sprintf("A provider crashed (%s). Its trace is in the full output.", strings.TrimSuffix(cause, " [recovered, repanicked]"))
}

// programError returns what the program itself said, a line for each of its problems.
func programError(message string) string {
	var lines []string
	for line := range strings.Lines(message) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "* "))
		for _, wrapping := range []string{"an unhandled error occurred:", "program failed:"} {
			line = strings.TrimSpace(strings.TrimPrefix(line, wrapping))
		}
		if line != "" && !countPattern.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// said returns an engine command's failure in the engine's own words, without the transcript around them.
func said(doing string, err error) error {
	if _, words, found := strings.Cut(err.Error(), "stderr: "); found {
		if words = plain(strings.TrimPrefix(strings.TrimSpace(words), "error: ")); words != "" {
			return fmt.Errorf("%s: %s", doing, words)
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// isNoise tells whether a message only repeats that something failed.
func isNoise(message string) bool {
	message = strings.TrimSpace(message)
	switch message {
	case "", "update failed", "preview failed", "destroy failed", "refresh failed", "update cancelled", "update canceled":
		return true
	}
	return strings.Contains(message, "resource monitor shut down") || strings.Contains(message, "resource monitor shutting down")
}

// advices pair what AWS says with what usually helps; the first that matches counts.
var advices = []struct {
	pattern *regexp.Regexp
	text    string
}{
	{regexp.MustCompile(`NotImplemented|StatusCode: 501`),
		"A real account has this operation, the local AWS has not: leave the setting that asks for it out of a local deployment."},
	{regexp.MustCompile(`error reading from server: EOF`),
		"The provider crashed over it: the local AWS may have answered what AWS never would."},
	{regexp.MustCompile(`connection refused|connection reset|EOF`),
		"The local AWS has stopped; its log is .local/aws/server.log. Deploying again starts a new one."},
	{regexp.MustCompile(`StatusCode: 500`),
		"moto failed on this request; the reason is at the end of .local/aws/server.log."},
	{regexp.MustCompile(`DependencyViolation|ResourceInUse|DeleteConflict|is currently in use`),
		"Something still uses it. Run again once that is gone; if you made it by hand, remove it first."},
	{regexp.MustCompile(`AlreadyExist|EntityAlreadyExists|Duplicate|\.Conflict|InUse\b|BucketAlready`),
		"Another thing has its name or range: another stack on the same local AWS, or a leftover of an interrupted run. " +
			"Taking all local stacks down makes a clean start."},
	{regexp.MustCompile(`NotFound|NoSuch|does not exist`),
		"Something it refers to is not there, or not any more. If it was removed by hand, take the stack down and deploy it again."},
	{regexp.MustCompile(`timeout while waiting for state|unexpected state|couldn't find resource`),
		"The local AWS does not behave as the provider expects. tools/moto/server.py is the place to make up for that."},
	{regexp.MustCompile(`AccessDenied|UnauthorizedOperation|InvalidClientTokenId|SignatureDoesNotMatch`),
		"The local AWS refuses nobody, so check that AWS_ENDPOINT_URL is not set by the program itself."},
}

// typeOf returns the type token in a URN, without those of its parents.
func typeOf(urn string) string {
	parts := strings.Split(urn, "::")
	if len(parts) < 3 {
		return urn
	}
	return parts[2][strings.LastIndex(parts[2], "$")+1:]
}
