//go:build integration

package integration

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
)

// TestClientCertOfAnAuthorityThatIsBrought has a fleet without a domain ask for certificates of an authority that the
// settings bring: with its key the stack issues them, without it somebody else does.
func TestClientCertOfAnAuthorityThatIsBrought(t *testing.T) {
	t.Parallel()
	s := newSite(t, "brought", "")
	brought := newAuthority(t)
	chosen := settings{
		"aws:region":       "ap-northeast-1",
		"torii:network":    settings{"zones": []string{"ap-northeast-1a", "ap-northeast-1c"}, "nat": "instance"},
		"torii:authority":  settings{"clients": []string{"partner-a"}, "certificate": brought.certificate, "key": brought.key},
		"torii:operations": settings{"protect": false},
		"torii:workloads": settings{
			"legacy": settings{"kind": "fleet", "expose": []string{"clb"}, "tls": "instance", "min": 1},
		},
	}
	_, err := localdeploy.Up(t.Context(), s.spec(chosen))
	require.ErrorContains(t, err, "torii:authority.key: ")
	require.ErrorContains(t, err, "for everybody to read")
	require.NotContains(t, err.Error(), "PRIVATE KEY")
	standing, err := s.server.Resources(t.Context())
	require.NoError(t, err)
	require.Empty(t, standing.Without(s.baseline), "refused before anything was made")

	delete(chosen["torii:authority"].(settings), "key")
	s.secrets = map[string]string{"torii:authority.key": brought.key}
	first := s.up("with its key", chosen)
	c := s.ask()
	identity := c.identityOf("brought")
	assert.Equal(t, brought.leaf.Raw, leafOf(t, identity["client-authorities"]).Raw)
	bundle := bundlesOf(t, first)["partner-a"]
	require.NotNil(t, bundle.leaf)
	assert.NoError(t, bundle.leaf.CheckSignatureFrom(brought.leaf))
	assert.Equal(t, "CN=partner-a,O=torii-brought", bundle.leaf.Subject.String())
	assert.NoError(t, leafOf(t, identity["server-certificate"]).CheckSignatureFrom(brought.leaf))
	assert.NoError(t, parsedList(t, identity["revocation-lists"]).CheckSignatureFrom(brought.leaf))
	state, err := os.ReadFile(localdeploy.StateFile(s.dir, "torii", s.name))
	require.NoError(t, err)
	assert.NotContains(t, string(state), "PRIVATE KEY")
	s.unchanged(chosen)

	s.secrets = nil
	chosen.set("torii:authority/clients", []string{})
	chosen.set("torii:authority/revocationLists", brought.list(t, bundle.leaf.SerialNumber))
	without := s.up("without its key", chosen)
	assert.Empty(t, bundlesOf(t, without), "who issues hands them out")
	identity = c.identityOf("brought")
	assert.Equal(t, brought.leaf.Raw, leafOf(t, identity["client-authorities"]).Raw)
	assert.Equal(t, []string{bundle.serial()}, listed(parsedList(t, identity["revocation-lists"])))
	server := leafOf(t, identity["server-certificate"])
	certificate, _ := without.Outputs["authorityCertificate"].Value.(string)
	assert.NoError(t, server.CheckSignatureFrom(leafOf(t, certificate)), "the stack signs for its servers only")
	assert.Error(t, server.CheckSignatureFrom(brought.leaf))
	s.unchanged(chosen)
	s.destroyed(chosen)
}

// authority is one that a user has already.
type authority struct {
	certificate, key string // PEM
	leaf             *x509.Certificate
	private          *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(20261122), Subject: pkix.Name{CommonName: "Ours", Organization: []string{"Somebody"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(raw)
	require.NoError(t, err)
	key, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return authority{pemOf("CERTIFICATE", raw), pemOf("PRIVATE KEY", key), leaf, private}
}

// list is the authority's own revocation list.
func (a authority) list(t *testing.T, revoked *big.Int) string {
	t.Helper()
	raw, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(7), ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().AddDate(0, 1, 0),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: revoked, RevocationTime: time.Now().Add(-time.Minute)}},
	}, a.leaf, a.private)
	require.NoError(t, err)
	return pemOf("X509 CRL", raw)
}

func pemOf(kind string, raw []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}))
}
