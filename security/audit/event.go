package audit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// pattern is an event pattern of EventBridge: each list holds the values that a field may have.
type pattern struct {
	Source     []string      `json:"source"`
	DetailType []string      `json:"detail-type"`
	Detail     patternDetail `json:"detail"`
}

type patternDetail struct {
	EventSource []string  `json:"eventSource"`
	EventName   []string  `json:"eventName"`
	ErrorCode   []present `json:"errorCode"`
}

// present matches a field by whether it is there.
type present struct {
	Exists bool `json:"exists"`
}

// startsOfSessions matches what CloudTrail writes when somebody asked for a session: those that began, or those that did
// not. CloudTrail names an error only where there was one.
func startsOfSessions(refused bool) (string, error) {
	text, err := json.Marshal(pattern{
		Source:     []string{"aws.ssm"},
		DetailType: []string{"AWS API Call via CloudTrail"},
		Detail: patternDetail{
			EventSource: []string{"ssm.amazonaws.com"},
			EventName:   []string{"StartSession"},
			ErrorCode:   []present{{Exists: refused}},
		},
	})
	if err != nil {
		return "", fmt.Errorf("writing the pattern of sessions: %w", err)
	}
	return string(text), nil
}

// message is what people are told of an event.
type message struct {
	lines []string          // with <field> where a field's value goes
	paths map[string]string // field to its place in the event
}

// template is the message as an input transformer wants it: a quoted string to a line.
func (m message) template() string { return `"` + strings.Join(m.lines, "\"\n\"") + `"` }

// told is what both messages say. What the event lacks stays empty: no document is named for a plain shell.
var told = message{
	lines: []string{
		"Who: <who>",
		"Instance: <instance>",
		"Document: <document> (none is an interactive shell)",
		"When: <when>",
		"From: <address>",
	},
	paths: map[string]string{
		"who":      "$.detail.userIdentity.arn",
		"instance": "$.detail.requestParameters.target",
		"document": "$.detail.requestParameters.documentName",
		"when":     "$.detail.eventTime",
		"address":  "$.detail.sourceIPAddress",
	},
}

// saying is what both messages say, between a headline and a last line with a field of its own.
func saying(headline, last, field, path string) message {
	paths := maps.Clone(told.paths)
	paths[field] = path
	return message{lines: slices.Concat([]string{headline}, told.lines, []string{last}), paths: paths}
}

// opened and refused are the two messages. AWS's sentence on why it refused is left out: it is long, and says the other
// lines again.
var (
	opened  = saying("A session to an instance was opened.", "Session: <session>", "session", "$.detail.responseElements.sessionId")
	refused = saying("A session to an instance was refused.", "Error: <error>", "error", "$.detail.errorCode")
)
