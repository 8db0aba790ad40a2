//go:build integration

package integration

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"

	"torii/internal/localdeploy"
	"torii/internal/recorder"
)

// What clients get, and what the stack keeps of it.

// bundle is what a client gets, as the output clientBundles has it.
type bundle struct {
	PrivateKey, Certificate, Authority, P12, Password, Expires string

	leaf *x509.Certificate
}

func (b bundle) serial() string { return b.leaf.SerialNumber.Text(16) }

func bundlesOf(t *testing.T, up localdeploy.Result) map[string]bundle {
	t.Helper()
	text, err := json.Marshal(up.Outputs["clientBundles"].Value)
	require.NoError(t, err)
	var all map[string]bundle
	require.NoError(t, json.Unmarshal(text, &all))
	for name, each := range all {
		each.leaf = leafOf(t, each.Certificate)
		all[name] = each
	}
	return all
}

// issued is a line of the stack's own record of the certificates that it handed out.
type issued struct {
	Client, Serial, Authority, NotAfter string
	Revoked                             bool
}

func ledgerOf(t *testing.T, up localdeploy.Result) []issued {
	t.Helper()
	text, err := json.Marshal(up.Outputs["issuedCertificates"].Value)
	require.NoError(t, err)
	var all []issued
	require.NoError(t, json.Unmarshal(text, &all))
	return all
}

// inForce and takenBack are serial numbers in the record.
func inForce(all []issued) []string   { return serials(all, false) }
func takenBack(all []issued) []string { return serials(all, true) }

func serials(all []issued, revoked bool) []string {
	found := []string{}
	for _, each := range all {
		if number, ok := new(big.Int).SetString(each.Serial, 16); ok && each.Revoked == revoked {
			found = append(found, number.Text(16))
		}
	}
	return found
}

// certificates are those in a PEM text.
func certificates(t *testing.T, text string) []*x509.Certificate {
	t.Helper()
	var all []*x509.Certificate
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		require.Equal(t, "CERTIFICATE", block.Type)
		certificate, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		all = append(all, certificate)
	}
	require.NotEmpty(t, all)
	return all
}

func leafOf(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	return certificates(t, text)[0]
}

func poolOf(t *testing.T, text string) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	for _, each := range certificates(t, text) {
		pool.AddCert(each)
	}
	return pool
}

// checkBundles wants a bundle for each client, of use as it is and as files, and its secrets nowhere in plain.
func checkBundles(t *testing.T, s *site, c clients, up localdeploy.Result) {
	require.True(t, up.Outputs["clientBundles"].Secret)
	all := bundlesOf(t, up)
	require.ElementsMatch(t, []string{"partner-a", "partner-b"}, keys(all))
	for name, each := range all {
		checkClient(t, c, name, each)
	}
	assert.NotEqual(t, all["partner-a"].Password, all["partner-b"].Password)
	ledger := ledgerOf(t, up)
	assert.ElementsMatch(t, []string{all["partner-a"].serial(), all["partner-b"].serial()}, inForce(ledger))
	assert.Empty(t, takenBack(ledger))

	for name, output := range up.Outputs {
		if !output.Secret {
			assert.NotContains(t, fmt.Sprint(output.Value), "PRIVATE KEY", name)
		}
	}
	state, err := os.ReadFile(localdeploy.StateFile(s.dir, "torii", s.name))
	require.NoError(t, err)
	for _, secret := range []string{"PRIVATE KEY", all["partner-a"].Password, all["partner-a"].P12} {
		assert.NotContains(t, string(state), secret, "Pulumi keeps secrets encrypted")
	}
	checkFiles(t, up, all)
}

// checkClient wants a bundle to be good: a certificate by which the servers tell who it is, for its key, vouched for by
// the authority that they admit, in all of the bundle's forms.
func checkClient(t *testing.T, c clients, name string, b bundle) {
	t.Helper()
	_, err := tls.X509KeyPair([]byte(b.Certificate), []byte(b.PrivateKey))
	require.NoError(t, err)
	assert.Equal(t, "CN="+name+",O=torii-client-cert", b.leaf.Subject.String())
	key, ok := b.leaf.PublicKey.(*ecdsa.PublicKey)
	require.True(t, ok)
	assert.Equal(t, elliptic.P256(), key.Curve)
	assert.Equal(t, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, b.leaf.ExtKeyUsage)
	assert.Equal(t, x509.KeyUsageDigitalSignature, b.leaf.KeyUsage)
	assert.False(t, b.leaf.IsCA)
	assert.WithinDuration(t, time.Now().AddDate(0, 0, 365), b.leaf.NotAfter, time.Hour)
	expires, err := time.Parse(time.RFC3339, b.Expires)
	require.NoError(t, err)
	assert.WithinDuration(t, b.leaf.NotAfter, expires, 0)
	_, err = b.leaf.Verify(x509.VerifyOptions{
		Roots: poolOf(t, c.identity()["client-authorities"]), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	require.NoError(t, err)

	packed, err := base64.StdEncoding.DecodeString(b.P12)
	require.NoError(t, err)
	private, leaf, _, err := pkcs12.DecodeChain(packed, b.Password)
	require.NoError(t, err)
	assert.Equal(t, b.leaf.Raw, leaf.Raw)
	assert.True(t, private.(*ecdsa.PrivateKey).PublicKey.Equal(b.leaf.PublicKey))
	assert.GreaterOrEqual(t, len(strings.ReplaceAll(b.Password, "-", "")), 20)
	_, _, _, err = pkcs12.DecodeChain(packed, "")
	assert.Error(t, err)
}

// checkFiles does what `make bundles` does.
func checkFiles(t *testing.T, up localdeploy.Result, all map[string]bundle) {
	t.Helper()
	text, err := json.Marshal(up.Outputs["clientBundles"].Value)
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "out")
	command := exec.CommandContext(t.Context(), "go", "run", "./cmd/bundles", "-out", dir)
	command.Dir = recorder.Root()
	command.Stdin = bytes.NewReader(text)
	said, err := command.CombinedOutput()
	require.NoError(t, err, string(said))
	for name, each := range all {
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir, name, "certificate.pem"), filepath.Join(dir, name, "key.pem"))
		require.NoError(t, err)
		assert.Equal(t, each.leaf.Raw, pair.Certificate[0])
		info, err := os.Stat(filepath.Join(dir, name, "key.pem"))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode())
	}
}
