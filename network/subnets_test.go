package network_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/network"
)

func TestPlanSubnetsOfTheDefaultRange(t *testing.T) {
	plan, err := network.PlanSubnets("10.0.0.0/16", []string{"ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"})
	require.NoError(t, err)
	assert.Equal(t, []network.ZoneSubnets{
		{Zone: "ap-northeast-1a", Slot: 0, Private: "10.0.0.0/20", Public: "10.0.128.0/21"},
		{Zone: "ap-northeast-1c", Slot: 2, Private: "10.0.32.0/20", Public: "10.0.144.0/21"},
		{Zone: "ap-northeast-1d", Slot: 3, Private: "10.0.48.0/20", Public: "10.0.152.0/21"},
	}, plan)
}

func TestPlanSubnetsOfTheSmallestRange(t *testing.T) {
	plan, err := network.PlanSubnets("192.168.4.0/22", []string{"us-east-1h"})
	require.NoError(t, err)
	assert.Equal(t, []network.ZoneSubnets{
		{Zone: "us-east-1h", Slot: 7, Private: "192.168.5.192/26", Public: "192.168.6.224/27"},
	}, plan)
}

func TestPlanTiers(t *testing.T) {
	where, err := network.PlanTiers("10.0.0.0/16")
	require.NoError(t, err)
	assert.Equal(t, network.Tiers{Private: "10.0.0.0/17", Public: "10.0.128.0/18"}, where)
}

func TestPlanSubnetsRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		cidr  string
		zones []string
		want  string
	}{
		"a range too small": {"10.0.0.0/23", []string{"x-1a"},
			"planning subnets: 10.0.0.0/23 is not an IPv4 range of /16 to /22"},
		"a range too large": {"10.0.0.0/15", []string{"x-1a"},
			"planning subnets: 10.0.0.0/15 is not an IPv4 range of /16 to /22"},
		"a range that starts in the middle": {"10.0.1.0/16", []string{"x-1a"},
			"planning subnets: 10.0.1.0/16 is not an IPv4 range of /16 to /22"},
		"IPv6": {"2001:db8::/32", []string{"x-1a"},
			"planning subnets: 2001:db8::/32 is not an IPv4 range of /16 to /22"},
		"no range at all": {"ten", []string{"x-1a"},
			"planning subnets: invalid CIDR address: ten"},
		"a zone without a letter": {"10.0.0.0/16", []string{"x-1"},
			`planning subnets of zone "x-1": its name must end in a letter from a to h`},
		"an empty zone": {"10.0.0.0/16", []string{""},
			`planning subnets of zone "": its name must end in a letter from a to h`},
		"two zones of one letter": {"10.0.0.0/16", []string{"x-1a", "y-1a"},
			`planning subnets of zone "y-1a": it has the same letter as "x-1a"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := network.PlanSubnets(test.cidr, test.zones)
			require.EqualError(t, err, test.want)
		})
	}
}

// TestPlanSubnetsNeverOverlapOrMove goes through every set of up to four zones in every
// size of VPC: subnets lie in the VPC and in their tier, overlap nowhere, and a zone has
// the same ones whatever other zones there are.
func TestPlanSubnetsNeverOverlapOrMove(t *testing.T) {
	letters := []string{"r-1a", "r-1b", "r-1c", "r-1d", "r-1e", "r-1f", "r-1g", "r-1h"}
	for bits := 16; bits <= 22; bits++ {
		vpc := netip.PrefixFrom(netip.MustParseAddr("10.64.0.0"), bits)
		where, err := network.PlanTiers(vpc.String())
		require.NoError(t, err)
		home := map[string]network.ZoneSubnets{}
		for set := 1; set < 1<<len(letters); set++ {
			var zones []string
			for i, letter := range letters {
				if set&(1<<i) != 0 {
					zones = append(zones, letter)
				}
			}
			if len(zones) > 4 {
				continue
			}
			plan, err := network.PlanSubnets(vpc.String(), zones)
			require.NoError(t, err)
			var taken []netip.Prefix
			for _, each := range plan {
				if first, seen := home[each.Zone]; seen {
					require.Equal(t, first, each)
				}
				home[each.Zone] = each
				private, public := netip.MustParsePrefix(each.Private), netip.MustParsePrefix(each.Public)
				require.True(t, within(private, netip.MustParsePrefix(where.Private)))
				require.True(t, within(public, netip.MustParsePrefix(where.Public)))
				require.True(t, within(netip.MustParsePrefix(where.Private), vpc))
				require.True(t, within(netip.MustParsePrefix(where.Public), vpc))
				// A load balancer takes no subnet smaller than /27.
				require.LessOrEqual(t, public.Bits(), 27)
				for _, other := range taken {
					require.False(t, other.Overlaps(private) || other.Overlaps(public))
				}
				taken = append(taken, private, public)
			}
		}
	}
}

func within(inner, outer netip.Prefix) bool {
	return inner.Bits() >= outer.Bits() && outer.Contains(inner.Addr())
}
