package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Life of a self-signed certificate. It is made anew by the first `pulumi up` within
// the last 30 days; browsers refuse certificates that live longer than 398 days.
const (
	selfSignedHours        = 365 * 24
	selfSignedRenewalHours = 30 * 24
)

// selfSigned makes one certificate for all the names, and puts it where the load balancer
// finds it.
func (m *certificateMaker) selfSigned() (arn pulumi.StringOutput, err error) {
	key, err := tls.NewPrivateKey(m.ctx, m.name, keyArgs(m.args.Classic), m.part()...)
	if err != nil {
		return arn, fmt.Errorf("making the key of the self-signed certificate: %w", err)
	}
	var names pulumi.StringArray
	if m.args.OwnName != nil {
		names = append(names, m.args.OwnName)
	}
	for _, host := range m.args.Hosts {
		names = append(names, pulumi.String(host))
	}
	certificate, err := tls.NewSelfSignedCert(m.ctx, m.name, &tls.SelfSignedCertArgs{
		PrivateKeyPem: key.PrivateKeyPem,
		DnsNames:      names,
		// ACM refuses a certificate without an issuer, which is the subject here.
		Subject:             &tls.SelfSignedCertSubjectArgs{CommonName: pulumi.String("Torii self-signed")},
		AllowedUses:         pulumi.ToStringArray([]string{"digital_signature", "key_encipherment", "server_auth"}),
		ValidityPeriodHours: pulumi.Int(selfSignedHours),
		EarlyRenewalHours:   pulumi.Int(selfSignedRenewalHours),
	}, m.part()...)
	if err != nil {
		return arn, fmt.Errorf("making the self-signed certificate: %w", err)
	}
	if m.args.Classic {
		return m.uploaded(key, certificate)
	}
	imported, err := acm.NewCertificate(m.ctx, m.name, &acm.CertificateArgs{
		PrivateKey:      key.PrivateKeyPem,
		CertificateBody: certificate.CertPem,
		Tags:            m.args.Tags.Named(m.args.Role),
	}, m.part()...)
	if err != nil {
		return arn, fmt.Errorf("importing the self-signed certificate: %w", err)
	}
	return imported.Arn, nil
}

// keyArgs is the kind of key: elliptic where the load balancer takes one, since its
// handshakes are cheaper. Classic load balancers know only the older ones for sure.
func keyArgs(classic bool) *tls.PrivateKeyArgs {
	if classic {
		return &tls.PrivateKeyArgs{Algorithm: pulumi.String("RSA"), RsaBits: pulumi.Int(2048)}
	}
	return &tls.PrivateKeyArgs{Algorithm: pulumi.String("ECDSA"), EcdsaCurve: pulumi.String("P256")}
}

// uploaded puts a certificate into IAM. IAM changes none: a new one is uploaded beside the
// old, the listener takes it, and the old one goes last, as AWS refuses to delete one that
// a listener uses. With a name of its own Pulumi would turn that order round.
func (m *certificateMaker) uploaded(key *tls.PrivateKey, certificate *tls.SelfSignedCert) (arn pulumi.StringOutput, err error) {
	uploaded, err := iam.NewServerCertificate(m.ctx, m.name, &iam.ServerCertificateArgs{
		PrivateKey:      key.PrivateKeyPem,
		CertificateBody: certificate.CertPem,
		Tags:            m.args.Tags.Named(m.args.Role),
	}, m.part()...)
	if err != nil {
		return arn, fmt.Errorf("uploading the self-signed certificate: %w", err)
	}
	return uploaded.Arn, nil
}
