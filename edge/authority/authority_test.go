package authority_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/edge/authority"
	"torii/internal/recorder"
)

const (
	keyResource     = "tls:index/privateKey:PrivateKey"
	requestResource = "tls:index/certRequest:CertRequest"
	signedResource  = "tls:index/locallySignedCert:LocallySignedCert"
	rootResource    = "tls:index/selfSignedCert:SelfSignedCert"
	parent          = "urn:pulumi:test::torii::" + authority.Type + "::authority"
)

// record runs a program that has an authority and a server of it.
func record(t *testing.T, args authority.Args, look func(*authority.Authority, *authority.Server)) *recorder.Recording {
	t.Helper()
	return recorder.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		made, err := authority.New(ctx, "authority", &args)
		if err != nil {
			return err
		}
		server, err := made.Server(ctx, "legacy", authority.ServerArgs{
			CommonName: "legacy", Hosts: []string{"legacy.example.jp"}, Names: []pulumi.StringInput{pulumi.String("nlb.amazonaws.com")},
		})
		if err == nil && look != nil {
			look(made, server)
		}
		return err
	})
}

// value waits for an output and says whether it is secret.
func value(t *testing.T, of pulumi.Output) (any, bool) {
	t.Helper()
	result, err := internals.UnsafeAwaitOutput(t.Context(), of)
	require.NoError(t, err)
	require.True(t, result.Known)
	return result.Value, result.Secret
}

func text(t *testing.T, of pulumi.Output) string {
	t.Helper()
	found, _ := value(t, of)
	return found.(string)
}

func names(of []recorder.Resource) []string {
	all := []string{}
	for _, each := range of {
		all = append(all, each.Name)
	}
	return all
}

func TestAuthority(t *testing.T) {
	args := plain("partner-b", "partner-a")
	args.Protect = true
	r := record(t, args, nil)
	leaves := []string{"authority-partner-a", "authority-partner-b", "legacy.server"}
	assert.Equal(t, append([]string{"authority"}, leaves...), names(r.Of(keyResource)))
	assert.Equal(t, leaves, names(r.Of(requestResource)))
	assert.Equal(t, leaves, names(r.Of(signedResource)))
	assert.Equal(t, []string{"authority"}, names(r.Of(rootResource)))
	assert.Len(t, r.All(), 12)
	for _, each := range r.All() {
		if each.Custom {
			assert.Equal(t, parent, each.Parent, each.Name)
		}
		assert.Equal(t, each.Type == keyResource && each.Name == "authority", each.Protect, each.Name)
	}
	for _, each := range r.Of(keyResource) {
		assert.Equal(t, []any{"ECDSA", "P256"}, []any{each.Input("algorithm"), each.Input("ecdsaCurve")}, each.Name)
	}
	root := r.One(t, rootResource, "authority")
	assert.Equal(t, []any{"Torii authority", "torii-test", true, true, []any{"cert_signing", "crl_signing"}, 87600.0, 9480.0}, []any{
		root.Input("subject.commonName"), root.Input("subject.organization"), root.Input("isCaCertificate"), root.Input("setSubjectKeyId"),
		root.Input("allowedUses"), root.Input("validityPeriodHours"), root.Input("earlyRenewalHours"),
	})
	for client, use := range map[string]string{"authority-partner-a": "client_auth", "legacy.server": "server_auth"} {
		leaf := r.One(t, signedResource, client)
		assert.Equal(t, []any{[]any{"digital_signature", use}, 8760.0, 720.0, true, nil}, []any{
			leaf.Input("allowedUses"), leaf.Input("validityPeriodHours"), leaf.Input("earlyRenewalHours"), leaf.Input("setSubjectKeyId"),
			leaf.Input("isCaCertificate"),
		})
		assert.Equal(t, root.Output("certPem"), leaf.Input("caCertPem"))
		assert.True(t, leaf.Inputs["caPrivateKeyPem"].IsSecret())
	}
	asked := r.One(t, requestResource, "authority-partner-a")
	assert.Equal(t, []any{"partner-a", "torii-test", nil},
		[]any{asked.Input("subject.commonName"), asked.Input("subject.organization"), asked.Input("dnsNames")})
	asked = r.One(t, requestResource, "legacy.server")
	assert.Equal(t, []any{"legacy", "torii-test", []any{"legacy.example.jp", "nlb.amazonaws.com"}},
		[]any{asked.Input("subject.commonName"), asked.Input("subject.organization"), asked.Input("dnsNames")})
}

func TestRSA(t *testing.T) {
	args := plain("partner-a")
	args.Algorithm = authority.RSA
	r := record(t, args, nil)
	for name, bits := range map[string]float64{"authority": 3072, "authority-partner-a": 2048, "legacy.server": 2048} {
		key := r.One(t, keyResource, name)
		assert.Equal(t, []any{"RSA", bits}, []any{key.Input("algorithm"), key.Input("rsaBits")})
	}
}

// TestSecrets has everything that leaves the authority.
func TestSecrets(t *testing.T) {
	record(t, plain("partner-a"), func(made *authority.Authority, server *authority.Server) {
		bundle := made.Bundles["partner-a"]
		for name, each := range map[string]struct {
			of     pulumi.Output
			secret bool
		}{
			"key": {bundle.PrivateKey, true}, "p12": {bundle.P12, true}, "password": {bundle.Password, true}, "bundles": {made.ClientBundles(), true},
			"server's key": {server.PrivateKey, true}, "certificate": {bundle.Certificate, false}, "authority": {bundle.Authority, false},
			"expires": {bundle.Expires, false}, "server's": {server.Certificate, false}, "admitted": {made.ClientAuthorities, false},
			"issued": {made.Issued, false}, "list": {made.RevocationLists[0].ToStringOutput(), false}, "trusted": {made.Certificate, false},
		} {
			found, secret := value(t, each.of)
			assert.NotEmpty(t, found, name)
			assert.Equal(t, each.secret, secret, name)
		}
	})
}

func TestLedger(t *testing.T) {
	soon := time.Now().AddDate(0, 0, 40).UTC().Format(time.RFC3339)
	var id string
	record(t, plain("partner-a"), func(made *authority.Authority, _ *authority.Server) {
		id = hex.EncodeToString(parse(t, text(t, made.Certificate))[0].SubjectKeyId) // the recorder keeps keys by name
		assert.False(t, made.Revoked)
	})
	args := plain("partner-a", "partner-c")
	args.Issued = []authority.Issued{
		{Client: "partner-a", Serial: "0a", Authority: id, NotAfter: soon},
		{Client: "partner-b", Serial: "0b", Authority: id, NotAfter: soon},
		{Client: "partner-c", Serial: "0c", Authority: id, NotAfter: soon, Revoked: true, RevokedAt: "2026-01-01T00:00:00Z"},
	}
	r := record(t, args, func(made *authority.Authority, _ *authority.Server) {
		assert.True(t, made.Revoked)
		found, _ := value(t, made.Issued)
		issued := found.([]authority.Issued)
		require.Len(t, issued, 5)
		assert.Equal(t, args.Issued[0], issued[0])
		assert.True(t, issued[1].Revoked)
		assert.Equal(t, args.Issued[2], issued[2])
		leaf := parse(t, text(t, made.Bundles["partner-c"].Certificate))[0]
		assert.Equal(t, authority.Issued{
			Client: "partner-c", Serial: hex.EncodeToString(leaf.SerialNumber.Bytes()), Authority: id,
			NotAfter: leaf.NotAfter.UTC().Format(time.RFC3339), Round: 1,
		}, issued[4])
		assert.Equal(t, issued[4].NotAfter, text(t, made.Bundles["partner-c"].Expires))
	})
	assert.Equal(t, []string{"authority-partner-a", "authority-partner-c.2", "legacy.server"}, names(r.Of(signedResource)))
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		change func(*authority.Args)
		want   string
	}{
		{func(a *authority.Args) { a.Algorithm = "DSA" }, `"DSA" is not a kind of key`},
		{func(a *authority.Args) { a.RenewDays = 365 }, "certificates live for a day at least, and longer than the time in which they are renewed"},
		{func(a *authority.Args) { a.ValidDays = 0 }, "certificates live for a day at least, and longer than the time in which they are renewed"},
		{func(a *authority.Args) { a.AuthorityYears, a.ValidDays = 1, 335 }, "the authority does not outlive what it signs"},
		{func(a *authority.Args) { a.Organization = "" }, `organization "" has not 1 to 64 characters`},
		{func(a *authority.Args) { a.Clients = []string{"a", "b", "a"} }, "client a is there twice"},
		{func(a *authority.Args) { a.Clients = []string{""} }, `client "" has not 1 to 64 small letters, digits and hyphens`},
		{func(a *authority.Args) { a.Clients = []string{"a,O=b"} }, `client "a,O=b" has not 1 to 64 small letters, digits and hyphens`},
		{func(a *authority.Args) { a.Brought = &authority.Brought{} }, "there are clients, and no key to sign their certificates with"},
		{func(a *authority.Args) { a.Issued = []authority.Issued{{Client: "b"}} }, "reading what was issued to b: "},
	} {
		args := plain("a")
		test.change(&args)
		r, err := recorder.Run("test", nil, func(ctx *pulumi.Context) error {
			_, err := authority.New(ctx, "authority", &args)
			return err
		})
		assert.ErrorContains(t, err, "creating authority authority: "+test.want)
		assert.Empty(t, r.All())
	}
}

func TestServerRefusals(t *testing.T) {
	record(t, plain(), func(made *authority.Authority, _ *authority.Server) {
		_, err := made.Server(nil, "site", authority.ServerArgs{CommonName: "site"})
		assert.EqualError(t, err, "creating certificate site: no name is given that it is for")
		_, err = made.Server(nil, "site", authority.ServerArgs{Hosts: []string{"site"}})
		assert.EqualError(t, err, `creating certificate site: common name "" has not 1 to 64 characters`)
	})
}

func TestLast(t *testing.T) {
	ask := func(answers recorder.Answers) (issued []authority.Issued) {
		_, err := recorder.RunWith("test", nil, func(ctx *pulumi.Context) (err error) {
			issued, err = authority.Last(ctx)
			return err
		}, answers)
		require.NoError(t, err)
		return issued
	}
	assert.Empty(t, ask(nil))
	assert.Equal(t, []authority.Issued{{Client: "a", Serial: "01", Revoked: true, Round: 2}}, ask(recorder.Answers{
		"pulumi:pulumi:readStackResourceOutputs": {"outputs": map[string]any{
			"urn:1": map[string]any{"type": "aws:s3/bucketV2:BucketV2", "outputs": map[string]any{"bucket": "b", "tags": map[string]any{}}},
			"urn:2": map[string]any{"type": authority.Type, "outputs": map[string]any{
				"certificate": "c", "issuedCertificates": []any{map[string]any{"client": "a", "serial": "01", "revoked": true, "round": 2}},
			}},
		}},
	}))
}
