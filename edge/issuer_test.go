//go:build integration

package edge_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"
)

// issuer is an authority of a test's own.
type issuer struct {
	*testing.T
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

func newIssuer(t *testing.T, name string) issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	body, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(body)
	require.NoError(t, err)
	return issuer{T: t, key: key, certificate: certificate}
}

func (i issuer) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.certificate.Raw}))
}

// revoke is a list of the serial numbers.
func (i issuer) revoke(serials ...int64) string {
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour)}
	for _, each := range serials {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: big.NewInt(each), RevocationTime: time.Now()})
	}
	body, err := x509.CreateRevocationList(rand.Reader, list, i.certificate, i.key)
	require.NoError(i, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: body}))
}

// fetch reads what an address in S3 leads to, which AWS has signed in advance.
func (b *bench) fetch(location *string) string {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, aws.ToString(location), nil)
	require.NoError(b, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(b, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(b, err)
	require.NoError(b, answer.Body.Close())
	require.Equal(b, http.StatusOK, answer.StatusCode)
	return string(text)
}
