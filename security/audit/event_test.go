package audit

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPatterns(t *testing.T) {
	for exists, want := range map[bool]string{
		false: `{"source":["aws.ssm"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventSource":["ssm.amazonaws.com"],` +
			`"eventName":["StartSession"],"errorCode":[{"exists":false}]}}`,
		true: `{"source":["aws.ssm"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventSource":["ssm.amazonaws.com"],` +
			`"eventName":["StartSession"],"errorCode":[{"exists":true}]}}`,
	} {
		text, err := startsOfSessions(exists)
		require.NoError(t, err)
		assert.Equal(t, want, text)
	}
}

func TestMessages(t *testing.T) {
	assert.Equal(t, `"A session to an instance was opened."
"Who: <who>"
"Instance: <instance>"
"Document: <document> (none is an interactive shell)"
"When: <when>"
"From: <address>"
"Session: <session>"`, opened.template())
	assert.Equal(t, `"A session to an instance was refused."
"Who: <who>"
"Instance: <instance>"
"Document: <document> (none is an interactive shell)"
"When: <when>"
"From: <address>"
"Error: <error>"`, refused.template())
}

// Every field of a message has a place in the event that CloudTrail writes, and no place is read in vain.
func TestMessagesSayWhatEventsHold(t *testing.T) {
	for file, said := range map[string]message{"opened.json": opened, "refused.json": refused} {
		text, err := os.ReadFile(filepath.Join("testdata", file))
		require.NoError(t, err)
		var detail map[string]any
		require.NoError(t, json.Unmarshal(text, &detail))
		used := map[string]bool{}
		for _, field := range regexp.MustCompile(`<(\w+)>`).FindAllStringSubmatch(said.template(), -1) {
			used[field[1]] = true
		}
		assert.Len(t, said.paths, len(used), file)
		for field, path := range said.paths {
			assert.True(t, used[field], "%s: %s is not said", file, field)
			at := any(map[string]any{"detail": detail})
			for _, step := range strings.Split(strings.TrimPrefix(path, "$."), ".") {
				object, isObject := at.(map[string]any)
				require.True(t, isObject, "%s: %s", file, path)
				at = object[step]
			}
			assert.NotEmpty(t, at, "%s: %s", file, path)
		}
	}
}
