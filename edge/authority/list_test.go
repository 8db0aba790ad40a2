package authority

import (
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/certtest"
)

// made is an authority in PEM, its key in PEM, and the key's identifier.
func made(t *testing.T, signer crypto.Signer, change func(*x509.Certificate)) (certificate, key, id string) {
	t.Helper()
	wanted := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: at(t, "2026-01-01T00:00:00Z"),
		NotAfter: at(t, "2036-01-01T00:00:00Z"), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte{0xab, 0xcd},
	}
	if change != nil {
		change(wanted)
	}
	by := certtest.Sign(t, wanted, signer, nil)
	return by.Certificate, by.Key, hex.EncodeToString(keyID(by.Parsed))
}

func elliptical(t *testing.T) crypto.Signer {
	t.Helper()
	return certtest.Key(t, elliptic.P256())
}

func read(t *testing.T, list string) *x509.RevocationList {
	t.Helper()
	parsed, err := revocationLists(list)
	require.NoError(t, err)
	require.Len(t, parsed, 1)
	return parsed[0]
}

func of(authority string, entries ...Issued) []Issued {
	for i := range entries {
		entries[i].Authority = authority
	}
	return entries
}

func TestRevocationList(t *testing.T) {
	certificate, key, id := made(t, elliptical(t), nil)
	ledger := of(id, revoked("a", "0a01", later, before), good("b", "02", later), revoked("c", "03", later, today))
	ledger = append(ledger, of("else", revoked("a", "04", later, today))...)
	text, err := revocationList(certificate, key, ledger)
	require.NoError(t, err)
	list := read(t, text)
	parsed, err := certificates(certificate)
	require.NoError(t, err)
	require.NoError(t, list.CheckSignatureFrom(parsed[0]))
	assert.Equal(t, []byte{0xab, 0xcd}, list.AuthorityKeyId)
	assert.Equal(t, at(t, today).Add(-time.Hour), list.ThisUpdate)
	assert.Equal(t, parsed[0].NotAfter, list.NextUpdate)
	assert.Equal(t, at(t, today).Unix(), list.Number.Int64())
	require.Len(t, list.RevokedCertificateEntries, 2)
	assert.Equal(t, []any{int64(0x0a01), at(t, before), int64(3), at(t, today)}, []any{
		list.RevokedCertificateEntries[0].SerialNumber.Int64(), list.RevokedCertificateEntries[0].RevocationTime,
		list.RevokedCertificateEntries[1].SerialNumber.Int64(), list.RevokedCertificateEntries[1].RevocationTime,
	})
}

// TestRevocationListStays: Pulumi would publish a new one in each deployment.
func TestRevocationListStays(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for _, signer := range []crypto.Signer{elliptical(t), small} {
		certificate, key, id := made(t, signer, nil)
		ledger := of(id, revoked("a", "01", later, before))
		first, err := revocationList(certificate, key, ledger)
		require.NoError(t, err)
		second, err := revocationList(certificate, key, ledger)
		require.NoError(t, err)
		assert.Equal(t, first, second)
	}
}

func TestRevocationListOfNone(t *testing.T) {
	certificate, key, id := made(t, elliptical(t), nil)
	text, err := revocationList(certificate, key, of(id, good("a", "01", later)))
	require.NoError(t, err)
	list := read(t, text)
	assert.Empty(t, list.RevokedCertificateEntries)
	assert.Equal(t, []any{int64(1), at(t, "2026-01-01T00:00:00Z")}, []any{list.Number.Int64(), list.ThisUpdate})
}

// TestRevocationListOfOldAuthorities has one that says nothing of its key and its use.
func TestRevocationListOfOldAuthorities(t *testing.T) {
	certificate, key, _ := made(t, elliptical(t), func(c *x509.Certificate) { c.KeyUsage, c.SubjectKeyId, c.IsCA = 0, nil, false })
	parsed, err := certificates(certificate)
	require.NoError(t, err)
	require.Empty(t, parsed[0].SubjectKeyId)
	id := hex.EncodeToString(keyID(parsed[0]))
	require.Len(t, id, 40)
	text, err := revocationList(certificate, key, of(id, revoked("a", "01", later, before)))
	require.NoError(t, err)
	assert.Len(t, read(t, text).RevokedCertificateEntries, 1)
}

func TestRevocationListTellsWhatItCannotRead(t *testing.T) {
	certificate, key, id := made(t, elliptical(t), nil)
	for _, test := range []struct {
		certificate, key string
		entry            Issued
		want             string
	}{
		{"none", key, Issued{}, "reading the authority: there is no certificate in PEM"},
		{certificate, "none", Issued{}, "reading the authority's key: there is no private key in PEM"},
		{certificate, key, revoked("a", "xy", later, before), `reading what was issued to a: "xy" is not a serial number`},
		{certificate, key, revoked("a", "01", later, "then"), "reading when the certificate of a was revoked: "},
	} {
		_, err := revocationList(test.certificate, test.key, of(id, test.entry))
		assert.ErrorContains(t, err, test.want)
	}
}
