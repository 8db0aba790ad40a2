//go:build integration

package integration

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
)

// TestClientCert is system E: up, what AWS says, again without change, a client more, one less, one back, certificates
// that are about to end, and down to nothing.
func TestClientCert(t *testing.T) {
	t.Parallel()
	s := newSite(t, "client-cert", "example.jp")
	chosen := stackFile(t, "examples/Pulumi.client-cert.yaml")
	first := s.up("first up", chosen)
	c := s.ask()

	t.Run("bundles", func(t *testing.T) { c.t = t; checkBundles(t, s, c, first) })
	t.Run("what the servers fetch", func(t *testing.T) { c.t = t; checkIdentity(t, c, first) })
	t.Run("role", func(t *testing.T) { c.t = t; checkIdentityRole(t, c) })
	t.Run("servers", func(t *testing.T) { c.t = t; checkAskingServers(t, c) })
	t.Run("network load balancer", func(t *testing.T) { c.t = t; checkNetworkPassThrough(t, c) })
	t.Run("classic load balancer", func(t *testing.T) { c.t = t; checkClassicPassThrough(t, c) })
	t.Run("trust store", func(t *testing.T) { c.t = t; checkTrustStore(t, c, first) })
	t.Run("gate", func(t *testing.T) { c.t = t; checkAskingGate(t, c) })
	t.Run("firewall", func(t *testing.T) { c.t = t; checkClientFirewall(t, c) })
	t.Run("names", func(t *testing.T) { c.t = t; checkClientNames(t, c, first) })
	c.t = t
	assert.ElementsMatch(t, []string{unguarded("legacy-nlb", "network"), unguarded("legacy-clb", "classic")}, warnings(first))
	s.unchanged(chosen)
	s.complete()

	t.Run("clients come and go", func(t *testing.T) { c.t = t; clientsComeAndGo(t, s, c, chosen, first) })
	t.Run("certificates are renewed", func(t *testing.T) { c.t = t; certificatesAreRenewed(t, s, c, chosen) })
	c.t = t
	s.destroyed(chosen)
}

func unguarded(name, kind string) string {
	return "warning: " + name + " is a " + kind + " load balancer, which no web application firewall can guard: " +
		"who comes from which country, how often, and with what attacks is not checked there"
}

// clientsComeAndGo adds a client, takes another out, and lets that one come back while the new one goes. No one else's
// certificate changes, and no server is replaced.
func clientsComeAndGo(t *testing.T, s *site, c clients, chosen settings, first localdeploy.Result) {
	machines := c.machineIDs()
	before := bundlesOf(t, first)
	clients := func(names ...string) { chosen.set("torii:authority/clients", names) }

	clients("partner-a", "partner-b", "partner-c")
	added := s.up("one more", chosen)
	assert.Empty(t, replaced(added))
	assert.Empty(t, updated(added))
	for _, step := range created(added) {
		assert.Contains(t, step, "tls:index/", "nothing in AWS changes")
		assert.Contains(t, step, "partner-c")
	}
	with := bundlesOf(t, added)
	require.ElementsMatch(t, []string{"partner-a", "partner-b", "partner-c"}, keys(with))
	assert.Equal(t, before["partner-a"], with["partner-a"])
	assert.Equal(t, before["partner-b"], with["partner-b"])
	checkClient(t, c, "partner-c", with["partner-c"])
	requireRevoked(t, c, added)

	store := c.trustStore()
	clients("partner-a", "partner-c")
	gone := s.up("one less", chosen)
	without := bundlesOf(t, gone)
	require.ElementsMatch(t, []string{"partner-a", "partner-c"}, keys(without))
	assert.Equal(t, with["partner-a"], without["partner-a"])
	assert.Equal(t, with["partner-c"], without["partner-c"])
	for _, step := range replaced(gone) {
		assert.Regexp(t, `^delete tls:index/\S+ \S*partner-b`, step)
	}
	assert.Equal(t, []string{"aws:ssm/parameter:Parameter legacy-identity-revocation-lists"}, updated(gone), "and no server")
	requireRevoked(t, c, gone, before["partner-b"].serial())
	assert.Equal(t, store, c.trustStore(), "the same store, which the gate goes on to use")

	clients("partner-a", "partner-b")
	back := s.up("one back, another less", chosen)
	again := bundlesOf(t, back)
	require.ElementsMatch(t, []string{"partner-a", "partner-b"}, keys(again))
	assert.Equal(t, before["partner-a"], again["partner-a"])
	assert.NotEqual(t, before["partner-b"].serial(), again["partner-b"].serial(), "who comes back gets a new one")
	assert.NotEqual(t, before["partner-b"].PrivateKey, again["partner-b"].PrivateKey)
	checkClient(t, c, "partner-b", again["partner-b"])
	requireRevoked(t, c, back, before["partner-b"].serial(), with["partner-c"].serial())
	const list = "aws:lb/trustStoreRevocation:TrustStoreRevocation clients-revocations-1"
	attached, detached := slices.Index(replaced(back), "create-replacement "+list), slices.Index(replaced(back), "delete-replaced "+list)
	assert.True(t, attached >= 0 && attached < detached, "no moment in which the gate knows no list: %v", replaced(back))
	assert.Equal(t, store, c.trustStore())
	assert.Equal(t, machines, c.machineIDs(), "the servers fetch what changed by themselves")
}

// certificatesAreRenewed lets the servers' certificate and one client's come near their end.
func certificatesAreRenewed(t *testing.T, s *site, c clients, chosen settings) {
	machines := c.machineIDs()
	before := s.outputs(chosen)
	server := c.identity()
	revoked := c.revokedSerials()

	s.age("legacy", "partner-a")
	result := s.up("near the end of two certificates", chosen)
	for _, step := range replaced(result) {
		assert.Regexp(t, `^(create-replacement|replace|delete-replaced) tls:index/\S+ \S*(legacy|partner-a)`, step)
	}
	assert.Contains(t, updated(result), "aws:ssm/parameter:Parameter legacy-identity-server-certificate")
	assert.NotContains(t, updated(result), "aws:ec2/launchTemplate:LaunchTemplate legacy")
	assert.Equal(t, machines, c.machineIDs())

	old, renewed := leafOf(t, server["server-certificate"]), leafOf(t, c.identity()["server-certificate"])
	assert.NotEqual(t, old.SerialNumber, renewed.SerialNumber)
	assert.WithinDuration(t, time.Now().AddDate(0, 0, 365), renewed.NotAfter, time.Hour)
	assert.Equal(t, server["server-key"], c.identity()["server-key"])
	checkIdentity(t, c, result)

	earlier, now := bundlesOf(t, before), bundlesOf(t, result)
	assert.Equal(t, earlier["partner-b"], now["partner-b"])
	assert.NotEqual(t, earlier["partner-a"].serial(), now["partner-a"].serial())
	assert.Equal(t, earlier["partner-a"].PrivateKey, now["partner-a"].PrivateKey, "a new certificate for the same key")
	assert.Equal(t, earlier["partner-a"].Password, now["partner-a"].Password)
	assert.NotEqual(t, earlier["partner-a"].P12, now["partner-a"].P12)
	checkClient(t, c, "partner-a", now["partner-a"])
	assert.Equal(t, revoked, c.revokedSerials(), "the earlier one is good until it ends")
	assert.Subset(t, inForce(ledgerOf(t, result)), []string{earlier["partner-a"].serial(), now["partner-a"].serial()})
	s.unchanged(chosen)
}

// created are the resources that a deployment made, without those that take another's place.
func created(result localdeploy.Result) []string {
	var found []string
	for _, step := range result.Steps {
		if step.Op == "create" && step.Custom {
			found = append(found, step.Type+" "+step.Name)
		}
	}
	return found
}

// outputs are what the stack exports now.
func (s *site) outputs(chosen settings) localdeploy.Result {
	s.t.Helper()
	values, err := localdeploy.Outputs(s.t.Context(), s.spec(chosen))
	require.NoError(s.t, err)
	return localdeploy.Result{Outputs: values}
}

// age brings certificates near their end in Pulumi's state, so that the provider thinks it late. Each is named by a word
// in its resource's name.
func (s *site) age(words ...string) {
	s.t.Helper()
	aged := map[string]bool{}
	s.rewriteState(func(state map[string]any) {
		for _, each := range state["resources"].([]any) {
			resource := each.(map[string]any)
			if resource["type"] != "tls:index/locallySignedCert:LocallySignedCert" {
				continue
			}
			for _, word := range words {
				if name := resource["urn"].(string); strings.Contains(name[strings.LastIndex(name, "::"):], word) {
					resource["outputs"].(map[string]any)["validityEndTime"] = time.Now().AddDate(0, 0, 5).UTC().Format(time.RFC3339)
					aged[word] = true
				}
			}
		}
	})
	require.Len(s.t, aged, len(words))
}
