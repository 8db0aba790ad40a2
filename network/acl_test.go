package network_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/network"
)

var where = network.Tiers{Private: "10.0.0.0/17", Public: "10.0.128.0/18"}

// web is what a web service behind the gate with NAT needs.
var web = []network.Traffic{
	{From: network.Outside, To: network.Public, Port: 443},
	{From: network.Outside, To: network.Public, Port: 80},
	{From: network.Public, To: network.Private, Port: 80},
	{From: network.Private, To: network.Outside, Port: 443, ViaNAT: true},
}

func TestPlanACLsOfAWebServiceWithNAT(t *testing.T) {
	planned, err := network.PlanACLs(web, where)
	require.NoError(t, err)
	assert.Equal(t, []network.ACLRule{
		{Number: 100, CIDR: "10.0.0.0/17", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 from private"},
		{Number: 102, CIDR: "0.0.0.0/0", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 from internet"},
		{Number: 1443, CIDR: "10.0.0.0/17", FromPort: 443, ToPort: 443, Why: "tcp/443 from private"},
		{Number: 3128, CIDR: "0.0.0.0/0", FromPort: 80, ToPort: 80, Why: "tcp/80 from internet"},
		{Number: 3491, CIDR: "0.0.0.0/0", FromPort: 443, ToPort: 443, Why: "tcp/443 from internet"},
		{Number: 100, Egress: true, CIDR: "10.0.0.0/17", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 to private"},
		{Number: 102, Egress: true, CIDR: "0.0.0.0/0", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 to internet"},
		{Number: 1080, Egress: true, CIDR: "10.0.0.0/17", FromPort: 80, ToPort: 80, Why: "tcp/80 to private"},
		{Number: 3491, Egress: true, CIDR: "0.0.0.0/0", FromPort: 443, ToPort: 443, Why: "tcp/443 to internet"},
	}, planned.Public)
	assert.Equal(t, []network.ACLRule{
		{Number: 102, CIDR: "0.0.0.0/0", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 from internet"},
		{Number: 2104, CIDR: "10.0.128.0/18", FromPort: 80, ToPort: 80, Why: "tcp/80 from public"},
		{Number: 101, Egress: true, CIDR: "10.0.128.0/18", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 to public"},
		{Number: 3491, Egress: true, CIDR: "0.0.0.0/0", FromPort: 443, ToPort: 443, Why: "tcp/443 to internet"},
	}, planned.Private)
}

func TestPlanACLsWithoutNATLetNothingThroughThePublicSubnets(t *testing.T) {
	planned, err := network.PlanACLs([]network.Traffic{
		{From: network.Private, To: network.Private, Port: 443},
		{From: network.Private, To: network.Outside, Port: 443}, // S3, by its gateway endpoint
	}, where)
	require.NoError(t, err)
	assert.Empty(t, planned.Public)
	assert.Equal(t, []network.ACLRule{
		{Number: 100, CIDR: "10.0.0.0/17", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 from private"},
		{Number: 102, CIDR: "0.0.0.0/0", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 from internet"},
		{Number: 1443, CIDR: "10.0.0.0/17", FromPort: 443, ToPort: 443, Why: "tcp/443 from private"},
		{Number: 100, Egress: true, CIDR: "10.0.0.0/17", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 to private"},
		{Number: 1443, Egress: true, CIDR: "10.0.0.0/17", FromPort: 443, ToPort: 443, Why: "tcp/443 to private"},
		{Number: 3491, Egress: true, CIDR: "0.0.0.0/0", FromPort: 443, ToPort: 443, Why: "tcp/443 to internet"},
	}, planned.Private)
}

func TestPlanACLsOfNarrowRangesAndHighPorts(t *testing.T) {
	planned, err := network.PlanACLs([]network.Traffic{
		{From: network.Outside, To: network.Public, Port: 443, Ranges: []string{"203.0.113.0/24", "2001:db8::/32"}},
		{From: network.Public, To: network.Private, Port: 8080},
	}, where)
	require.NoError(t, err)
	assert.Equal(t, []network.ACLRule{
		{Number: 100, CIDR: "10.0.0.0/17", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 from private"},
		{Number: 4515, CIDR: "203.0.113.0/24", FromPort: 443, ToPort: 443, Why: "tcp/443 from internet"},
		{Number: 5539, CIDR: "2001:db8::/32", FromPort: 443, ToPort: 443, Why: "tcp/443 from internet"},
		{Number: 100, Egress: true, CIDR: "10.0.0.0/17", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 to private"},
		{Number: 103, Egress: true, CIDR: "203.0.113.0/24", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 to internet"},
		{Number: 104, Egress: true, CIDR: "2001:db8::/32", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 to internet"},
	}, planned.Public)
	assert.Equal(t, []network.ACLRule{
		{Number: 101, CIDR: "10.0.128.0/18", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 from public"},
		{Number: 101, Egress: true, CIDR: "10.0.128.0/18", FromPort: 1024, ToPort: 65535, Why: "answers and ports above 1023 to public"},
	}, planned.Private)
}

// TestPlanACLsKeepsTheRulesOfOthers adds a workload on another port: the rules that were
// there stay as they were, number included.
func TestPlanACLsKeepsTheRulesOfOthers(t *testing.T) {
	before, err := network.PlanACLs(web, where)
	require.NoError(t, err)
	after, err := network.PlanACLs(append([]network.Traffic{
		{From: network.Public, To: network.Private, Port: 22},
	}, web...), where)
	require.NoError(t, err)
	assert.Subset(t, after.Public, before.Public)
	assert.Subset(t, after.Private, before.Private)
	assert.Len(t, after.Public, len(before.Public)+1)
	assert.Len(t, after.Private, len(before.Private)+1)
}

// TestPlanACLsStaysInsideAWSLimits takes the most that settings allow: eight ranges and
// as many ports as a table could have.
func TestPlanACLsStaysInsideAWSLimits(t *testing.T) {
	ranges := []string{"192.0.2.0/32", "192.0.2.1/32", "192.0.2.2/32", "192.0.2.3/32",
		"192.0.2.4/32", "192.0.2.5/32", "192.0.2.6/32", "192.0.2.7/32"}
	all := []network.Traffic{
		{From: network.Outside, To: network.Public, Port: 443, Ranges: ranges},
		{From: network.Outside, To: network.Public, Port: 80, Ranges: ranges},
		{From: network.Public, To: network.Private, Port: 1023},
		{From: network.Private, To: network.Private, Port: 443},
		{From: network.Private, To: network.Outside, Port: 443, ViaNAT: true},
	}
	planned, err := network.PlanACLs(all, where)
	require.NoError(t, err)
	for _, rules := range [][]network.ACLRule{planned.Public, planned.Private} {
		numbers := map[bool]map[int]bool{true: {}, false: {}}
		for _, rule := range rules {
			assert.False(t, numbers[rule.Egress][rule.Number], "number %d twice", rule.Number)
			numbers[rule.Egress][rule.Number] = true
			assert.Positive(t, rule.Number)
			assert.LessOrEqual(t, rule.Number, 32766)
		}
		assert.LessOrEqual(t, len(numbers[true]), 20)
		assert.LessOrEqual(t, len(numbers[false]), 20)
	}
}

func TestPlanACLsRefuses(t *testing.T) {
	_, err := network.PlanACLs([]network.Traffic{{From: network.Outside, To: network.Private, Port: 80}}, where)
	require.EqualError(t, err, "planning network ACLs: nothing leads from internet to private")
	_, err = network.PlanACLs([]network.Traffic{{From: network.Outside, To: network.Public}}, where)
	require.EqualError(t, err, "planning network ACLs: port 0 from internet to public is not a port")
}
