package edge

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// CertificateKind is where the gate's certificates come from.
type CertificateKind string

// Kinds of certificates.
const (
	CertificateACM        CertificateKind = "acm"         // issued by AWS, checked by DNS, renewed by AWS
	CertificateSelfSigned CertificateKind = "self-signed" // made here; browsers warn
)

// siteCertificate is a certificate that the listener can use.
type siteCertificate struct {
	site string // "" when it serves every site
	arn  pulumi.StringInput
}

// certificates makes what the HTTPS listener needs, the default one first.
func (b *builder) certificates() ([]siteCertificate, error) {
	switch b.args.Kind {
	case CertificateSelfSigned:
		arn, err := b.selfSigned()
		if err != nil {
			return nil, err
		}
		return []siteCertificate{{arn: arn}}, nil
	case CertificateACM:
		all := make([]siteCertificate, 0, len(b.args.Sites))
		for _, site := range b.args.Sites {
			arn, err := b.issued(site.Name, []string{site.Host})
			if err != nil {
				return nil, err
			}
			all = append(all, siteCertificate{site: site.Name, arn: arn})
		}
		return all, nil
	default:
		return nil, fmt.Errorf("creating certificates: %q is not a kind of certificate", b.args.Kind)
	}
}

// issued asks ACM for a certificate of some names and waits until it is issued. Every
// site has its own: ACM cannot add a name to a certificate, so one for all would be
// replaced with every site that comes or goes.
func (b *builder) issued(site string, names []string) (pulumi.StringInput, error) {
	certificate, err := acm.NewCertificate(b.ctx, b.name+"-"+site, &acm.CertificateArgs{
		DomainName:              pulumi.String(names[0]),
		SubjectAlternativeNames: pulumi.ToStringArray(names[1:]),
		ValidationMethod:        pulumi.String("DNS"),
		Tags:                    b.args.Tags.Named(site),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, fmt.Errorf("requesting certificate of %s: %w", site, err)
	}
	var fqdns pulumi.StringArray
	for _, name := range ValidationNames(names) {
		option := certificate.DomainValidationOptions.ApplyT(
			func(options []acm.CertificateDomainValidationOption) (acm.CertificateDomainValidationOption, error) {
				return validationOption(options, name)
			}).(acm.CertificateDomainValidationOptionOutput)
		record, err := route53.NewRecord(b.ctx, b.name+"-"+site+"-validation-"+name, &route53.RecordArgs{
			ZoneId:  pulumi.String(b.args.ZoneID),
			Name:    option.ResourceRecordName().Elem(),
			Type:    option.ResourceRecordType().Elem(),
			Records: pulumi.StringArray{option.ResourceRecordValue().Elem()},
			Ttl:     pulumi.Int(60),
			// ACM gives an account the same record each time it asks for a name, so one may
			// be there from a certificate made by hand.
			AllowOverwrite: pulumi.Bool(true),
		}, pulumi.Parent(b.self))
		if err != nil {
			return nil, fmt.Errorf("creating validation record of %s: %w", name, err)
		}
		fqdns = append(fqdns, record.Fqdn)
	}
	validated, err := acm.NewCertificateValidation(b.ctx, b.name+"-"+site, &acm.CertificateValidationArgs{
		CertificateArn:        certificate.Arn,
		ValidationRecordFqdns: fqdns,
	}, pulumi.Parent(b.self), pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "45m"}))
	if err != nil {
		return nil, fmt.Errorf("waiting for certificate of %s: %w", site, err)
	}
	return validated.CertificateArn, nil
}

// ValidationNames returns the names whose DNS records prove a certificate's names, each
// once: a wildcard is proven by the record of the name below it.
func ValidationNames(names []string) []string {
	var distinct []string
	seen := map[string]bool{}
	for _, name := range names {
		name = strings.TrimPrefix(name, "*.")
		if !seen[name] {
			seen[name] = true
			distinct = append(distinct, name)
		}
	}
	return distinct
}

// validationOption finds what ACM wants to see in DNS for one name. Its list is in no
// order, so that a place in it means nothing.
func validationOption(
	options []acm.CertificateDomainValidationOption, name string,
) (acm.CertificateDomainValidationOption, error) {
	for _, option := range options {
		if option.DomainName != nil && strings.TrimPrefix(*option.DomainName, "*.") == name {
			return option, nil
		}
	}
	return acm.CertificateDomainValidationOption{}, fmt.Errorf("AWS gave no validation record for %s", name)
}
