package settings

import (
	"regexp"
	"strings"

	"golang.org/x/text/language"
)

// check reports every rule that the settings break. Region is "" when the stack
// leaves it to the environment; zones cannot be checked against it then.
func check(ps *Problems, s Settings, region string) {
	checkNetwork(ps, s.Network, region)
	checkSecurity(ps, s.Security)
	checkEdge(ps, s.Edge)
	checkAuthority(ps, s.Authority)
	checkOperations(ps, s.Operations)
	checkWorkloads(ps, s, region)
	checkBastion(ps, s.Bastion)
	checkTogether(ps, s)
}

// Limits of the gate. Source: ModifyLoadBalancerAttributes and WAFv2's
// RateBasedStatement in the AWS API.
const (
	maxIdleTimeoutSeconds = 4000
	minRateLimit          = 10
	maxRateLimit          = 2_000_000_000
)

func checkEdge(ps *Problems, e Edge) {
	const path = "torii:edge."
	if e.Domain != "" && !isHostName(e.Domain) {
		ps.refuse(path+"domain", e.Domain, "is not a domain name; give one in lower case such as example.jp")
	}
	switch e.Certificate {
	case CertificateSelfSigned:
	case CertificateACM:
		if e.Domain == "" {
			ps.refuse(path+"certificate", e.Certificate,
				"is not allowed without torii:edge.domain, which AWS checks by DNS; set the domain or choose %s", CertificateSelfSigned)
		}
	default:
		ps.refuse(path+"certificate", e.Certificate,
			"is not allowed; choose %s", list([]string{CertificateACM, CertificateSelfSigned}))
	}
	seen := map[string]bool{}
	for i, code := range e.AllowedCountries {
		// WAF takes upper-case alpha-2 codes of countries only, not of regions such as EU.
		if parsed, err := language.ParseRegion(code); err != nil || !parsed.IsCountry() || parsed.String() != code {
			ps.refuse(indexed(path+"allowedCountries", i), code,
				"is not a country; give an ISO 3166 code of two capital letters such as JP")
		}
		ps.twice(indexed(path+"allowedCountries", i), code, seen)
	}
	checkRanges(ps, path+"allowedCidrs", e.AllowedCIDRs)
	if e.RateLimit != 0 && (e.RateLimit < minRateLimit || e.RateLimit > maxRateLimit) {
		ps.refuse(path+"rateLimit", e.RateLimit, "is not allowed; choose %d to %d, or 0 for no limit", minRateLimit, maxRateLimit)
	}
	if e.IdleTimeoutSeconds < 1 || e.IdleTimeoutSeconds > maxIdleTimeoutSeconds {
		ps.refuse(path+"idleTimeoutSeconds", e.IdleTimeoutSeconds, "is not allowed; choose 1 to %d", maxIdleTimeoutSeconds)
	}
	checkPorts(ps, path+"otherStackPorts", e.OtherStackPorts, maxOtherStackPorts)
}

// hostLabel is one part of a host name: RFC 1123, in lower case.
var hostLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// isHostName says whether a name could be a host under some domain: two labels or
// more, 253 characters at most, lower case, since that is how DNS and the gate's
// rules compare it.
func isHostName(name string) bool {
	labels := strings.Split(name, ".")
	if len(name) > 253 || len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if !hostLabel.MatchString(label) {
			return false
		}
	}
	return true
}

// inside says whether a host lies in a domain or is its apex.
func inside(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}
