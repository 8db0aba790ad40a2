package cost

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCompareSaysWhatDiffers(t *testing.T) {
	gate := given(t, albToken, "gate", `{"internal":true}`)
	before := load(t).Of([]Resource{
		gate, given(t, "aws:ec2/natGateway:NatGateway", "nat", `{}`), given(t, volumeToken, "homes", `{"type":"gp3","size":100}`),
	})
	after := load(t).Of([]Resource{
		gate, given(t, volumeToken, "homes", `{"type":"gp3","size":150}`), given(t, "aws:kms/key:Key", "sessions", `{}`),
		given(t, "aws:rds/instance:Instance", "db", `{}`),
	})
	assert.Equal(t, Comparison{
		Before: 72.6, After: 33.14, Difference: -39.46,
		Changes: []Change{
			{What: "gp3 volumes", Unit: "GB-month", Detail: "homes 150", Price: 0.096, Before: 9.6, After: 14.4, Difference: 4.8},
			{What: "key", Unit: "month", Detail: "sessions", Price: 1, After: 1, Difference: 1},
			{What: "NAT gateway", Unit: "hour", Detail: "nat", Price: 0.062, Before: 45.26, Difference: -45.26},
		},
		NotCounted: []string{"db (aws:rds/instance) has no price here", "use of keys: 0.03 per 10,000 requests"},
	}, Compare(before, after))
	assert.Equal(t, Comparison{Before: 33.14, After: 33.14}, Compare(after, after))
}

func TestMoney(t *testing.T) {
	assert.Equal(t, []string{"1234.50", "+0.10", "−39.46", "0.00", "0.00"},
		[]string{Money(1234.5), Signed(0.1), Signed(-39.46), Signed(0), Signed(-0.001)})
}
