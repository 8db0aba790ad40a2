package consume_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/consume"
	"torii/edge"
	"torii/security"
)

func outputs() *consume.Outputs {
	return &consume.Outputs{
		Stack: torii, URLs: map[string]string{"site": "https://www.example.jp/"},
		Flows: []consume.Flow{
			{From: "internet", To: "gateway", Port: 443}, {From: "gateway", To: "site", Port: 80},
			{From: "gateway", To: "api", Port: 80}, {From: "gateway", To: "other-stacks", Port: 9000}, {From: "gateway", To: "hub", Port: 9000},
			{From: "site", To: "internet", Port: 443},
		},
	}
}

func TestCheckPort(t *testing.T) {
	require.NoError(t, outputs().CheckPort(80))
	require.NoError(t, outputs().CheckPort(9000))
	require.EqualError(t, outputs().CheckPort(443), "port 443: the gate of stack organization/torii/prod leads to port 80, 9000 only; "+
		"choose one of them, or add 443 to torii:edge.otherStackPorts there and run pulumi up on it first")
}

func TestLentBy(t *testing.T) {
	assert.Equal(t, "api", outputs().LentBy(80))
	assert.Empty(t, outputs().LentBy(9000), "open for others, whoever else has it")
}

func TestCheckHost(t *testing.T) {
	require.NoError(t, outputs().CheckHost("api.example.jp"))
	require.EqualError(t, outputs().CheckHost("www.example.jp"),
		"host www.example.jp: workload site of stack organization/torii/prod answers there; choose another")
}

// TestPrioritiesStayApart: those of a Torii stack are below 40000, or 50000.
func TestPrioritiesStayApart(t *testing.T) {
	assert.Equal(t, 45695, consume.Priority("second-service", "dev", "service"), "it never moves")
	seen := map[int]bool{}
	for i := range 2000 {
		name := fmt.Sprintf("name-%d", i)
		theirs := consume.Priority("project", name, "service")
		assert.GreaterOrEqual(t, theirs, consume.FirstPriority)
		assert.LessOrEqual(t, theirs, consume.LastPriority)
		seen[theirs] = true
		assert.Less(t, edge.Priority(edge.Site{Name: name, Host: "www.example.jp"}), consume.FirstPriority)
	}
	assert.Greater(t, len(seen), 1700, "they spread over the range")
	assert.Greater(t, edge.Priority(edge.Site{Name: "hub"}), consume.LastPriority)
}

// TestPartiesAreThoseOfTheFlowTable: this package is copied, so it spells them itself.
func TestPartiesAreThoseOfTheFlowTable(t *testing.T) {
	assert.Equal(t, security.Internet, consume.Internet)
	assert.Equal(t, security.S3, consume.S3)
	assert.Equal(t, security.OtherStacks, consume.OtherStacks)
}
