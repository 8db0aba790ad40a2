package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Life of a self-signed certificate. It is made anew by the first `pulumi up` within
// the last 30 days; browsers refuse certificates that live longer than 398 days.
const (
	selfSignedHours        = 365 * 24
	selfSignedRenewalHours = 30 * 24
)

// selfSigned makes one certificate for every site and the load balancer's own name,
// and imports it into ACM, where a new one takes the place of the old without a change
// to the listener.
func (b *builder) selfSigned() (pulumi.StringInput, error) {
	key, err := tls.NewPrivateKey(b.ctx, b.name+"-self-signed", &tls.PrivateKeyArgs{
		Algorithm:  pulumi.String("ECDSA"),
		EcdsaCurve: pulumi.String("P256"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, fmt.Errorf("making the key of the self-signed certificate: %w", err)
	}
	names := pulumi.StringArray{b.lb.DnsName}
	for _, site := range b.args.Sites {
		if site.Host != "" {
			names = append(names, pulumi.String(site.Host))
		}
	}
	certificate, err := tls.NewSelfSignedCert(b.ctx, b.name+"-self-signed", &tls.SelfSignedCertArgs{
		PrivateKeyPem: key.PrivateKeyPem,
		DnsNames:      names,
		// ACM refuses a certificate without an issuer, which is the subject here.
		Subject:             &tls.SelfSignedCertSubjectArgs{CommonName: pulumi.String("Torii self-signed")},
		AllowedUses:         pulumi.ToStringArray([]string{"digital_signature", "key_encipherment", "server_auth"}),
		ValidityPeriodHours: pulumi.Int(selfSignedHours),
		EarlyRenewalHours:   pulumi.Int(selfSignedRenewalHours),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, fmt.Errorf("making the self-signed certificate: %w", err)
	}
	imported, err := acm.NewCertificate(b.ctx, b.name+"-self-signed", &acm.CertificateArgs{
		PrivateKey:      key.PrivateKeyPem,
		CertificateBody: certificate.CertPem,
		Tags:            b.args.Tags.Named("self-signed"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, fmt.Errorf("importing the self-signed certificate: %w", err)
	}
	return imported.Arn, nil
}
