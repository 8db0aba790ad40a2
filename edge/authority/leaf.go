package authority

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// leaf is a certificate of a client or a server, and its key.
type leaf struct {
	key         pulumi.StringOutput // secret
	certificate pulumi.StringOutput // alone
	expires     pulumi.StringOutput
}

// request is what a certificate is to say.
type request struct {
	name       string // of its parts
	commonName string
	hosts      pulumi.StringArray
	use        string
}

// client makes a client's certificate. A client that had one revoked gets another key, under another name: Pulumi would
// otherwise keep the old one if it never came to delete it.
func (m *maker) client(client string, round int) (leaf, error) {
	name := m.name + "-" + client
	if round > 0 {
		name = fmt.Sprintf("%s.%d", name, round+1) // no other client's name has a dot
	}
	return m.sign(m.clients, request{name: name, commonName: client, use: "client_auth"})
}

// sign makes a key and has its certificate signed.
func (m *maker) sign(by *signer, wanted request) (leaf, error) {
	key, err := m.key(wanted.name)
	if err != nil {
		return leaf{}, err
	}
	asked, err := tls.NewCertRequest(m.ctx, wanted.name, &tls.CertRequestArgs{
		PrivateKeyPem: key.PrivateKeyPem,
		DnsNames:      wanted.hosts,
		Subject: &tls.CertRequestSubjectArgs{
			CommonName: pulumi.String(wanted.commonName), Organization: pulumi.String(m.args.Organization),
		},
	}, pulumi.Parent(m.self))
	if err != nil {
		return leaf{}, fmt.Errorf("asking for certificate %s: %w", wanted.name, err)
	}
	signed, err := tls.NewLocallySignedCert(m.ctx, wanted.name, &tls.LocallySignedCertArgs{
		CertRequestPem:      asked.CertRequestPem,
		CaCertPem:           by.certificate,
		CaPrivateKeyPem:     by.key,
		SetSubjectKeyId:     pulumi.Bool(true),
		AllowedUses:         pulumi.ToStringArray([]string{"digital_signature", wanted.use}),
		ValidityPeriodHours: pulumi.Int(m.args.ValidDays * hoursPerDay),
		EarlyRenewalHours:   pulumi.Int(m.args.RenewDays * hoursPerDay),
	}, pulumi.Parent(m.self))
	if err != nil {
		return leaf{}, fmt.Errorf("signing certificate %s: %w", wanted.name, err)
	}
	return leaf{
		key:         pulumi.ToSecret(key.PrivateKeyPem).(pulumi.StringOutput),
		certificate: public(signed.CertPem),
		expires:     public(signed.CertPem).ApplyT(end).(pulumi.StringOutput),
	}, nil
}

// end is when a certificate in PEM ends. The provider says it too, in this machine's time zone.
func end(certificate string) (string, error) {
	parsed, err := certificates(certificate)
	if err != nil {
		return "", fmt.Errorf("reading a certificate that was issued: %w", err)
	}
	return parsed[0].NotAfter.UTC().Format(time.RFC3339), nil
}

// public takes the mark of a secret off what is for everybody to see, whatever secrets it was made with.
func public(of pulumi.StringOutput) pulumi.StringOutput {
	return pulumi.Unsecret(of).(pulumi.StringOutput)
}

// with is a certificate followed by others.
func with(certificate, others pulumi.StringOutput) pulumi.StringOutput {
	return pulumi.Sprintf("%s%s", certificate, others)
}

// ServerArgs describes a server.
type ServerArgs struct {
	CommonName string               // Required, at most 64 characters.
	Hosts      []string             // Names that clients know it by.
	Names      []pulumi.StringInput // Further names, such as those of load balancers. One of Hosts and Names is needed.
}

// Server is what a server shows its clients.
type Server struct {
	PrivateKey  pulumi.StringOutput // secret, in PEM
	Certificate pulumi.StringOutput // in PEM, with those between it and the root
}

// Server makes a server's certificate; its parts are named name and ".server", as no part of a client is. It fails without
// a name for clients to know it by.
func (a *Authority) Server(_ *pulumi.Context, name string, args ServerArgs) (*Server, error) {
	if args.CommonName == "" || len(args.CommonName) > longestName {
		return nil, fmt.Errorf("creating certificate %s: common name %q has not 1 to %d characters", name, args.CommonName, longestName)
	}
	if len(args.Hosts)+len(args.Names) == 0 {
		return nil, fmt.Errorf("creating certificate %s: no name is given that it is for", name)
	}
	hosts := pulumi.ToStringArray(args.Hosts)
	for _, each := range args.Names {
		hosts = append(hosts, each)
	}
	made, err := a.m.sign(a.m.servers, request{name: name + ".server", commonName: args.CommonName, hosts: hosts, use: "server_auth"})
	if err != nil {
		return nil, err
	}
	return &Server{PrivateKey: made.key, Certificate: with(made.certificate, a.m.servers.between)}, nil
}
