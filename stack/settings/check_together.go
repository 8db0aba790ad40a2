package settings

import (
	"maps"
	"slices"
)

// checkHosts reports hosts that the gate could not tell apart or could not serve.
func checkHosts(ps *Problems, s Settings) {
	owners := map[string]string{}
	for _, name := range s.Names() {
		host, behindGate := s.Workloads[name].Site()
		if !behindGate {
			continue
		}
		at := "torii:workloads." + name + ".host"
		first, taken := owners[host]
		switch {
		case host == "" && s.Edge.Domain != "":
			ps.missing(at, "is missing; give a name in torii:edge.domain, such as "+name+"."+s.Edge.Domain)
		case host == "" && taken:
			ps.missing(at, "is missing, and workload "+first+" has none either; without a host only one can be reached")
		case host == "":
		case !isHostName(host):
			ps.refuse(at, host, "is not a host name; give one in lower case such as www.example.jp")
		case s.Edge.Domain != "" && !inside(host, s.Edge.Domain):
			ps.refuse(at, host, "is outside torii:edge.domain %s; give a name such as %s.%s", s.Edge.Domain, name, s.Edge.Domain)
		case taken:
			ps.refuse(at, host, "is the host of workload %s as well; give each its own", first)
		}
		if !taken {
			owners[host] = name
		}
	}
}

// checkTogether reports settings that are fine alone and impossible together.
func checkTogether(ps *Problems, s Settings) {
	if zones := s.Network.Zones; len(zones) == 1 && s.HasGate() {
		ps.refuse("torii:network.zones", zones, "is one zone, and a load balancer needs two; name 2 to 4")
	}
	if !s.Network.DualStack && hasIPv6(s.Edge.AllowedCIDRs) {
		ps.refuse("torii:edge.allowedCidrs", s.Edge.AllowedCIDRs,
			"names an IPv6 range, and the gate has IPv4 only; take it out or set torii:network.dualStack")
	}
	if s.Network.DualStack && len(s.Edge.AllowedCIDRs) > 0 && !hasIPv6(s.Edge.AllowedCIDRs) {
		ps.refuse("torii:edge.allowedCidrs", s.Edge.AllowedCIDRs,
			"names no IPv6 range, and torii:network.dualStack invites IPv6 clients; add one such as ::/0 or turn it off")
	}
	checkHubTogether(ps, s)
	checkTeams(ps, s)
	if s.Network.NAT != NATNone {
		return
	}
	for _, name := range s.Names() {
		chosen := s.Workloads[name].chosen()
		if chosen == nil {
			continue
		}
		for _, needed := range chosen.endpoints(s) {
			if !slices.Contains(s.Network.Endpoints, needed) {
				ps.refuse("torii:network.endpoints", s.Network.Endpoints,
					"lacks %s, which workload %s needs when nat is none; add it", needed, name)
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
