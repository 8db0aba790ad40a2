//go:build integration

package authority_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/edge/authority"
	"torii/internal/certtest"
	"torii/internal/localdeploy"
)

// serials are those handed out to a client, first those that are good, then those revoked.
func (s seen) serials(client string) (good, revoked []string) {
	for _, each := range s.issued {
		switch {
		case each.Client != client:
		case each.Revoked:
			revoked = append(revoked, each.Serial)
		default:
			good = append(good, each.Serial)
		}
	}
	return good, revoked
}

// listed are the serials on the list made here, in the order of the list.
func (s seen) listed() []string {
	all := []string{}
	for _, each := range s.lists[0].RevokedCertificateEntries {
		all = append(all, hex.EncodeToString(each.SerialNumber.Bytes()))
	}
	return all
}

func (s seen) serial(t *testing.T, client string) string {
	t.Helper()
	return hex.EncodeToString(parse(t, s.bundles[client]["certificate"].(string))[0].SerialNumber.Bytes())
}

const (
	keyOf       = "privateKey:PrivateKey "
	requestOf   = "certRequest:CertRequest "
	signedOf    = "locallySignedCert:LocallySignedCert "
	authorityOf = "selfSignedCert:SelfSignedCert "
)

func each(op string, names ...string) []string {
	var all []string
	for _, name := range names {
		all = append(all, op+" "+requestOf+name, op+" "+signedOf+name, op+" "+keyOf+name)
	}
	slices.Sort(all)
	return all
}

func TestCertificatesOfClients(t *testing.T) {
	b := newBench(t)
	first, did := b.up()
	want := append(each("create", "authority-partner-a", "authority-partner-b", "legacy.server"), "create "+keyOf+"authority", "create "+authorityOf+"authority")
	slices.Sort(want)
	assert.Equal(t, want, did)
	assert.Empty(t, first.listed())
	b.steady()
	checkOpen(t, first.bundles["partner-a"])

	b.args.Clients = []string{"partner-c", "partner-b", "partner-a"}
	added, did := b.up()
	assert.Equal(t, each("create", "authority-partner-c"), did)
	for _, client := range []string{"partner-a", "partner-b"} {
		assert.Equal(t, first.bundles[client], added.bundles[client])
	}
	assert.Equal(t, first.lists[0].Raw, added.lists[0].Raw)

	b.args.Clients = []string{"partner-a", "partner-c"}
	taken, did := b.up()
	assert.Equal(t, each("delete", "authority-partner-b"), did)
	assert.Equal(t, []string{first.serial(t, "partner-b")}, taken.listed())
	assert.Equal(t, 1, taken.lists[0].Number.Cmp(added.lists[0].Number))
	for _, client := range b.args.Clients {
		assert.Equal(t, added.bundles[client], taken.bundles[client])
	}

	b.args.Clients = []string{"partner-a", "partner-b", "partner-c"}
	back, did := b.up()
	assert.Equal(t, each("create", "authority-partner-b.2"), did)
	assert.Equal(t, taken.lists[0].Raw, back.lists[0].Raw)
	good, revoked := back.serials("partner-b")
	assert.Equal(t, []string{back.serial(t, "partner-b")}, good)
	assert.Equal(t, []string{first.serial(t, "partner-b")}, revoked)
	assert.NotEqual(t, first.bundles["partner-b"]["privateKey"], back.bundles["partner-b"]["privateKey"])

	b.age("authority-partner-a", 29*24*time.Hour)
	renewed, did := b.up()
	assert.Equal(t, []string{"create-replacement " + signedOf + "authority-partner-a", "delete-replaced " + signedOf + "authority-partner-a"}, did)
	good, revoked = renewed.serials("partner-a")
	assert.Equal(t, []string{first.serial(t, "partner-a"), renewed.serial(t, "partner-a")}, good)
	assert.NotEqual(t, good[0], good[1])
	assert.Empty(t, revoked)
	assert.Equal(t, back.lists[0].Raw, renewed.lists[0].Raw)
	assert.Equal(t, first.bundles["partner-a"]["password"], renewed.bundles["partner-a"]["password"])
	assert.NotEqual(t, first.bundles["partner-a"]["p12"], renewed.bundles["partner-a"]["p12"])

	b.args.Clients = []string{"partner-b", "partner-c"}
	gone, _ := b.up()
	assert.ElementsMatch(t, append([]string{first.serial(t, "partner-b")}, good...), gone.listed())
	b.steady()

	b.checkFailure(gone)
	b.checkRenewal()
	b.checkKinds()
	b.checkBrought()

	_, err := localdeploy.Destroy(t.Context(), b.spec)
	require.NoError(t, err)
}

// checkOpen opens a .p12 with OpenSSL and checks what is in it.
func checkOpen(t *testing.T, bundle map[string]any) {
	t.Helper()
	packed, err := base64.StdEncoding.DecodeString(bundle["p12"].(string))
	require.NoError(t, err)
	open := exec.CommandContext(t.Context(), "openssl", "pkcs12", "-nodes", "-passin", "pass:"+bundle["password"].(string))
	open.Stdin = bytes.NewReader(packed)
	said, err := open.Output()
	require.NoError(t, err)
	for _, each := range []string{"certificate", "authority"} {
		assert.Contains(t, string(said), bundle[each])
	}
	assert.Contains(t, string(said), "-----BEGIN PRIVATE KEY-----")
}

// checkFailure takes a client out in a deployment that fails after its certificate was put on the list, and puts it back.
func (b *bench) checkFailure(before seen) {
	b.Helper()
	b.args.Clients, b.broken = []string{"partner-b"}, true
	_, err := localdeploy.Up(b.Context(), b.spec)
	require.ErrorContains(b, err, "broken")
	b.args.Clients, b.broken = []string{"partner-b", "partner-c"}, false
	after, did := b.up()
	assert.Contains(b, did, "create "+signedOf+"authority-partner-c.2")
	assert.Contains(b, after.listed(), before.serial(b.T, "partner-c"))
	assert.NotContains(b, after.listed(), after.serial(b.T, "partner-c"))
	assert.Equal(b, before.bundles["partner-b"], after.bundles["partner-b"])
}

// checkRenewal has the authority near its end: all is signed anew, with the same keys, and what people have stays good.
func (b *bench) checkRenewal() {
	b.Helper()
	before, _ := b.up()
	b.age("authority", 300*24*time.Hour)
	after, did := b.up()
	assert.NotContains(b, strings.Join(did, "\n"), keyOf)
	assert.NotEqual(b, before.trusted, after.trusted)
	for _, client := range b.args.Clients {
		old, renewed := before.bundles[client]["certificate"].(string), after.bundles[client]["certificate"].(string)
		assert.NotEqual(b, old, renewed)
		checkChain(b.T, old, after.trusted, x509.ExtKeyUsageClientAuth)
		checkChain(b.T, renewed, before.trusted, x509.ExtKeyUsageClientAuth)
		good, _ := after.serials(client)
		assert.Contains(b, good, before.serial(b.T, client))
	}
	assert.Equal(b, before.listed(), after.listed())
	require.NoError(b, after.lists[0].CheckSignatureFrom(parse(b.T, after.trusted)[0]))
}

// checkKinds changes the kind of key, which makes another authority.
func (b *bench) checkKinds() {
	b.Helper()
	b.args.Algorithm = authority.RSA
	made, _ := b.up()
	assert.Empty(b, made.listed(), "what another authority signed is on the list")
	_, revoked := made.serials("partner-a")
	assert.Len(b, revoked, 2, "what another authority signed is forgotten")
	for _, client := range b.args.Clients {
		leaf := parse(b.T, made.bundles[client]["certificate"].(string))[0]
		assert.Equal(b, 2048, leaf.PublicKey.(*rsa.PublicKey).N.BitLen())
	}
	assert.Equal(b, 3072, parse(b.T, made.trusted)[0].PublicKey.(*rsa.PublicKey).N.BitLen())
}

// checkBrought brings an authority, first with its key and then without.
func (b *bench) checkBrought() {
	b.Helper()
	root := certtest.Authority(b.T, "root")
	issuer := root.Authority(b.T, "issuer")
	b.args.Brought = &authority.Brought{
		Certificates: issuer.Certificate + root.Certificate, Key: pulumi.String(openSSL(b.T, issuer)), RevocationLists: root.List(b.T),
	}
	made, _ := b.up()
	assert.Equal(b, issuer.Certificate+root.Certificate, made.trusted)
	assert.Len(b, made.lists, 2)
	assert.Empty(b, made.listed())
	for _, client := range b.args.Clients {
		checkChain(b.T, made.bundles[client]["certificate"].(string), root.Certificate, x509.ExtKeyUsageClientAuth)
	}
	checkChain(b.T, made.server, root.Certificate, x509.ExtKeyUsageServerAuth)
	serial := made.serial(b.T, "partner-c")
	b.args.Clients = []string{"partner-b"}
	made, _ = b.up()
	assert.Equal(b, []string{serial}, made.listed())
	b.steady()
	require.NoError(b, made.lists[0].CheckSignatureFrom(parse(b.T, issuer.Certificate)[0]))

	b.args.Clients, b.args.Brought = nil, &authority.Brought{Certificates: root.Certificate}
	made, _ = b.up()
	assert.Empty(b, made.lists)
	assert.Empty(b, made.bundles)
	assert.Equal(b, root.Certificate, made.trusted)
	assert.NotEmpty(b, made.issued)
	b.args.Brought = nil
	made, _ = b.up()
	checkChain(b.T, made.server, made.trusted, x509.ExtKeyUsageServerAuth)
	b.steady()
}
