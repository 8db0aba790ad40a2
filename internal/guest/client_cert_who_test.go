//go:build integration && linux

package guest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"torii/internal/certtest"
	"torii/internal/guest"
)

// whoGetsIn has everybody ask by way of both load balancers.
func (c *clientCertTest) whoGetsIn(t *testing.T) {
	const notOurs = "Client certificate refused: it is not from an authority that this server trusts."
	genuine := parse(t, c.certificate)
	for _, who := range []struct {
		name   string
		holder holder
		status int
		says   string
		verify string // as the access log has it
	}{
		{"nobody", holder{}, 400, "No client certificate.", "NONE"},
		{"partner-a", c.client(t, "partner-a"), 200, "Welcome, partner-a.", "SUCCESS"},
		{"partner-b", c.client(t, "partner-b"), 200, "Welcome, partner-b.", "SUCCESS"},
		{"a client that this server does not admit", c.client(t, "partner-c"), 403, "Not admitted.", "SUCCESS"},
		{"an expired certificate", c.client(t, expired), 400, "Client certificate refused: it has expired.", "FAILED:certificate has expired"},
		{"the server's own certificate", c.hold(t, c.server.Certificate, c.server.PrivateKey), 400, "Client certificate refused: it was not made for clients.", "FAILED:unsuitable certificate purpose"},
		{"a certificate of another authority", c.forge(t, forgery{issuer: "another", subject: "partner-a"}), 400, notOurs, "FAILED:unable to verify the first certificate"},
		{"a certificate that is its own authority", c.forge(t, forgery{subject: "partner-a"}), 400, notOurs, "FAILED:"},
		{"an authority of the same name", c.forge(t, forgery{issuer: genuine.Subject.CommonName, subject: "partner-a"}), 400, "Client certificate refused: ", "FAILED:"},
		{"an authority of the same name and key id", c.forge(t, forgery{issuer: genuine.Subject.CommonName, id: genuine.SubjectKeyId, subject: "partner-a"}), 400, "Client certificate refused: ", "FAILED:certificate signature failure"},
		{"a client that plays authority", c.byClient(t), 400, "Client certificate refused: ", "FAILED:"},
	} {
		for _, by := range []*guest.PassThrough{c.network, c.classic} {
			a := c.asks(t, by, who.holder)
			require.Equal(t, who.status, a.status, who.name)
			require.Equal(t, "HTTP/2", a.version)
			require.Contains(t, a.body, who.says, who.name)
			require.Equal(t, []string{"max-age=31536000"}, a.headers["Strict-Transport-Security"], who.name)
			require.Equal(t, "nginx", a.headers.Get("Server"), "without its version")
			if who.status != 200 {
				require.NotContains(t, a.body, c.m.id, who.name)
				require.Equal(t, "text/plain", a.headers.Get("Content-Type"))
			}
			logged := c.logged(t, a.request)
			require.Equal(t, clientAddress, logged.Client, who.name)
			require.Equal(t, balancerHost, logged.Through, who.name)
			require.Contains(t, logged.Verify, who.verify, who.name)
		}
	}
	// What the log says of a client is what its certificate says.
	a := c.asks(t, c.network, c.client(t, "partner-a"))
	require.Contains(t, a.body, c.m.id+" answers.")
	logged := c.logged(t, a.request)
	require.Equal(t, "CN=partner-a,O="+organization, logged.Subject)
	require.Equal(t, serialOf(t, c.bundles["partner-a"].Certificate), serial(logged.Serial))
	require.Equal(t, "TLSv1.3", logged.TLS)
	require.Equal(t, "200", logged.Status)
}

// forgery is a certificate that no deployment has issued.
type forgery struct {
	issuer  string // common name of its authority; "" is itself
	id      []byte // of the authority's key; nil has none
	subject string // common name
}

// forge makes one, of the organization that is admitted.
func (c *clientCertTest) forge(t *testing.T, f forgery) holder {
	t.Helper()
	issuer, issuerKey := template(f.issuer), certtest.Key(t, elliptic.P256())
	issuer.IsCA, issuer.BasicConstraintsValid, issuer.SubjectKeyId = true, true, f.id
	issuer.KeyUsage |= x509.KeyUsageCertSign
	subject, key := template(f.subject), certtest.Key(t, elliptic.P256())
	if f.issuer == "" {
		issuer, issuerKey = subject, key
	}
	return c.signed(t, subject, key, issuer, issuerKey)
}

// byClient is signed by a client, with a certificate that is good in itself.
func (c *clientCertTest) byClient(t *testing.T) holder {
	t.Helper()
	b := c.bundles["partner-b"]
	block, _ := pem.Decode([]byte(b.PrivateKey))
	signer, err := x509.ParseECPrivateKey(block.Bytes)
	require.NoError(t, err)
	key := certtest.Key(t, elliptic.P256())
	h := c.signed(t, template("partner-a"), key, parse(t, b.Certificate), signer)
	return c.hold(t, contents(t, h.certificate)+b.Certificate, contents(t, h.key))
}

// signed puts a certificate and its key into files.
func (c *clientCertTest) signed(t *testing.T, subject *x509.Certificate, key *ecdsa.PrivateKey, issuer *x509.Certificate, by *ecdsa.PrivateKey) holder {
	t.Helper()
	made := certtest.Sign(t, subject, key, &certtest.Identity{Parsed: issuer, Signer: by})
	return c.hold(t, made.Certificate, made.Key)
}

// template is a certificate of the organization's that is good today.
func template(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{Organization: []string{organization}, CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}

// parse reads the first certificate of a PEM.
func parse(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	require.NotNil(t, block, text)
	parsed, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	return parsed
}
