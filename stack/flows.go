package stack

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"torii/compute/jupyterhub/guest"
	"torii/network"
	"torii/security"
	"torii/stack/settings"
)

// Parties of the flow table that are not workloads and have a security group.
const (
	gateway      = "gateway"
	endpoints    = "endpoints"
	natParty     = "nat"
	bastionParty = "bastion"
)

// Ports of the gate, and the only one that leads out.
const (
	portHTTP  = 80
	portHTTPS = 443
)

// flows derives from the settings who may talk to whom: the one source of every
// security group rule and network ACL.
func flows(s settings.Settings) []security.Flow {
	var table []security.Flow
	if s.HasGate() {
		open, who := s.Edge.AllowedCIDRs, "clients"
		if s.Edge.ClientAuth == settings.ClientAuthVerify {
			who = "clients with a certificate"
		}
		table = append(table,
			security.Flow{From: security.Internet, To: gateway, Port: portHTTPS, Why: who, Open: open},
			security.Flow{From: security.Internet, To: gateway, Port: portHTTP, Why: "redirected to HTTPS", Open: open},
		)
	}
	for _, name := range s.Names() {
		switch workload := s.Workloads[name]; {
		case workload.Fargate != nil:
			table = append(table, fargateFlows(name, *workload.Fargate, s.Network)...)
		case workload.JupyterHub != nil:
			table = append(table, hubFlows(name, s.Network)...)
		case workload.Notebooks != nil:
			table = append(table, notebookFlows(name, *workload.Notebooks, s.Network)...)
		case workload.Fleet != nil:
			table = append(table, fleetFlows(name, *workload.Fleet, s)...)
		}
	}
	if s.HasGate() {
		for _, port := range s.Edge.OtherStackPorts {
			table = append(table, security.Flow{From: gateway, To: security.OtherStacks, Port: port, Why: "services of other stacks"})
		}
	}
	if s.Bastion.Enabled {
		table = append(table, bastionFlows(s)...)
	}
	return append(table, natFlows(table, s)...)
}

// fargateFlows are the connections of a web service: from the gate, and out for what it
// takes to start and for what it calls.
func fargateFlows(name string, f settings.Fargate, n settings.Network) []security.Flow {
	table := []security.Flow{
		{From: gateway, To: name, Port: f.Port, Why: "requests and health checks"},
	}
	table = append(table, endpointFlows(name, n)...)
	if n.NAT == settings.NATNone {
		return append(table, security.Flow{From: name, To: security.S3, Port: portHTTPS, Why: "image layers"})
	}
	return append(table, security.Flow{
		From: name, To: security.Internet, Port: portHTTPS, Why: "image pulls, logs, and what the service calls",
	})
}

// hubFlows are the connections of a JupyterHub: from the gate, and out for what it
// installs and for what notebooks call.
func hubFlows(name string, n settings.Network) []security.Flow {
	table := []security.Flow{
		{From: gateway, To: name, Port: guest.Port, Why: "browsers, websockets and health checks"},
	}
	table = append(table, endpointFlows(name, n)...)
	return append(table, security.Flow{
		From: name, To: security.Internet, Port: portHTTPS, Why: "packages, AWS, and what notebooks call",
	})
}

// notebookFlows are the connections of a team's notebooks: outward only. Session Manager's
// agent calls AWS, and people come in through that call.
func notebookFlows(name string, n settings.Notebooks, in settings.Network) []security.Flow {
	table := endpointFlows(name, in)
	if in.NAT != settings.NATNone {
		return append(table, security.Flow{
			From: name, To: security.Internet, Port: portHTTPS, Why: "Session Manager, packages, and what notebooks call",
		})
	}
	if n.Packages == settings.PackagesNone {
		return table
	}
	table = append(table, security.Flow{From: name, To: security.S3, Port: portHTTPS, Why: "packages"})
	if index, err := url.Parse(n.Packages); err == nil && index.Scheme == "https" {
		table = append(table, security.Flow{From: name, To: security.Network, Port: portHTTPS, Why: "packages from " + index.Host})
	}
	return table
}

// bastionFlows are the connections of the bastion: outward only, as a notebook's.
func bastionFlows(s settings.Settings) []security.Flow {
	table := endpointFlows(bastionParty, s.Network)
	if s.Network.NAT != settings.NATNone {
		table = append(table, security.Flow{From: bastionParty, To: security.Internet, Port: portHTTPS, Why: "Session Manager"})
	}
	for _, port := range s.Bastion.Ports {
		table = append(table, security.Flow{From: bastionParty, To: security.Network, Port: port, Why: "forwarded to people, such as a database"})
	}
	return table
}

// natFlows are the connections through NAT instances, which have security groups, unlike
// NAT gateways: who may go out may reach them.
func natFlows(table []security.Flow, s settings.Settings) []security.Flow {
	if !s.Network.NATInstances() {
		return nil
	}
	var through []security.Flow
	for _, flow := range table {
		if flow.To == security.Internet {
			through = append(through, security.Flow{From: flow.From, To: natParty, Port: flow.Port, Why: "forwarded to the internet"})
		}
	}
	return append(through, security.Flow{
		From: natParty, To: security.Internet, Port: portHTTPS, Why: "what it forwards, and its own packages",
	})
}

// endpointFlows lead a workload to the private ways into AWS, where there are any.
func endpointFlows(name string, n settings.Network) []security.Flow {
	if len(n.Endpoints) == 0 {
		return nil
	}
	return []security.Flow{{
		From: name, To: endpoints, Port: portHTTPS, Why: "private ways into AWS: " + strings.Join(n.Endpoints, ", "),
	}}
}

// groups are the parties that have a security group, in the order of the table.
func groups(s settings.Settings) []string {
	var parties []string
	if s.HasGate() {
		parties = append(parties, gateway)
	}
	for _, name := range s.Names() {
		parties = append(parties, name)
		if fleet := s.Workloads[name].Fleet; fleet != nil {
			for _, by := range fleet.OwnBalancers() {
				parties = append(parties, settings.BalancerParty(name, by))
			}
		}
	}
	if s.Bastion.Enabled {
		parties = append(parties, bastionParty)
	}
	if s.Network.NATInstances() {
		parties = append(parties, natParty)
	}
	if len(s.Network.Endpoints) > 0 {
		parties = append(parties, endpoints)
	}
	return parties
}

// traffic is the flow table as the subnets see it: by where the parties stand. What goes
// through NAT instances is in it as what goes out through NAT, so that one kind of NAT is
// as good as the other to the network ACLs.
func traffic(table []security.Flow, s settings.Settings) ([]network.Traffic, error) {
	public := publicParties(s)
	place := func(party string) network.Place {
		switch {
		case party == security.Internet || party == security.S3:
			return network.Outside
		case public[party]:
			return network.Public
		default:
			return network.Private
		}
	}
	all := make([]network.Traffic, 0, len(table))
	for _, flow := range table {
		if flow.From == natParty || flow.To == natParty {
			continue
		}
		from, to := place(flow.From), place(flow.To)
		if from == network.Outside && to == network.Outside {
			return nil, fmt.Errorf("flow from %s to %s passes no subnet", flow.From, flow.To)
		}
		all = append(all, network.Traffic{
			From: from, To: to, Port: flow.Port, Ranges: slices.Clone(flow.Open),
			ViaNAT: flow.To == security.Internet && s.Network.NAT != settings.NATNone,
		})
	}
	return all, nil
}

// publicParties are those that stand in the public subnets.
func publicParties(s settings.Settings) map[string]bool {
	public := map[string]bool{gateway: true, natParty: true}
	for _, name := range s.Names() {
		if fleet := s.Workloads[name].Fleet; fleet != nil {
			for _, by := range fleet.OwnBalancers() {
				public[settings.BalancerParty(name, by)] = true
			}
		}
	}
	return public
}
