package network_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"torii/network"
)

// hop is a packet at the border of a tier's subnets, whose network ACL is asked.
type hop struct {
	tier   network.Place
	egress bool
	peer   network.Place // whose address is on the other side of the border
	port   int           // where the packet goes
}

// An address in each place, and a port that a client chose for its own end.
var addresses = map[network.Place]netip.Addr{
	network.Outside: netip.MustParseAddr("203.0.113.9"),
	network.Public:  netip.MustParseAddr("10.0.128.5"),
	network.Private: netip.MustParseAddr("10.0.16.10"),
}

const ownPort = 50000

// path is every border that a connection's packets cross, there and back.
func path(t network.Traffic) []hop {
	if t.From == network.Private && t.To == network.Outside && t.ViaNAT {
		return []hop{
			{network.Private, true, network.Outside, t.Port}, {network.Public, false, network.Private, t.Port},
			{network.Public, true, network.Outside, t.Port}, {network.Public, false, network.Outside, ownPort},
			{network.Public, true, network.Private, ownPort}, {network.Private, false, network.Outside, ownPort},
		}
	}
	var all []hop
	if t.From != network.Outside {
		all = append(all, hop{t.From, true, t.To, t.Port}, hop{t.From, false, t.To, ownPort})
	}
	if t.To != network.Outside {
		all = append(all, hop{t.To, false, t.From, t.Port}, hop{t.To, true, t.From, ownPort})
	}
	return all
}

// passes says whether the network ACLs let a connection and its answers through.
func passes(t *testing.T, acls network.ACLs, connection network.Traffic) bool {
	t.Helper()
	tiers := map[network.Place][]network.ACLRule{network.Public: acls.Public, network.Private: acls.Private}
	for _, hop := range path(connection) {
		allowed := false
		for _, rule := range tiers[hop.tier] {
			cidr, err := netip.ParsePrefix(rule.CIDR)
			require.NoError(t, err)
			allowed = allowed || rule.Egress == hop.egress && cidr.Contains(addresses[hop.peer]) &&
				rule.FromPort <= hop.port && hop.port <= rule.ToPort
		}
		if !allowed {
			return false
		}
	}
	return true
}

// TestPlannedACLsLetThroughWhatIsPlannedAndNothingElse takes every selection from a list of
// connections. What AWS's ACLs would do is worked out here anew, hop by hop.
func TestPlannedACLsLetThroughWhatIsPlannedAndNothingElse(t *testing.T) {
	pool := []network.Traffic{
		{From: network.Outside, To: network.Public, Port: 80},
		{From: network.Outside, To: network.Public, Port: 443, Ranges: []string{"203.0.113.0/24"}},
		{From: network.Public, To: network.Private, Port: 80},
		{From: network.Public, To: network.Private, Port: 8080},
		{From: network.Private, To: network.Private, Port: 443},
		{From: network.Private, To: network.Outside, Port: 443, ViaNAT: true},
		{From: network.Private, To: network.Outside, Port: 443},
	}
	for selection := range 1 << len(pool) {
		var chosen []network.Traffic
		ports := map[int]bool{}
		for i, each := range pool {
			if selection>>i&1 == 1 {
				chosen = append(chosen, each)
				ports[each.Port] = true
			}
		}
		acls, err := network.PlanACLs(chosen, where)
		require.NoError(t, err)
		for _, each := range chosen {
			require.True(t, passes(t, acls, each), "%+v of %+v", each, chosen)
		}
		for _, each := range pool {
			require.True(t, ports[each.Port] || each.Port == 8080 || !passes(t, acls, each), "%+v beside %+v", each, chosen)
		}
		for _, port := range []int{22, 80, 443} {
			stranger := network.Traffic{From: network.Outside, To: network.Private, Port: port}
			require.False(t, passes(t, acls, stranger), "%d from outside beside %+v", port, chosen)
		}
	}
}
