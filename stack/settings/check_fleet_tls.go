package settings

import "slices"

// taken are the ports of a machine with tls instance that an application cannot have: nginx listens there, for clients
// and for health checks. A test compares them with what nginx is told.
var taken = []int{portTLS, 7080, 7081}

// checkTLS reports a place to end TLS that there is not, or that a load balancer does not know.
func (f *Fleet) checkTLS(ps *Problems, at string) {
	switch f.TLS {
	case TLSEdge:
	case TLSOff:
		if f.Exposes(ExposeALB) {
			ps.refuse(at+"tls", f.TLS, "is not allowed with %s in expose, which sends plain HTTP to HTTPS; choose %s, or take %s out",
				ExposeALB, TLSEdge, ExposeALB)
		}
	case TLSInstance:
		if f.Exposes(ExposeALB) {
			ps.refuse(at+"tls", f.TLS, "is not allowed with %s in expose, which ends TLS itself; take %s out, "+
				"or choose %s and have the gate ask for certificates with torii:edge.clientAuth %s",
				ExposeALB, ExposeALB, TLSEdge, ClientAuthVerify)
		}
	default:
		ps.refuse(at+"tls", f.TLS, "is not allowed; choose %s", list([]string{TLSEdge, TLSOff, TLSInstance}))
	}
}

// checkInstanceTLS reports what tls instance lacks, and what is for it alone.
func (f *Fleet) checkInstanceTLS(ps *Problems, at string, s Settings) {
	if f.TLS != TLSInstance {
		const only = "is for tls %s only, and tls is %s; take it out, or change that"
		if len(f.Clients) > 0 {
			ps.refuse(at+"clients", f.Clients, only, TLSInstance, f.TLS)
		}
		if f.Application != 0 {
			ps.refuse(at+"application", f.Application, only, TLSInstance, f.TLS)
		}
		return
	}
	if !s.HasAuthority() {
		ps.refuse(at+"tls", f.TLS,
			"lets nobody in, since nobody has a certificate; name somebody in torii:authority.clients, or bring an authority")
	}
	if f.Port != portTLS {
		ps.refuse(at+"port", f.Port, "is not allowed with tls %s, which is at %d; take it out", TLSInstance, portTLS)
	}
	f.checkClients(ps, at, s.Authority)
	switch {
	case f.Application == 0:
	case f.Application < 1 || f.Application > maxPort:
		ps.refuse(at+"application", f.Application, "is not allowed; choose 1 to %d, or 0 for a page", maxPort)
	case slices.Contains(taken, f.Application):
		ps.refuse(at+"application", f.Application, "is where nginx listens; choose a port other than %s", list(texts(taken)))
	case f.UserData == "":
		ps.refuse(at+"application", f.Application, "is where nothing would answer; give userData that installs the application")
	}
}

// checkClients reports clients that nobody gives a certificate to.
func (f *Fleet) checkClients(ps *Problems, at string, a Authority) {
	if len(f.Clients) > 0 && !a.Issues() {
		ps.refuse(at+"clients", f.Clients, "cannot be told apart, since torii:authority has no key and you name the clients; take it out")
		return
	}
	seen := map[string]bool{}
	for i, name := range f.Clients {
		if !slices.Contains(a.Clients, name) {
			ps.refuse(indexed(at+"clients", i), name, "is none of torii:authority.clients %s; add it there, or take it out", show(a.Clients))
		}
		ps.twice(indexed(at+"clients", i), name, seen)
	}
}
