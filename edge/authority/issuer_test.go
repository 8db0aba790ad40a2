package authority_test

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/stretchr/testify/require"

	"torii/edge/authority"
	"torii/internal/certtest"
)

// plain is an authority of the stack's own, as settings have it when nothing is said.
func plain(clients ...string) authority.Args {
	return authority.Args{
		Clients: clients, Algorithm: authority.ECDSA, ValidDays: 365, RenewDays: 30, AuthorityYears: 10, Organization: "torii-test",
	}
}

// openSSL is a key in the form in which OpenSSL writes it when told nothing else, which is not the one that is handed on.
func openSSL(t *testing.T, of *certtest.Identity) string {
	t.Helper()
	key, err := x509.MarshalECPrivateKey(of.Signer.(*ecdsa.PrivateKey))
	require.NoError(t, err)
	return certtest.PEM("EC PRIVATE KEY", key)
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
