package stack

import (
	"strings"

	"torii/compute/fleet/guest"
	"torii/security"
	"torii/stack/settings"
)

// fleetFlows are the connections of a fleet: from each load balancer before it, and out for
// what it installs and calls.
func fleetFlows(name string, f settings.Fleet, s settings.Settings) []security.Flow {
	var table []security.Flow
	for _, by := range f.Expose {
		from := gateway
		if by != settings.ExposeALB {
			from = settings.BalancerParty(name, by)
			table = append(table, balancerFlows(from, by, f, s.Edge.AllowedCIDRs)...)
		}
		table = append(table, serverFlows(from, name, by, f)...)
	}
	table = append(table, endpointFlows(name, s.Network)...)
	if s.Network.NAT == settings.NATNone {
		return append(table, security.Flow{From: name, To: security.S3, Port: portHTTPS, Why: "packages"})
	}
	return append(table, security.Flow{From: name, To: security.Internet, Port: portHTTPS, Why: "packages, AWS, and what the servers call"})
}

// serverFlows are the connections from a load balancer to a fleet's servers. Who asks clients
// for a certificate would ask health checks too, so those have a port of their own.
func serverFlows(from, name, by string, f settings.Fleet) []security.Flow {
	if f.TLS != settings.TLSInstance {
		return []security.Flow{{From: from, To: name, Port: f.Port, Why: "requests and health checks"}}
	}
	return []security.Flow{
		{From: from, To: name, Port: f.Port, Why: "requests, in TLS that ends on the servers"},
		{From: from, To: name, Port: healthPort(by, f), Why: "health checks, without a certificate"},
	}
}

// healthPort is where a load balancer asks after a server's health.
func healthPort(by string, f settings.Fleet) int {
	switch {
	case f.TLS != settings.TLSInstance:
		return f.Port
	case by == settings.ExposeNLB:
		return guest.ProxiedHealthPort
	default:
		return guest.HealthPort
	}
}

// balancerFlows are the connections from clients to a fleet's own load balancer. A classic
// one listens to HTTP beside HTTPS, so that servers can say where HTTPS is.
func balancerFlows(party, by string, f settings.Fleet, open []string) []security.Flow {
	from := func(port int, why string) security.Flow {
		return security.Flow{From: security.Internet, To: party, Port: port, Why: why, Open: open}
	}
	switch {
	case f.TLS == settings.TLSInstance:
		return []security.Flow{from(portHTTPS, "clients with a certificate: "+admitted(f))}
	case f.TLS == settings.TLSOff:
		return []security.Flow{from(portHTTP, "clients, unencrypted")}
	case by == settings.ExposeCLB:
		return []security.Flow{from(portHTTPS, "clients"), from(portHTTP, "redirected to HTTPS by the servers")}
	default:
		return []security.Flow{from(portHTTPS, "clients")}
	}
}

// admitted says which clients a fleet lets in.
func admitted(f settings.Fleet) string {
	if len(f.Clients) == 0 {
		return "all that the authority vouches for"
	}
	return strings.Join(f.Clients, ", ")
}
