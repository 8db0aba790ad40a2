package settings

import (
	"maps"
	"slices"
)

// checkHosts reports hosts that the gate could not tell apart or could not serve.
func checkHosts(ps *Problems, s Settings) {
	owners := map[string]string{}
	for _, name := range s.Names() {
		fargate := s.Workloads[name].Fargate
		if fargate == nil {
			continue
		}
		at := "torii:workloads." + name + ".host"
		host := fargate.Host
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
	if s.Network.NAT != NATNone {
		return
	}
	for _, name := range s.Names() {
		fargate := s.Workloads[name].Fargate
		if fargate == nil {
			continue
		}
		for _, needed := range fargate.endpoints() {
			if !slices.Contains(s.Network.Endpoints, needed) {
				ps.refuse("torii:network.endpoints", s.Network.Endpoints,
					"lacks %s, which workload %s needs when nat is none; add it", needed, name)
			}
		}
	}
}

// endpoints are the private ways a Fargate task needs when there is no other way out:
// its image, its logs, and its secrets.
func (f Fargate) endpoints() []string {
	needed := []string{EndpointECR, EndpointLogs}
	services := map[string]bool{}
	for _, arn := range f.Secrets {
		services[SecretService(arn)] = true
	}
	if services["secretsmanager"] {
		needed = append(needed, EndpointSecretsManager)
	}
	if services["ssm"] {
		needed = append(needed, EndpointSSM)
	}
	return needed
}

// HasGate says whether any workload is reached through the gate.
func (s Settings) HasGate() bool {
	for _, workload := range s.Workloads {
		if workload.Kind == KindFargate {
			return true
		}
	}
	return false
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
