package recorder_test

import (
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
)

// signs is a program with an authority of one kind of key and a certificate of another.
func signs(uses ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		root, err := tls.NewPrivateKey(ctx, "root", &tls.PrivateKeyArgs{Algorithm: pulumi.String("RSA"), RsaBits: pulumi.Int(2048)})
		if err != nil {
			return err
		}
		authority, err := tls.NewSelfSignedCert(ctx, "root", &tls.SelfSignedCertArgs{
			PrivateKeyPem: root.PrivateKeyPem, IsCaCertificate: pulumi.Bool(true), SetSubjectKeyId: pulumi.Bool(true),
			AllowedUses: pulumi.ToStringArray([]string{"cert_signing", "crl_signing"}), ValidityPeriodHours: pulumi.Int(48),
			Subject: &tls.SelfSignedCertSubjectArgs{CommonName: pulumi.String("root"), Organization: pulumi.String("test")},
		})
		if err != nil {
			return err
		}
		key, err := tls.NewPrivateKey(ctx, "leaf", &tls.PrivateKeyArgs{Algorithm: pulumi.String("ECDSA"), EcdsaCurve: pulumi.String("P256")})
		if err != nil {
			return err
		}
		asked, err := tls.NewCertRequest(ctx, "leaf", &tls.CertRequestArgs{
			PrivateKeyPem: key.PrivateKeyPem, DnsNames: pulumi.ToStringArray([]string{"www.example.jp"}),
		})
		if err != nil {
			return err
		}
		_, err = tls.NewLocallySignedCert(ctx, "leaf", &tls.LocallySignedCertArgs{
			CertRequestPem: asked.CertRequestPem, CaCertPem: authority.CertPem, CaPrivateKeyPem: root.PrivateKeyPem,
			AllowedUses: pulumi.ToStringArray(uses), ValidityPeriodHours: pulumi.Int(24),
		})
		return err
	}
}

func TestCertificatesAreReal(t *testing.T) {
	r := recorder.MustRun(t, "test", nil, signs("digital_signature", "server_auth"))
	certificate := func(token, name string) *x509.Certificate {
		block, _ := pem.Decode([]byte(r.One(t, token, name).Output("certPem").(string)))
		require.NotNil(t, block)
		parsed, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		return parsed
	}
	root := certificate("tls:index/selfSignedCert:SelfSignedCert", "root")
	leaf := certificate("tls:index/locallySignedCert:LocallySignedCert", "leaf")
	roots := x509.NewCertPool()
	roots.AddCert(root)
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "www.example.jp"})
	require.NoError(t, err)
	assert.Equal(t, "CN=root,O=test", root.Subject.String())
	assert.Equal(t, root.SubjectKeyId, leaf.AuthorityKeyId)
	assert.Equal(t, []any{true, x509.KeyUsageCertSign | x509.KeyUsageCRLSign}, []any{root.IsCA, root.KeyUsage})
	assert.Equal(t, []any{false, x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}},
		[]any{leaf.IsCA, leaf.KeyUsage, leaf.ExtKeyUsage})

	key := r.One(t, "tls:index/privateKey:PrivateKey", "leaf")
	assert.True(t, key.Outputs["privateKeyPem"].IsSecret())
	assert.Contains(t, key.Output("privateKeyPem"), "-----BEGIN PRIVATE KEY-----")
}

// TestUsesAreRefused: what the provider refuses, misspelt as its documentation has it, is refused here too.
func TestUsesAreRefused(t *testing.T) {
	_, err := recorder.Run("test", nil, signs("serverAuth"))
	assert.ErrorContains(t, err, `"serverAuth" is no use that certificates have here`)
}

func TestConfigurationMayBeSecret(t *testing.T) {
	var secret, plain bool
	config := map[string]string{"torii:a": "1", "torii:b": "2"}
	_, err := recorder.RunGiven("test", config, func(ctx *pulumi.Context) error {
		secret, plain = ctx.IsConfigSecret("torii:a"), ctx.IsConfigSecret("torii:b")
		return nil
	}, recorder.Given{Secrets: []string{"torii:a"}})
	require.NoError(t, err)
	assert.Equal(t, []bool{true, false}, []bool{secret, plain})
}
