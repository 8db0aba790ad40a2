package authority_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"torii/edge/authority"
)

// plain is an authority of the stack's own, as settings have it when nothing is said.
func plain(clients ...string) authority.Args {
	return authority.Args{
		Clients: clients, Algorithm: authority.ECDSA, ValidDays: 365, RenewDays: 30, AuthorityYears: 10, Organization: "torii-test",
	}
}

// issuer is an authority made elsewhere.
type issuer struct {
	certificate, key string // in PEM
	parsed           *x509.Certificate
	signer           *ecdsa.PrivateKey
}

// newIssuer makes an authority below another, or a root, which the changes make a strange one.
func newIssuer(t *testing.T, name string, above *issuer, changes ...func(*x509.Certificate)) issuer {
	t.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	wanted := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	for _, change := range changes {
		change(wanted)
	}
	by, with := wanted, signer
	if above != nil {
		by, with = above.parsed, above.signer
	}
	der, err := x509.CreateCertificate(rand.Reader, wanted, by, signer.Public(), with)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	key, err := x509.MarshalECPrivateKey(signer)
	require.NoError(t, err)
	return issuer{certificate: block("CERTIFICATE", der), key: block("EC PRIVATE KEY", key), parsed: parsed, signer: signer}
}

// list is a list of the issuer's, in PEM.
func (i issuer) list(t *testing.T, serials ...int64) string {
	t.Helper()
	wanted := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: i.parsed.NotBefore, NextUpdate: i.parsed.NotAfter}
	for _, serial := range serials {
		wanted.RevokedCertificateEntries = append(wanted.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: big.NewInt(serial), RevocationTime: time.Now(),
		})
	}
	der, err := x509.CreateRevocationList(rand.Reader, wanted, i.parsed, i.signer)
	require.NoError(t, err)
	return block("X509 CRL", der)
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// parse reads all certificates in a PEM.
func parse(t *testing.T, text string) []*x509.Certificate {
	t.Helper()
	var all []*x509.Certificate
	for rest := []byte(text); ; {
		var found *pem.Block
		if found, rest = pem.Decode(rest); found == nil {
			require.NotEmpty(t, all)
			return all
		}
		parsed, err := x509.ParseCertificate(found.Bytes)
		require.NoError(t, err)
		all = append(all, parsed)
	}
}

// checkChain checks what a client or server shows against a root.
func checkChain(t *testing.T, chain, root string, use x509.ExtKeyUsage) {
	t.Helper()
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(root))
	shown := parse(t, chain)
	for _, each := range shown[1:] {
		between.AddCert(each)
	}
	_, err := shown[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{use}})
	require.NoError(t, err)
}
