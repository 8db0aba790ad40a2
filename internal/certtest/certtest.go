// Package certtest makes certificates for tests: authorities, what they sign, and their
// revocation lists. Each has a key of its own, so that nothing secret lies in the repository.
package certtest

import (
	"crypto"
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
)

// Identity is a certificate with its key. An authority signs others with it.
type Identity struct {
	Certificate, Key string // in PEM, the key as PKCS #8
	Parsed           *x509.Certificate
	Signer           crypto.Signer
}

// Authority makes an authority that signs itself. Changes make it a strange one.
func Authority(t testing.TB, name string, changes ...func(*x509.Certificate)) *Identity {
	t.Helper()
	return create(t, nil, name, append([]func(*x509.Certificate){authority}, changes...))
}

// SelfSigned makes a certificate that signs itself, and is no authority.
func SelfSigned(t testing.TB, name string, changes ...func(*x509.Certificate)) *Identity {
	t.Helper()
	return create(t, nil, name, changes)
}

// Authority makes an authority below this one.
func (i *Identity) Authority(t testing.TB, name string, changes ...func(*x509.Certificate)) *Identity {
	t.Helper()
	return create(t, i, name, append([]func(*x509.Certificate){authority}, changes...))
}

// Issue makes a certificate for a client or a server. It may be used for anything, unless a change says what for.
func (i *Identity) Issue(t testing.TB, name string, changes ...func(*x509.Certificate)) *Identity {
	t.Helper()
	return create(t, i, name, changes)
}

func authority(c *x509.Certificate) {
	c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
}

// create makes a certificate that is good from an hour ago, as clocks differ, for five years, so that nothing asks
// for its renewal.
func create(t testing.TB, by *Identity, name string, changes []func(*x509.Certificate)) *Identity {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	require.NoError(t, err)
	wanted := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(5, 0, 0),
	}
	for _, change := range changes {
		change(wanted)
	}
	return Sign(t, wanted, Key(t, elliptic.P256()), by)
}

// Sign makes a certificate exactly as it is wanted, for a key that is there already; by nil has it sign itself.
func Sign(t testing.TB, wanted *x509.Certificate, key crypto.Signer, by *Identity) *Identity {
	t.Helper()
	if by == nil {
		by = &Identity{Parsed: wanted, Signer: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, wanted, by.Parsed, key.Public(), by.Signer)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	packed, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return &Identity{Certificate: PEM("CERTIFICATE", der), Key: PEM("PRIVATE KEY", packed), Parsed: parsed, Signer: key}
}

// List is the authority's revocation list in PEM, with these serial numbers in it. It is good for as long as the authority is.
func (i *Identity) List(t testing.TB, revoked ...*big.Int) string {
	t.Helper()
	wanted := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: i.Parsed.NotBefore, NextUpdate: i.Parsed.NotAfter}
	for _, serial := range revoked {
		wanted.RevokedCertificateEntries = append(wanted.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: serial, RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, wanted, i.Parsed, i.Signer)
	require.NoError(t, err)
	return PEM("X509 CRL", der)
}

// Key makes a key.
func Key(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	return key
}

// PEM is a block of PEM.
func PEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
