package authority_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/edge/authority"
)

func TestCheck(t *testing.T) {
	root := newIssuer(t, "root", nil)
	below := newIssuer(t, "below", &root)
	third := newIssuer(t, "third", &below)
	fourth := newIssuer(t, "fourth", &third)
	other := newIssuer(t, "other", nil)
	again := newIssuer(t, "root", nil) // another key under the same name
	over := time.Now().Add(-time.Minute)
	ended := newIssuer(t, "ended", nil, func(c *x509.Certificate) { c.NotAfter = over })
	future := newIssuer(t, "future", nil, func(c *x509.Certificate) {
		c.NotBefore = time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)
		c.NotAfter = c.NotBefore
	})
	leaf := newIssuer(t, "leaf", nil, func(c *x509.Certificate) { c.IsCA = false; c.KeyUsage = 0 })
	mute := newIssuer(t, "mute", nil, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign })
	unrevoking := newIssuer(t, "unrevoking", nil, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign })
	unlimited := newIssuer(t, "unlimited", nil, func(c *x509.Certificate) { c.KeyUsage = 0 })
	shallow := newIssuer(t, "shallow", nil, func(c *x509.Certificate) { c.MaxPathLenZero = true })
	tooDeep := newIssuer(t, "deep", &shallow)

	for _, test := range []struct {
		name             string
		text, key, lists string
		want             []string
	}{
		{"a root", root.certificate, root.key, "", nil},
		{"a root without its key", root.certificate, "", "", nil},
		{"two roots", root.certificate + other.certificate, "", "", nil},
		{"their lists", root.certificate + other.certificate, "", other.list(t, 5) + root.list(t), nil},
		{"a chain with the root's list", below.certificate + root.certificate, below.key, root.list(t), nil},
		{"a chain without a key", below.certificate + root.certificate, "", "", nil},
		{"no restriction of use", unlimited.certificate, unlimited.key, "", nil},
		{"text between", "# ours\n" + root.certificate + "\n\n" + other.certificate, "", "", nil},
		{"nothing", "", "", "", []string{"cannot be read: there is no certificate in PEM"}},
		{"no PEM", "MIIB", "", "", []string{"cannot be read: there is no certificate in PEM"}},
		{"cut", root.certificate[:200], "", "", []string{"cannot be read: a PEM block is damaged"}},
		{"cut in the middle", root.certificate[:200] + other.certificate, "", "", []string{"cannot be read: a PEM block is damaged"}},
		{"a list", root.list(t), "", "", []string{"cannot be read: there is a X509 CRL where only CERTIFICATE is wanted"}},
		{"a key in it", root.certificate + root.key, "", "",
			[]string{"holds a private key, which does not belong there; whoever has seen it can sign certificates"}},
		{"twice", root.certificate + root.certificate, "", "", []string{`"CN=root" is there twice`}},
		{"ended", ended.certificate, "", "", []string{`"CN=ended" has ended on ` + over.UTC().Format(time.RFC3339)}},
		{"not yet", future.certificate, "", "",
			[]string{`"CN=future" is good from 2090-01-01T00:00:00Z on only`}},
		{"a leaf", leaf.certificate, "", "", []string{`"CN=leaf" is no authority's: its basic constraints do not say CA:TRUE`}},
		{"may not sign", mute.certificate, "", "", []string{`"CN=mute" may not sign certificates: its key usage lacks keyCertSign`}},
		{"may not revoke", unrevoking.certificate, unrevoking.key, "",
			[]string{`"CN=unrevoking" may not revoke certificates: its key usage lacks cRLSign`}},
		{"need not revoke", unrevoking.certificate, "", "", nil},
		{"no root", below.certificate, "", "", []string{`the authority above "CN=below" is missing: "CN=root"`}},
		{"another root of that name", below.certificate + again.certificate, "", "",
			[]string{`"CN=below" is not signed by the "CN=root" that is there`}},
		{"path length", tooDeep.certificate + shallow.certificate, "", "",
			[]string{`"CN=shallow" may have at most 0 authorities below it, and "CN=deep" is one too many`}},
		{"four of them", fourth.certificate + third.certificate + below.certificate + root.certificate, "", "",
			[]string{`"CN=fourth" has more than 3 authorities one above the other`}},
		{"another's key", root.certificate, other.key, "", []string{`the key is not that of the first certificate, "CN=root"`}},
		{"the key of the second", root.certificate + other.certificate, other.key, other.list(t),
			[]string{`the key is not that of the first certificate, "CN=root"`}},
		{"no key", root.certificate, "secret", "", []string{"the key cannot be read: there is no private key in PEM"}},
		{"a certificate as the key", root.certificate, root.certificate, "",
			[]string{"the key cannot be read: there is a CERTIFICATE where a private key is wanted"}},
		{"a password", root.certificate, block("ENCRYPTED PRIVATE KEY", []byte{1}), "",
			[]string{"the key cannot be read: the private key has a password; take it off, Pulumi encrypts the key"}},
		{"a chain without the root's list", below.certificate + root.certificate, below.key, "",
			[]string{`the revocation list of "CN=root" is missing; when there is one, each authority needs its own`}},
		{"a list of what signs here", root.certificate, root.key, root.list(t),
			[]string{`revocation list 1 is of "CN=root", which has its list made here`}},
		{"one list of two", root.certificate + other.certificate, "", root.list(t),
			[]string{`the revocation list of "CN=other" is missing; when there is one, each authority needs its own`}},
		{"two lists of one", root.certificate, "", root.list(t) + root.list(t, 7), []string{`there is more than one revocation list of "CN=root"`}},
		{"a stranger's list", root.certificate, "", other.list(t),
			[]string{`revocation list 1, of "CN=other", is signed by none of the certificates`}},
		{"a namesake's list", root.certificate, "", again.list(t),
			[]string{`revocation list 1, of "CN=root", is signed by none of the certificates`}},
		{"no list", root.certificate, "", "none", []string{"the revocation lists cannot be read: there is no revocation list in PEM"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, authority.Check(test.text, test.key, test.lists))
		})
	}
}

// TestCheckLists has lists that are out of date or have not everything.
func TestCheckLists(t *testing.T) {
	root := newIssuer(t, "root", nil)
	from := time.Now().Add(-2 * time.Hour).UTC().Truncate(time.Second)
	list := func(until time.Time, extensions ...pkix.Extension) string {
		der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
			Number: big.NewInt(2), ThisUpdate: from, NextUpdate: until, ExtraExtensions: extensions,
		}, root.parsed, root.signer)
		require.NoError(t, err)
		return block("X509 CRL", der)
	}
	until := from.Add(time.Hour)
	assert.Equal(t, []string{
		`the revocation list of "CN=root" is good from ` + from.Format(time.RFC3339) + " to " + until.Format(time.RFC3339) +
			" only; nginx turns everybody away at other times",
	}, authority.Check(root.certificate, "", list(until)))
	delta := pkix.Extension{Id: []int{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}
	assert.Equal(t, []string{
		`the revocation list of "CN=root" is a delta, which has not all that is revoked`,
	}, authority.Check(root.certificate, "", list(time.Now().Add(time.Hour), delta)))
}

// TestCheckKeys has the kinds of keys that AWS's trust stores do not take.
func TestCheckKeys(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	require.NoError(t, err)
	by := newIssuer(t, "root", nil)
	sign := func(public any) string {
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "weak"}, NotBefore: time.Now().Add(-time.Hour),
			NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		}, by.parsed, public, by.signer)
		require.NoError(t, err)
		return block("CERTIFICATE", der)
	}
	assert.Equal(t, []string{`"CN=weak" has an RSA key of 1024 bits; 2048 are the least`}, authority.Check(sign(small.Public())+by.certificate, "", ""))
	assert.Equal(t, []string{`"CN=weak" has a key on the curve P-224; P-256, P-384 and P-521 will do`},
		authority.Check(sign(curve.Public())+by.certificate, "", ""))
}

// TestKeysInAllForms has one key as OpenSSL writes it in its several ways.
func TestKeysInAllForms(t *testing.T) {
	root := newIssuer(t, "root", nil)
	packed, err := x509.MarshalPKCS8PrivateKey(root.signer)
	require.NoError(t, err)
	parameters := block("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7})
	for _, key := range []string{root.key, parameters + root.key, block("PRIVATE KEY", packed), "\n" + strings.ReplaceAll(root.key, "\n", "\r\n")} {
		assert.Empty(t, authority.Check(root.certificate, key, ""))
	}
}

// FuzzCheck: whatever stands in a stack file is answered in sentences.
func FuzzCheck(f *testing.F) {
	f.Add("", "", "")
	f.Add(block("CERTIFICATE", []byte{0x30, 0}), block("EC PRIVATE KEY", []byte{0x30, 0}), block("X509 CRL", []byte{0x30, 0}))
	f.Add("-----BEGIN CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----", "-----BEGIN X509 CRL-----")
	f.Fuzz(func(t *testing.T, certificates, key, lists string) {
		for _, problem := range authority.Check(certificates, key, lists) {
			assert.NotEmpty(t, problem)
		}
	})
}
