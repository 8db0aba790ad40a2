package check

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// about is what must be known of a stack to judge an answer.
type about struct {
	expected  serials        // certificates that its load balancers answer with; nil when AWS did not say
	authority *x509.CertPool // that signs the certificates of machines that end TLS themselves; nil without
	asks      bool           // whether the gate asks clients for a certificate
	closed    bool           // whether only some addresses may come
	guarded   bool           // whether a web ACL may refuse us
	days      int            // that certificates must still be good, from now on
	now       time.Time
}

// addresses calls each address that the stack says it has, as a stranger would.
func (a *asker) addresses(ctx context.Context) ([]Finding, error) {
	targets := map[string]string{}
	for name, address := range a.Outputs.URLs {
		targets["address "+name] = address
	}
	for name, fleet := range a.Outputs.Fleets {
		for by, address := range fleet.URLs {
			if address != a.Outputs.URLs[name] {
				targets["address "+name+" by "+by] = address
			}
		}
	}
	known := a.about()
	var all []Finding
	for _, what := range sorted(targets) {
		if a.NoURLs != "" {
			all = append(all, skipped(what, a.NoURLs))
			continue
		}
		got := call(ctx, targets[what], "")
		// Without a domain a host is in no DNS, and people ask the gate for it by name.
		if unknown(got.err) && !a.domain && a.Outputs.LoadBalancerDNS != "" {
			got = call(ctx, targets[what], a.Outputs.LoadBalancerDNS)
			got.forced = true
		}
		all = append(all, judgeAnswer(what, targets[what], got, known))
	}
	return all, nil
}

// unknown tells whether a name is in no DNS.
func unknown(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

func (a *asker) about() about {
	known := about{
		expected: a.expected, guarded: a.Outputs.WebACLARN != "", days: a.CertificateDays, now: a.Now(),
		asks: a.Outputs.Authority != "" || len(a.Outputs.Issued) > 0,
		closed: a.Outputs.has(func(f Flow) bool {
			return f.From == internet && len(f.Ranges) > 0 && !slices.Contains(f.Ranges, everywhere)
		}),
	}
	if a.Outputs.Authority != "" {
		known.authority = x509.NewCertPool()
		known.authority.AppendCertsFromPEM([]byte(a.Outputs.Authority))
	}
	return known
}

// byGate is what load balancers call themselves, by which their own answers are known from those of what stands behind.
const byGate = "awselb/2.0"

// judgeAnswer judges what an address answered.
func judgeAnswer(what, address string, got answer, known about) Finding {
	machines := false // whether a machine of the stack ends TLS, and not a load balancer
	if len(got.chain) > 0 && known.expected != nil {
		by, why := signed(got.chain, address, known)
		if why != "" {
			return failed(what, "it answers with a certificate that is not the stack's: "+why,
				"see where its name leads, and what pulumi preview says")
		}
		machines = by == byAuthority
		end := judgeEnd(what, &got.chain[0].NotAfter, "pulumi up makes a new one in its last renewDays", known.days, known.now)
		if machines && end.Verdict == Failed {
			end.Why = "its machines' certificate: " + end.Why
			return end
		}
	}
	if got.err != nil {
		return judgeSilence(what, address, got, known)
	}
	said := fmt.Sprintf("%s answers %d", address, got.status)
	if got.forced {
		said += " at the load balancer, as its host is in no DNS"
	}
	look := "see what stands behind the load balancer: its health, its log"
	switch {
	case got.status == http.StatusBadRequest && machines:
		return fine(what, "%s, as it asks for a client certificate", said)
	case got.status == http.StatusForbidden && got.server == byGate && known.guarded:
		return skipped(what, said+": the web ACL refuses this machine, so that nothing is known of the workload")
	case got.status == http.StatusNotFound && got.server == byGate:
		return failed(what, said+": the gate leads this host nowhere", "its listener rule was changed; pulumi up --refresh puts it back")
	case got.status >= http.StatusInternalServerError:
		return pending(what, said, look)
	}
	return fine(what, "%s", said)
}

// judgeSilence judges an address that gave no answer.
func judgeSilence(what, address string, got answer, known about) Finding {
	var timeout net.Error
	why := fmt.Sprintf("%s does not answer: %v", address, cause(got.err))
	switch {
	case len(got.chain) > 0 && known.asks:
		return fine(what, "%s lets nobody in without a client certificate", address)
	case unknown(got.err) && !got.forced:
		return pending(what, "the name of "+address+" leads nowhere",
			"see that the domain's registrar names the hosted zone's name servers; pulumi up --refresh puts its record back")
	case known.closed && errors.As(got.err, &timeout) && timeout.Timeout():
		return skipped(what, address+" does not answer this machine, and torii:edge.allowedCidrs lets only some addresses in")
	}
	return pending(what, why, "see the load balancer, its security group and what stands behind it")
}

// cause takes off an error what repeats the address.
func cause(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}

// Who signed a certificate.
const (
	byListener  = "listener" // it is one that a load balancer was given
	byAuthority = "authority"
)

// signed says who signed a certificate, or what is wrong with it.
func signed(chain []*x509.Certificate, address string, known about) (by, wrong string) {
	leaf := chain[0]
	host := hostOf(address)
	described := fmt.Sprintf("that of %s, by %s", subject(leaf), leaf.Issuer.CommonName)
	if known.expected[leaf.SerialNumber.Text(16)] {
		// A self-signed one may be for no name at all that anybody uses.
		if leaf.Issuer.String() != leaf.Subject.String() && leaf.VerifyHostname(host) != nil {
			return "", described + ", which is not for " + host
		}
		return byListener, ""
	}
	if known.authority == nil {
		return "", described
	}
	between := x509.NewCertPool()
	for _, each := range chain[1:] {
		between.AddCert(each)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: known.authority, Intermediates: between, DNSName: host}); err != nil {
		return "", described + " (" + err.Error() + ")"
	}
	return byAuthority, ""
}

func subject(c *x509.Certificate) string {
	if len(c.DNSNames) > 0 {
		return c.DNSNames[0]
	}
	return c.Subject.CommonName
}

func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return address
	}
	return parsed.Hostname()
}
