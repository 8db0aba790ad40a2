//go:build integration

package integration

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
)

// TestWebFleet is system C: up, what AWS says, again without change, NAT by instance to NAT
// by gateway and back, another template, the bastion up and down, and down to nothing.
func TestWebFleet(t *testing.T) {
	t.Parallel()
	s := newSite(t, "web-fleet", "", "aiko")
	chosen := stackFile(t, "examples/Pulumi.web-fleet.yaml")
	first := s.up("first up", chosen)
	c := s.ask()

	t.Run("servers", func(t *testing.T) { c.t = t; checkFleet(t, c) })
	t.Run("classic load balancer", func(t *testing.T) { c.t = t; checkClassic(t, c, first) })
	t.Run("firewall", func(t *testing.T) { c.t = t; checkFleetFirewall(t, c) })
	t.Run("way out by instance", func(t *testing.T) { c.t = t; checkNATInstance(t, c) })
	t.Run("bastion", func(t *testing.T) { c.t = t; checkBastionAtRest(t, c) })
	t.Run("operations", func(t *testing.T) { c.t = t; checkFleetOperations(t, c) })
	c.t = t
	assert.Equal(t, []string{"warning: web-clb is a classic load balancer, which no web application firewall can guard: " +
		"who comes from which country, how often, and with what attacks is not checked there"}, warnings(first))
	s.unchanged(chosen)
	s.complete()

	t.Run("bastion up and down is no change", func(t *testing.T) { bastionComesAndGoes(t, s, c, chosen) })
	t.Run("another template", func(t *testing.T) { serversChange(t, s, c, chosen) })
	t.Run("the way out changes", func(t *testing.T) { wayOutChanges(t, s, c, chosen) })
	s.destroyed(chosen)
}

// warnings are what a deployment warned of.
func warnings(result localdeploy.Result) []string {
	var said []string
	for _, each := range result.Diagnostics {
		said = append(said, each.Severity+": "+each.Message)
	}
	return said
}

// wayOutChanges turns NAT by instance into NAT by gateway and back. Nothing but the NAT, its
// routes and its rules is in the plan.
func wayOutChanges(t *testing.T, s *site, c clients, chosen settings) {
	c.t = t
	routes := []string{
		"aws:ec2/route:Route network-private-ap-northeast-1a-out", "aws:ec2/route:Route network-private-ap-northeast-1c-out",
	}
	inPlace := append(routes, "aws:cloudwatch/dashboard:Dashboard dashboard")
	chosen.set("torii:network/nat", "gateway")
	plan, err := localdeploy.Preview(t.Context(), s.spec(chosen))
	require.NoError(t, err)
	assert.ElementsMatch(t, inPlace, updated(plan), "in place, so that the subnets are never without a way")
	for _, step := range replaced(plan) {
		assert.Regexp(t, `^delete \S+ (way-out-nat|firewall-nat|firewall-\w+-to-nat|firewall-nat-|nat-instance-down-)`, step)
	}
	byGateway := s.up("NAT gateway", chosen)
	assert.ElementsMatch(t, inPlace, updated(byGateway))
	assert.ElementsMatch(t, replaced(plan), replaced(byGateway))
	checkNATGateway(t, c)
	s.unchanged(chosen)

	chosen.set("torii:network/nat", "instance")
	back := s.up("NAT instance again", chosen)
	assert.ElementsMatch(t, inPlace, updated(back))
	assert.ElementsMatch(t, []string{
		"delete aws:ec2/natGateway:NatGateway network-nat-ap-northeast-1a", "delete aws:ec2/eip:Eip network-nat-ap-northeast-1a",
		"delete aws:cloudwatch/metricAlarm:MetricAlarm nat-gateway-ports-ap-northeast-1a",
		"delete aws:cloudwatch/metricAlarm:MetricAlarm nat-gateway-drops-ap-northeast-1a",
	}, replaced(back))
	checkNATInstance(t, c)
	s.unchanged(chosen)
}

// TestFleetBehindEverything has all three kinds of load balancers before one fleet, with
// certificates that AWS issues, and a user's own user data.
func TestFleetBehindEverything(t *testing.T) {
	t.Parallel()
	s := newSite(t, "everything", "example.jp", "aiko")
	chosen := stackFile(t, "examples/Pulumi.web-fleet.yaml")
	chosen.set("torii:edge/domain", "example.jp")
	chosen.set("torii:workloads/web/expose", []string{"alb", "nlb", "clb"})
	chosen.set("torii:workloads/web/host", "www.example.jp")
	chosen.set("torii:workloads/web/requestsPerTarget", 1000)
	chosen.set("torii:network/nat", "instance-per-zone")
	s.up("first up", chosen)
	c := s.ask()

	checkEveryBalancer(t, c)
	s.unchanged(chosen)
	chosen.set("torii:workloads/web/expose", []string{"alb"})
	fewer := s.up("the gate alone", chosen)
	assert.NotContains(t, replaced(fewer), "delete aws:acm/certificate:Certificate gate-web")
	s.destroyed(chosen)
}
