package stack

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
	"torii/network"
	"torii/security"
)

// TestPortsOfOtherStacks: they are in the flow table and in both network ACLs, and no security group hears of them.
func TestPortsOfOtherStacks(t *testing.T) {
	config := map[string]string{
		"torii:network": `{"zones":["ap-northeast-1a","ap-northeast-1c"]}`, "torii:workloads": `{"site":{"kind":"fargate"}}`,
		"torii:edge": `{"otherStackPorts":[443]}`,
	}
	chosen := load(t, config)
	table := flows(chosen)
	require.NoError(t, security.Check(groups(chosen), table))
	assert.Contains(t, table, security.Flow{From: "gateway", To: "other-stacks", Port: 443, Why: "services of other stacks"})

	without := load(t, map[string]string{"torii:network": config["torii:network"], "torii:workloads": config["torii:workloads"]})
	passing, err := traffic(table, chosen)
	require.NoError(t, err)
	before, err := traffic(flows(without), without)
	require.NoError(t, err)
	where := network.Tiers{Public: "10.0.0.0/17", Private: "10.0.128.0/18"}
	now, err := network.PlanACLs(passing, where)
	require.NoError(t, err)
	then, err := network.PlanACLs(before, where)
	require.NoError(t, err)
	assert.Equal(t, []string{"in from 10.0.0.0/17 on tcp/443 to 443"}, added(then.Private, now.Private))
	assert.Equal(t, []string{"out to 10.0.128.0/18 on tcp/443 to 443"}, added(then.Public, now.Public))

	config["aws:region"] = recorder.Region
	recording := recorder.MustRun(t, "test", config, Deploy)
	delete(config, "torii:edge")
	for _, token := range []string{
		"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
	} {
		assert.Equal(t, recorder.MustRun(t, "test", config, Deploy).Of(token), recording.Of(token))
	}
}

// added are the rules of a network ACL that were not in it before.
func added(before, now []network.ACLRule) []string {
	known := map[network.ACLRule]bool{}
	for _, rule := range before {
		known[rule] = true
	}
	var all []string
	for _, rule := range now {
		if known[rule] {
			continue
		}
		words := "in from"
		if rule.Egress {
			words = "out to"
		}
		all = append(all, fmt.Sprintf("%s %s on tcp/%d to %d", words, rule.CIDR, rule.FromPort, rule.ToPort))
	}
	return all
}
