package authority

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Check says in plain words what keeps an authority that is brought from working, each a sentence about the PEMs given.
// What it lets pass, nginx and a trust store of AWS take as well. Without a key pass "", without lists too.
func Check(certificates, key, revocationLists string) []string {
	return checkAt(time.Now(), certificates, key, revocationLists)
}

func checkAt(now time.Time, text, key, lists string) []string {
	if strings.Contains(text, "PRIVATE KEY") {
		return []string{"holds a private key, which does not belong there; whoever has seen it can sign certificates"}
	}
	all, err := certificates(text)
	if err != nil {
		return []string{fmt.Sprintf("cannot be read: %v", err)}
	}
	c := &checker{now: now, all: all}
	for i, each := range all {
		c.certificate(each)
		if slices.ContainsFunc(all[:i], each.Equal) {
			c.say("%s is there twice", named(each))
		}
	}
	if len(c.problems) == 0 {
		c.chains()
	}
	if key != "" {
		c.key(key)
	}
	c.lists(lists, key != "")
	return c.problems
}

// checker gathers what is wrong with an authority.
type checker struct {
	now      time.Time
	all      []*x509.Certificate
	problems []string
}

func (c *checker) say(format string, values ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, values...))
}

// named is a certificate for people.
func named(certificate *x509.Certificate) string {
	return fmt.Sprintf("%q", certificate.Subject.String())
}

// weak are signatures that neither AWS nor today's OpenSSL takes.
var weak = []x509.SignatureAlgorithm{
	x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.DSAWithSHA256, x509.ECDSAWithSHA1,
}

// certificate checks one for itself. Source: "Mutual authentication with TLS in Application Load Balancer" for versions,
// kinds of keys and signatures.
func (c *checker) certificate(each *x509.Certificate) {
	if each.Version != 3 {
		c.say("%s is of X.509 version %d, not 3", named(each), each.Version)
	}
	if !each.BasicConstraintsValid || !each.IsCA {
		c.say("%s is no authority's: its basic constraints do not say CA:TRUE", named(each))
	}
	if each.KeyUsage != 0 && each.KeyUsage&x509.KeyUsageCertSign == 0 {
		c.say("%s may not sign certificates: its key usage lacks keyCertSign", named(each))
	}
	if c.now.Before(each.NotBefore) {
		c.say("%s is good from %s on only", named(each), each.NotBefore.UTC().Format(time.RFC3339))
	}
	if !c.now.Before(each.NotAfter) {
		c.say("%s has ended on %s", named(each), each.NotAfter.UTC().Format(time.RFC3339))
	}
	if slices.Contains(weak, each.SignatureAlgorithm) {
		c.say("%s is signed with %s, which is broken", named(each), each.SignatureAlgorithm)
	}
	switch public := each.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits < leafBits {
			c.say("%s has an RSA key of %d bits; %d are the least", named(each), bits, leafBits)
		}
	case *ecdsa.PublicKey:
		if !slices.Contains([]elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}, public.Curve) {
			c.say("%s has a key on the curve %s; P-256, P-384 and P-521 will do", named(each), public.Params().Name)
		}
	default:
		c.say("%s has a key that is neither RSA nor ECDSA", named(each))
	}
}

// highest is how many authorities nginx follows one above the other.
const highest = 3

// chains checks that every certificate leads up to a root that is there as well: nginx trusts nothing else.
func (c *checker) chains() {
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	for _, each := range c.all {
		if selfSigned(each) {
			roots.AddCert(each)
		} else {
			between.AddCert(each)
		}
	}
	for _, each := range c.all {
		above := func(other *x509.Certificate) bool { return bytes.Equal(other.RawSubject, each.RawIssuer) }
		if !slices.ContainsFunc(c.all, above) {
			c.say("the authority above %s is missing: %q", named(each), each.Issuer.String())
			continue
		}
		chains, err := each.Verify(x509.VerifyOptions{
			Roots: roots, Intermediates: between, CurrentTime: c.now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		})
		var stranger x509.UnknownAuthorityError
		switch {
		case errors.As(err, &stranger):
			c.say("%s is not signed by the %q that is there", named(each), each.Issuer.String())
		case err != nil:
			c.say("%s does not lead up to a root: %v", named(each), err)
		case len(chains[0]) > highest:
			c.say("%s has more than %d authorities one above the other", named(each), highest)
		default:
			c.below(chains[0])
		}
	}
}

// below checks that every authority may have as many below it as it has. The last of these signs clients' certificates,
// so it counts as one, which Go does not know here.
func (c *checker) below(chain []*x509.Certificate) {
	for i, each := range chain {
		if limited := each.MaxPathLen > 0 || each.MaxPathLenZero; limited && i > each.MaxPathLen {
			c.say("%s may have at most %d authorities below it, and %s is one too many", named(each), each.MaxPathLen, named(chain[0]))
		}
	}
}

// key checks the key of the certificate that signs.
func (c *checker) key(text string) {
	signer, err := privateKey(text)
	if err != nil {
		c.say("the key cannot be read: %v", err)
		return
	}
	first := c.all[0]
	if public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(first.PublicKey) {
		c.say("the key is not that of the first certificate, %s", named(first))
	}
	if first.KeyUsage != 0 && first.KeyUsage&x509.KeyUsageCRLSign == 0 {
		c.say("%s may not revoke certificates: its key usage lacks cRLSign", named(first))
	}
}

// partial marks a list that has only the changes since another one.
var partial = asn1.ObjectIdentifier{2, 5, 29, 27}

// lists checks the revocation lists. Once nginx has one it wants one of each authority, and turns everybody away without.
// With the key, the stack makes that of the first.
func (c *checker) lists(text string, signs bool) {
	all, err := revocationLists(text)
	if err != nil {
		c.say("the revocation lists cannot be read: %v", err)
		return
	}
	covered := make([]bool, len(c.all))
	for i, list := range all {
		by := slices.IndexFunc(c.all, func(each *x509.Certificate) bool {
			return bytes.Equal(each.RawSubject, list.RawIssuer) && list.CheckSignatureFrom(each) == nil
		})
		switch {
		case by < 0:
			c.say("revocation list %d, of %q, is signed by none of the certificates", i+1, list.Issuer.String())
			continue
		case by == 0 && signs:
			c.say("revocation list %d is of %s, which has its list made here", i+1, named(c.all[by]))
		case covered[by]:
			c.say("there is more than one revocation list of %s", named(c.all[by]))
		}
		covered[by] = true
		if c.now.Before(list.ThisUpdate) || !c.now.Before(list.NextUpdate) {
			c.say("the revocation list of %s is good from %s to %s only; nginx turns everybody away at other times", named(c.all[by]),
				list.ThisUpdate.UTC().Format(time.RFC3339), list.NextUpdate.UTC().Format(time.RFC3339))
		}
		for _, extension := range list.Extensions {
			if extension.Id.Equal(partial) {
				c.say("the revocation list of %s is a delta, which has not all that is revoked", named(c.all[by]))
			}
		}
	}
	if signs {
		covered[0] = true
	}
	if !slices.Contains(covered, true) {
		return
	}
	for i, each := range c.all {
		if !covered[i] {
			c.say("the revocation list of %s is missing; when there is one, each authority needs its own", named(each))
		}
	}
}
