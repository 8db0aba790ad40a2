package edge

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// siteCertificate is a certificate that the gate's listener can use.
type siteCertificate struct {
	site string // "" when it serves every site
	arn  pulumi.StringInput
}

// certificates makes what the gate's HTTPS listener needs, the default one first. With
// ACM every site has its own: ACM cannot add a name to a certificate, so one for all would
// be replaced with every site that comes or goes.
func (b *builder) certificates() ([]siteCertificate, error) {
	if b.args.Kind == CertificateSelfSigned {
		arn, err := b.certificate("self-signed", b.hosts(), b.lb.DnsName)
		return []siteCertificate{{arn: arn}}, err
	}
	all := make([]siteCertificate, 0, len(b.args.Sites))
	for _, site := range b.args.Sites {
		arn, err := b.certificate(site.Name, []string{site.Host}, nil)
		if err != nil {
			return nil, fmt.Errorf("site %s: %w", site.Name, err)
		}
		all = append(all, siteCertificate{site: site.Name, arn: arn})
	}
	return all, nil
}

// hosts are the names of the sites that have one.
func (b *builder) hosts() []string {
	var all []string
	for _, site := range b.args.Sites {
		if site.Host != "" {
			all = append(all, site.Host)
		}
	}
	return all
}

func (b *builder) certificate(role string, hosts []string, ownName pulumi.StringInput) (pulumi.StringInput, error) {
	made, err := NewCertificate(b.ctx, b.name+"-"+role, &CertificateArgs{
		Kind: b.args.Kind, Hosts: hosts, OwnName: ownName, ZoneID: b.args.ZoneID,
		Formerly: b.self, Role: role, Tags: b.args.Tags,
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, err
	}
	return made.ARN, nil
}
