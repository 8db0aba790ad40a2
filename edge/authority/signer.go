package authority

import (
	"fmt"

	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	hoursPerDay = 24
	daysPerYear = 365
)

// signer is what certificates are signed with.
type signer struct {
	certificate pulumi.StringOutput // in PEM, the one certificate that signs
	key         pulumi.StringOutput // its key
	between     pulumi.StringOutput // in PEM: what servers and clients send beside their own certificate
	trusted     pulumi.StringOutput // in PEM: what certificates are checked against
}

// signers makes or takes over what clients and servers are signed with.
func (m *maker) signers() error {
	brought := m.args.Brought
	if brought == nil {
		own, err := m.own()
		if err != nil {
			return err
		}
		m.clients, m.servers = own, own
		m.self.ClientAuthorities = own.trusted
		return nil
	}
	parsed, err := certificates(brought.Certificates)
	if err != nil {
		return fmt.Errorf("reading the authority of %s: %w", m.name, err)
	}
	var between, all string
	for i, each := range parsed {
		all += encode(each)
		if i < len(parsed)-1 || !selfSigned(each) {
			between += encode(each)
		}
	}
	m.self.ClientAuthorities = pulumi.String(all).ToStringOutput()
	if brought.Key == nil {
		m.servers, err = m.own()
		return err
	}
	m.clients = &signer{
		certificate: pulumi.String(encode(parsed[0])).ToStringOutput(),
		key:         pulumi.ToSecret(brought.Key.ToStringOutput().ApplyT(plainKey)).(pulumi.StringOutput),
		between:     pulumi.String(between).ToStringOutput(),
		trusted:     m.self.ClientAuthorities,
	}
	m.servers = m.clients
	return nil
}

// own makes an authority. It is renewed, with the same key, before anything that it signs could outlive it.
func (m *maker) own() (*signer, error) {
	key, err := m.key(m.name, pulumi.Protect(m.args.Protect))
	if err != nil {
		return nil, err
	}
	certificate, err := tls.NewSelfSignedCert(m.ctx, m.name, &tls.SelfSignedCertArgs{
		PrivateKeyPem: key.PrivateKeyPem,
		Subject: &tls.SelfSignedCertSubjectArgs{
			CommonName: pulumi.String("Torii authority"), Organization: pulumi.String(m.args.Organization),
		},
		IsCaCertificate:     pulumi.Bool(true),
		SetSubjectKeyId:     pulumi.Bool(true),
		AllowedUses:         pulumi.ToStringArray([]string{"cert_signing", "crl_signing"}),
		ValidityPeriodHours: pulumi.Int(m.args.AuthorityYears * daysPerYear * hoursPerDay),
		EarlyRenewalHours:   pulumi.Int((m.args.ValidDays + m.args.RenewDays) * hoursPerDay),
	}, pulumi.Parent(m.self))
	if err != nil {
		return nil, fmt.Errorf("signing authority %s: %w", m.name, err)
	}
	return &signer{
		certificate: certificate.CertPem,
		key:         pulumi.ToSecret(key.PrivateKeyPem).(pulumi.StringOutput),
		between:     pulumi.String("").ToStringOutput(),
		trusted:     certificate.CertPem,
	}, nil
}

// Sizes of RSA keys, in bits. The authority's has to hold longer.
const (
	leafBits      = 2048
	authorityBits = 3072
)

// key makes a private key.
func (m *maker) key(name string, opts ...pulumi.ResourceOption) (*tls.PrivateKey, error) {
	args := &tls.PrivateKeyArgs{Algorithm: pulumi.String("ECDSA"), EcdsaCurve: pulumi.String("P256")}
	if m.args.Algorithm == RSA {
		args = &tls.PrivateKeyArgs{Algorithm: pulumi.String("RSA"), RsaBits: pulumi.Int(leafBits)}
		if name == m.name {
			args.RsaBits = pulumi.Int(authorityBits)
		}
	}
	made, err := tls.NewPrivateKey(m.ctx, name, args, append(opts, pulumi.Parent(m.self))...)
	if err != nil {
		return nil, fmt.Errorf("making key %s: %w", name, err)
	}
	return made, nil
}
