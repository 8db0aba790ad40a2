package authority_test

import (
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
	"torii/internal/certtest"
)

func TestCheck(t *testing.T) {
	root := certtest.Authority(t, "root")
	below := root.Authority(t, "below")
	third := below.Authority(t, "third")
	fourth := third.Authority(t, "fourth")
	other := certtest.Authority(t, "other")
	again := certtest.Authority(t, "root") // another key under the same name
	over := time.Now().Add(-time.Minute)
	ended := certtest.Authority(t, "ended", func(c *x509.Certificate) { c.NotAfter = over })
	future := certtest.Authority(t, "future", func(c *x509.Certificate) {
		c.NotBefore = time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)
		c.NotAfter = c.NotBefore
	})
	leaf := certtest.Authority(t, "leaf", func(c *x509.Certificate) { c.IsCA = false; c.KeyUsage = 0 })
	mute := certtest.Authority(t, "mute", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign })
	unrevoking := certtest.Authority(t, "unrevoking", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign })
	unlimited := certtest.Authority(t, "unlimited", func(c *x509.Certificate) { c.KeyUsage = 0 })
	shallow := certtest.Authority(t, "shallow", func(c *x509.Certificate) { c.MaxPathLenZero = true })
	tooDeep := shallow.Authority(t, "deep")

	for _, test := range []struct {
		name             string
		text, key, lists string
		want             []string
	}{
		{"a root", root.Certificate, root.Key, "", nil},
		{"a root without its key", root.Certificate, "", "", nil},
		{"two roots", root.Certificate + other.Certificate, "", "", nil},
		{"their lists", root.Certificate + other.Certificate, "", other.List(t, big.NewInt(5)) + root.List(t), nil},
		{"a chain with the root's list", below.Certificate + root.Certificate, below.Key, root.List(t), nil},
		{"a chain without a key", below.Certificate + root.Certificate, "", "", nil},
		{"no restriction of use", unlimited.Certificate, unlimited.Key, "", nil},
		{"text between", "# ours\n" + root.Certificate + "\n\n" + other.Certificate, "", "", nil},
		{"nothing", "", "", "", []string{"cannot be read: there is no certificate in PEM"}},
		{"no PEM", "MIIB", "", "", []string{"cannot be read: there is no certificate in PEM"}},
		{"cut", root.Certificate[:200], "", "", []string{"cannot be read: a PEM block is damaged"}},
		{"cut in the middle", root.Certificate[:200] + other.Certificate, "", "", []string{"cannot be read: a PEM block is damaged"}},
		{"a list", root.List(t), "", "", []string{"cannot be read: there is a X509 CRL where only CERTIFICATE is wanted"}},
		{"a key in it", root.Certificate + root.Key, "", "",
			[]string{"holds a private key, which does not belong there; whoever has seen it can sign certificates"}},
		{"twice", root.Certificate + root.Certificate, "", "", []string{`"CN=root" is there twice`}},
		{"ended", ended.Certificate, "", "", []string{`"CN=ended" has ended on ` + over.UTC().Format(time.RFC3339)}},
		{"not yet", future.Certificate, "", "",
			[]string{`"CN=future" is good from 2090-01-01T00:00:00Z on only`}},
		{"a leaf", leaf.Certificate, "", "", []string{`"CN=leaf" is no authority's: its basic constraints do not say CA:TRUE`}},
		{"may not sign", mute.Certificate, "", "", []string{`"CN=mute" may not sign certificates: its key usage lacks keyCertSign`}},
		{"may not revoke", unrevoking.Certificate, unrevoking.Key, "",
			[]string{`"CN=unrevoking" may not revoke certificates: its key usage lacks cRLSign`}},
		{"need not revoke", unrevoking.Certificate, "", "", nil},
		{"no root", below.Certificate, "", "", []string{`the authority above "CN=below" is missing: "CN=root"`}},
		{"another root of that name", below.Certificate + again.Certificate, "", "",
			[]string{`"CN=below" is not signed by the "CN=root" that is there`}},
		{"path length", tooDeep.Certificate + shallow.Certificate, "", "",
			[]string{`"CN=shallow" may have at most 0 authorities below it, and "CN=deep" is one too many`}},
		{"four of them", fourth.Certificate + third.Certificate + below.Certificate + root.Certificate, "", "",
			[]string{`"CN=fourth" has more than 3 authorities one above the other`}},
		{"another's key", root.Certificate, other.Key, "", []string{`the key is not that of the first certificate, "CN=root"`}},
		{"the key of the second", root.Certificate + other.Certificate, other.Key, other.List(t),
			[]string{`the key is not that of the first certificate, "CN=root"`}},
		{"no key", root.Certificate, "secret", "", []string{"the key cannot be read: there is no private key in PEM"}},
		{"a certificate as the key", root.Certificate, root.Certificate, "",
			[]string{"the key cannot be read: there is a CERTIFICATE where a private key is wanted"}},
		{"a password", root.Certificate, certtest.PEM("ENCRYPTED PRIVATE KEY", []byte{1}), "",
			[]string{"the key cannot be read: the private key has a password; take it off, Pulumi encrypts the key"}},
		{"a chain without the root's list", below.Certificate + root.Certificate, below.Key, "",
			[]string{`the revocation list of "CN=root" is missing; when there is one, each authority needs its own`}},
		{"a list of what signs here", root.Certificate, root.Key, root.List(t),
			[]string{`revocation list 1 is of "CN=root", which has its list made here`}},
		{"one list of two", root.Certificate + other.Certificate, "", root.List(t),
			[]string{`the revocation list of "CN=other" is missing; when there is one, each authority needs its own`}},
		{"two lists of one", root.Certificate, "", root.List(t) + root.List(t, big.NewInt(7)), []string{`there is more than one revocation list of "CN=root"`}},
		{"a stranger's list", root.Certificate, "", other.List(t),
			[]string{`revocation list 1, of "CN=other", is signed by none of the certificates`}},
		{"a namesake's list", root.Certificate, "", again.List(t),
			[]string{`revocation list 1, of "CN=root", is signed by none of the certificates`}},
		{"no list", root.Certificate, "", "none", []string{"the revocation lists cannot be read: there is no revocation list in PEM"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, authority.Check(test.text, test.key, test.lists))
		})
	}
}

// TestCheckLists has lists that are out of date or have not everything.
func TestCheckLists(t *testing.T) {
	root := certtest.Authority(t, "root")
	from := time.Now().Add(-2 * time.Hour).UTC().Truncate(time.Second)
	list := func(until time.Time, extensions ...pkix.Extension) string {
		der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
			Number: big.NewInt(2), ThisUpdate: from, NextUpdate: until, ExtraExtensions: extensions,
		}, root.Parsed, root.Signer)
		require.NoError(t, err)
		return certtest.PEM("X509 CRL", der)
	}
	until := from.Add(time.Hour)
	assert.Equal(t, []string{
		`the revocation list of "CN=root" is good from ` + from.Format(time.RFC3339) + " to " + until.Format(time.RFC3339) +
			" only; nginx turns everybody away at other times",
	}, authority.Check(root.Certificate, "", list(until)))
	delta := pkix.Extension{Id: []int{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}
	assert.Equal(t, []string{
		`the revocation list of "CN=root" is a delta, which has not all that is revoked`,
	}, authority.Check(root.Certificate, "", list(time.Now().Add(time.Hour), delta)))
}

// TestCheckKeys has the kinds of keys that AWS's trust stores do not take.
func TestCheckKeys(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	curve := certtest.Key(t, elliptic.P224())
	by := certtest.Authority(t, "root")
	sign := func(public any) string {
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "weak"}, NotBefore: time.Now().Add(-time.Hour),
			NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		}, by.Parsed, public, by.Signer)
		require.NoError(t, err)
		return certtest.PEM("CERTIFICATE", der)
	}
	assert.Equal(t, []string{`"CN=weak" has an RSA key of 1024 bits; 2048 are the least`}, authority.Check(sign(small.Public())+by.Certificate, "", ""))
	assert.Equal(t, []string{`"CN=weak" has a key on the curve P-224; P-256, P-384 and P-521 will do`},
		authority.Check(sign(curve.Public())+by.Certificate, "", ""))
}

// TestKeysInAllForms has one key as OpenSSL writes it in its several ways.
func TestKeysInAllForms(t *testing.T) {
	root := certtest.Authority(t, "root")
	bare := openSSL(t, root)
	parameters := certtest.PEM("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7})
	for _, key := range []string{bare, parameters + bare, root.Key, "\n" + strings.ReplaceAll(bare, "\n", "\r\n")} {
		assert.Empty(t, authority.Check(root.Certificate, key, ""))
	}
}

// FuzzCheck: whatever stands in a stack file is answered in sentences.
func FuzzCheck(f *testing.F) {
	f.Add("", "", "")
	f.Add(certtest.PEM("CERTIFICATE", []byte{0x30, 0}), certtest.PEM("EC PRIVATE KEY", []byte{0x30, 0}), certtest.PEM("X509 CRL", []byte{0x30, 0}))
	f.Add("-----BEGIN CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----", "-----BEGIN X509 CRL-----")
	f.Fuzz(func(t *testing.T, certificates, key, lists string) {
		for _, problem := range authority.Check(certificates, key, lists) {
			assert.NotEmpty(t, problem)
		}
	})
}
