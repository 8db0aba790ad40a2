//go:build integration

package edge_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"torii/edge"
	"torii/internal/recorder"
	"torii/internal/tags"
)

// gate is a component of the gate's type.
func gate(ctx *pulumi.Context) (pulumi.Resource, string, error) {
	made := &edge.Gateway{}
	if err := ctx.RegisterComponentResource("torii:edge:Gateway", "gate", made); err != nil {
		return nil, "", err
	}
	zone, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{Name: pulumi.StringRef(recorder.Domain)})
	if err != nil {
		return nil, "", err
	}
	return made, zone.ZoneId, nil
}

// flat is a gate with its certificates' parts in it, as they were before certificates
// were components.
func flat(ctx *pulumi.Context) error {
	parent, zone, err := gate(ctx)
	if err != nil {
		return err
	}
	in := pulumi.Parent(parent)
	key, err := tls.NewPrivateKey(ctx, "gate-self-signed", &tls.PrivateKeyArgs{
		Algorithm: pulumi.String("ECDSA"), EcdsaCurve: pulumi.String("P256"),
	}, in)
	if err != nil {
		return err
	}
	signed, err := tls.NewSelfSignedCert(ctx, "gate-self-signed", &tls.SelfSignedCertArgs{
		PrivateKeyPem:       key.PrivateKeyPem,
		DnsNames:            pulumi.ToStringArray([]string{"gate-1.elb.amazonaws.com", "www.example.jp"}),
		Subject:             &tls.SelfSignedCertSubjectArgs{CommonName: pulumi.String("Torii self-signed")},
		AllowedUses:         pulumi.ToStringArray([]string{"digital_signature", "key_encipherment", "server_auth"}),
		ValidityPeriodHours: pulumi.Int(8760), EarlyRenewalHours: pulumi.Int(720),
	}, in)
	if err != nil {
		return err
	}
	_, err = acm.NewCertificate(ctx, "gate-self-signed", &acm.CertificateArgs{
		PrivateKey: key.PrivateKeyPem, CertificateBody: signed.CertPem, Tags: tags.Set{}.Named("self-signed"),
	}, in)
	if err != nil {
		return err
	}
	requested, err := acm.NewCertificate(ctx, "gate-web", &acm.CertificateArgs{
		DomainName: pulumi.String("www.example.jp"), SubjectAlternativeNames: pulumi.StringArray{},
		ValidationMethod: pulumi.String("DNS"), Tags: tags.Set{}.Named("web"),
	}, in)
	if err != nil {
		return err
	}
	proof := requested.DomainValidationOptions.Index(pulumi.Int(0))
	record, err := route53.NewRecord(ctx, "gate-web-validation-www.example.jp", &route53.RecordArgs{
		ZoneId: pulumi.String(zone), Name: proof.ResourceRecordName().Elem(), Type: proof.ResourceRecordType().Elem(),
		Records: pulumi.StringArray{proof.ResourceRecordValue().Elem()}, Ttl: pulumi.Int(60), AllowOverwrite: pulumi.Bool(true),
	}, in)
	if err != nil {
		return err
	}
	_, err = acm.NewCertificateValidation(ctx, "gate-web", &acm.CertificateValidationArgs{
		CertificateArn: requested.Arn, ValidationRecordFqdns: pulumi.StringArray{record.Fqdn},
	}, in)
	return err
}

// components is the same gate as it is now.
func components(ctx *pulumi.Context) error {
	parent, zone, err := gate(ctx)
	if err != nil {
		return err
	}
	_, err = edge.NewCertificate(ctx, "gate-self-signed", &edge.CertificateArgs{
		Kind: edge.CertificateSelfSigned, OwnName: pulumi.String("gate-1.elb.amazonaws.com"), Hosts: []string{"www.example.jp"},
		Formerly: parent, Role: "self-signed", Tags: tags.Set{},
	}, pulumi.Parent(parent))
	if err != nil {
		return err
	}
	_, err = edge.NewCertificate(ctx, "gate-web", &edge.CertificateArgs{
		Kind: edge.CertificateACM, Hosts: []string{"www.example.jp"}, ZoneID: zone,
		Formerly: parent, Role: "web", Tags: tags.Set{},
	}, pulumi.Parent(parent))
	return err
}

func TestStandingGatesKeepTheirCertificates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := b.up(flat)
	assert.Len(t, work(first), 6)
	assert.Empty(t, work(b.up(components)), "nothing that a listener uses may change hands")
	b.destroy()
}
