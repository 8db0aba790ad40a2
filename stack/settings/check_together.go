package settings

import (
	"maps"
	"slices"
	"strings"
)

// checkHosts reports hosts that nothing could tell apart or serve.
func checkHosts(ps *Problems, s Settings) {
	owners := map[string]string{}
	for _, name := range s.Names() {
		host, behindGate := s.Workloads[name].Site()
		fleet := s.Workloads[name].Fleet
		if !behindGate && fleet == nil {
			continue
		}
		// A load balancer of a fleet's own has a name of its own, for which ACM gives no certificate.
		needsHost := behindGate || fleet.TLS == TLSEdge && s.Edge.Certificate == CertificateACM
		at := "torii:workloads." + name + ".host"
		first, taken := owners[host]
		switch {
		case host == "" && !needsHost:
			continue
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
	if len(s.Edge.OtherStackPorts) > 0 && !s.HasGate() {
		ps.refuse("torii:edge.otherStackPorts", "["+strings.Join(texts(s.Edge.OtherStackPorts), ", ")+"]",
			"is for services behind the gate, and no workload here has one; take it out")
	}
	checkHubTogether(ps, s)
	checkTeams(ps, s)
	checkOwnBalancers(ps, s)
	checkAskers(ps, s)
	checkEndpoints(ps, s)
}

// checkOwnBalancers reports fleets whose load balancers take a name, or cannot do what the gate does.
func checkOwnBalancers(ps *Problems, s Settings) {
	for _, name := range s.Names() {
		fleet := s.Workloads[name].Fleet
		if fleet == nil {
			continue
		}
		for _, way := range fleet.OwnBalancers() {
			party := BalancerParty(name, way)
			if _, taken := s.Workloads[party]; taken {
				ps.refuse("torii:workloads."+party, party, "is the name of a load balancer of workload %s; choose a different one", name)
			}
		}
	}
	fleets := slices.DeleteFunc(s.Names(), func(name string) bool { return s.Workloads[name].Fleet == nil })
	if s.HasGate() || len(fleets) == 0 {
		return
	}
	const why = "is a rule of the gate's web ACL, and no load balancer of workload %s has one; " +
		"add %s to its expose, or take the rule out"
	if len(s.Edge.AllowedCountries) > 0 {
		ps.refuse("torii:edge.allowedCountries", s.Edge.AllowedCountries, why, fleets[0], ExposeALB)
	}
	if s.Edge.RateLimit != 0 {
		ps.refuse("torii:edge.rateLimit", s.Edge.RateLimit, why, fleets[0], ExposeALB)
	}
}

// checkEndpoints reports private ways into AWS that are needed, since there is no other, and not there.
func checkEndpoints(ps *Problems, s Settings) {
	if s.Network.NAT != NATNone {
		return
	}
	for _, name := range s.Names() {
		chosen := s.Workloads[name].chosen()
		if chosen == nil {
			continue
		}
		ps.lackEndpoints(s.Network.Endpoints, chosen.endpoints(s), "workload "+name)
	}
	if s.Bastion.Enabled {
		ps.lackEndpoints(s.Network.Endpoints, s.Bastion.endpoints(s), "the bastion")
	}
}

// lackEndpoints reports those that somebody needs and that are not there.
func (ps *Problems) lackEndpoints(there, needed []string, who string) {
	for _, name := range needed {
		if !slices.Contains(there, name) {
			ps.refuse("torii:network.endpoints", there, "lacks %s, which %s needs when nat is none; add it", name, who)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
