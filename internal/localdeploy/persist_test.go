package localdeploy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestConnectionsBroke(t *testing.T) {
	broken := Diagnostic{URN: "urn:a", Severity: "error",
		Message: "decomposing response: read tcp 127.0.0.1:1->127.0.0.1:2: use of closed network connection"}
	noise := Diagnostic{Severity: "error", Message: "update failed"}
	warning := Diagnostic{URN: "urn:b", Severity: "warning", Message: "deprecated"}
	other := Diagnostic{URN: "urn:c", Severity: "error", Message: "api error InvalidSubnet.Conflict: taken"}
	for name, test := range map[string]struct {
		diagnostics []Diagnostic
		want        bool
	}{
		"a broken connection and what follows from it": {[]Diagnostic{broken, noise, warning}, true},
		"a broken connection and a refusal of AWS's":   {[]Diagnostic{broken, other}, false},
		"a refusal of AWS's":                           {[]Diagnostic{other, noise}, false},
		"nothing that says why":                        {[]Diagnostic{noise}, false},
		"nothing":                                      {nil, false},
	} {
		assert.Equal(t, test.want, connectionsBroke(test.diagnostics), name)
	}
}

func TestResultsOfSeveralRunsAddUp(t *testing.T) {
	first := Result{
		Changes: map[string]int{"create": 3, "same": 1}, Duration: time.Second,
		Steps: []Step{{Name: "a"}}, Diagnostics: []Diagnostic{{Message: "broke"}},
	}
	second := Result{
		Changes: map[string]int{"create": 1, "update": 1, "same": 3}, Duration: 2 * time.Second,
		Steps: []Step{{Name: "b"}}, Diagnostics: []Diagnostic{{Message: "fine"}},
	}
	assert.Equal(t, second, Result{}.and(second))
	assert.Equal(t, Result{
		Changes: map[string]int{"create": 4, "update": 1, "same": 3}, Duration: 3 * time.Second,
		Steps: []Step{{Name: "a"}, {Name: "b"}}, Diagnostics: []Diagnostic{{Message: "broke"}, {Message: "fine"}},
	}, first.and(second))
}
