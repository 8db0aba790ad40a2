//go:build integration

package integration

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestFargateWeb is system A: up, what AWS says, a service of another stack on top, again
// without change, the changes that users make, and down to nothing.
func TestFargateWeb(t *testing.T) {
	t.Parallel()
	s := newSite(t, "fargate-web", "example.jp")
	chosen := stackFile(t, "examples/Pulumi.fargate-web.yaml")
	chosen.set("torii:security/roleBoundary", "torii-fargate-web") // as where GitHub deploys
	chosen.set("torii:operations/alertEmails", []string{"ops@example.jp"})
	chosen.set("torii:operations/monthlyBudgetUsd", 150)
	first := s.up("first up", chosen)
	c := s.ask()

	t.Run("network", func(t *testing.T) { c.t = t; checkNetwork(t, c) })
	t.Run("firewall", func(t *testing.T) { c.t = t; checkFirewall(t, c) })
	t.Run("gate", func(t *testing.T) { c.t = t; checkGate(t, c) })
	t.Run("certificate and names", func(t *testing.T) { c.t = t; checkNames(t, c) })
	t.Run("web ACL", func(t *testing.T) { c.t = t; checkWebACL(t, c) })
	t.Run("service", func(t *testing.T) { c.t = t; checkService(t, c) })
	t.Run("logs", func(t *testing.T) { c.t = t; checkLogs(t, c) })
	t.Run("operations", func(t *testing.T) { c.t = t; checkWebOperations(t, c, first) })
	t.Run("roles", func(t *testing.T) { c.t = t; checkBoundaries(t, c, "torii-fargate-web", 3) })
	c.t = t

	t.Run("a service of another stack", func(t *testing.T) { secondServiceComesAndGoes(t, s, c, chosen) })
	s.t, c.t = t, t

	before := c.services()["torii-fargate-web-site"]
	chosen.set("torii:workloads/api", settings{"kind": "fargate", "host": "api.example.jp", "port": 8080, "min": 1})
	added := s.up("second workload", chosen)
	assert.Empty(t, replaced(added), "nothing is replaced or deleted")
	assert.Equal(t, []string{
		// Its default certificate is that of the first workload by name; AWS changes it in place.
		"aws:lb/listener:Listener gate-https",
		// Ports from 1024 up need an answer range of their own.
		"aws:ec2/networkAcl:NetworkAcl network-private",
		"aws:cloudwatch/dashboard:Dashboard dashboard",
	}, sortedDescending(updated(added)))
	t.Run("second workload", func(t *testing.T) { c.t = t; checkSecondWorkload(t, c, before) })
	c.t = t
	s.unchanged(chosen)
	s.complete()

	chosen.set("torii:network/nat", "gateway-per-zone")
	perZone := s.up("a NAT gateway in each zone", chosen)
	assert.Empty(t, replaced(perZone))
	assert.ElementsMatch(t, []string{
		"aws:ec2/route:Route network-private-ap-northeast-1c-out", "aws:cloudwatch/dashboard:Dashboard dashboard",
	}, updated(perZone))
	t.Run("a NAT gateway in each zone", func(t *testing.T) { c.t = t; checkWaysOut(t, c, 2) })
	c.t = t

	s.forgotten(chosen)
	s.destroyed(chosen)
}

func sortedDescending(words []string) []string {
	slices.Sort(words)
	slices.Reverse(words)
	return words
}
