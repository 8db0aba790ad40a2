//go:build integration && exhaustive

package integration

import (
	"testing"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFleetBeginsToAskForCertificates is a fleet whose load balancers end TLS, until its servers do and ask for a client
// certificate, and back: no two listeners of a load balancer can have one port, even for a moment.
func TestFleetBeginsToAskForCertificates(t *testing.T) {
	t.Parallel()
	s := newSite(t, "changing", "")
	chosen := settings{
		"aws:region":       "ap-northeast-1",
		"torii:network":    settings{"zones": []string{"ap-northeast-1a", "ap-northeast-1c"}, "nat": "instance"},
		"torii:operations": settings{"protect": false},
		"torii:workloads": settings{
			"legacy": settings{"kind": "fleet", "expose": []string{"nlb", "clb"}, "min": 1},
		},
	}
	s.up("TLS ends at the load balancers", chosen)
	c := s.ask()
	network, before := c.balancer(elbtypes.LoadBalancerTypeEnumNetwork)
	assert.Equal(t, elbtypes.ProtocolEnumTls, before.Protocol)
	assert.Equal(t, map[int32]string{80: "HTTP", 443: "HTTPS"}, c.classicWays())

	chosen.set("torii:authority/clients", []string{"partner-a"})
	chosen.set("torii:workloads/legacy/tls", "instance")
	s.up("TLS ends on the servers", chosen)
	same, through := c.balancer(elbtypes.LoadBalancerTypeEnumNetwork)
	assert.Equal(t, network.LoadBalancerArn, same.LoadBalancerArn, "whose name clients have noted")
	assert.Equal(t, elbtypes.ProtocolEnumTcp, through.Protocol)
	assert.Equal(t, map[int32]string{443: "TCP"}, c.classicWays())
	require.Len(t, c.classicBalancer().LoadBalancerDescriptions[0].BackendServerDescriptions, 1)
	s.unchanged(chosen)

	delete(chosen, "torii:authority")
	chosen.set("torii:workloads/legacy/tls", "edge")
	s.up("TLS ends at the load balancers again", chosen)
	_, again := c.balancer(elbtypes.LoadBalancerTypeEnumNetwork)
	assert.Equal(t, elbtypes.ProtocolEnumTls, again.Protocol)
	assert.Equal(t, map[int32]string{80: "HTTP", 443: "HTTPS"}, c.classicWays())
	for _, each := range c.classicBalancer().LoadBalancerDescriptions[0].BackendServerDescriptions {
		assert.Empty(t, each.PolicyNames, "the servers take no PROXY header any more")
	}
	assert.Empty(t, c.parametersBelow("/torii/changing/"))
	s.unchanged(chosen)
	s.destroyed(chosen)
}

// classicWays are the protocols that the only classic load balancer takes, by port.
func (c clients) classicWays() map[int32]string {
	c.t.Helper()
	ways := map[int32]string{}
	for _, each := range c.classicBalancer().LoadBalancerDescriptions[0].ListenerDescriptions {
		ways[each.Listener.LoadBalancerPort] = *each.Listener.Protocol
	}
	return ways
}
