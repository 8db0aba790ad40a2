package edge

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// issued asks ACM for a certificate of the hosts and waits until it is issued.
func (m *certificateMaker) issued() (arn pulumi.StringOutput, err error) {
	certificate, err := acm.NewCertificate(m.ctx, m.name, &acm.CertificateArgs{
		DomainName:              pulumi.String(m.args.Hosts[0]),
		SubjectAlternativeNames: pulumi.ToStringArray(m.args.Hosts[1:]),
		ValidationMethod:        pulumi.String("DNS"),
		Tags:                    m.args.Tags.Named(m.args.Role),
	}, m.part()...)
	if err != nil {
		return arn, fmt.Errorf("requesting certificate of %s: %w", m.args.Hosts[0], err)
	}
	var fqdns pulumi.StringArray
	for _, name := range ValidationNames(m.args.Hosts) {
		option := certificate.DomainValidationOptions.ApplyT(
			func(options []acm.CertificateDomainValidationOption) (acm.CertificateDomainValidationOption, error) {
				return validationOption(options, name)
			}).(acm.CertificateDomainValidationOptionOutput)
		record, err := route53.NewRecord(m.ctx, m.name+"-validation-"+name, &route53.RecordArgs{
			ZoneId:  pulumi.String(m.args.ZoneID),
			Name:    option.ResourceRecordName().Elem(),
			Type:    option.ResourceRecordType().Elem(),
			Records: pulumi.StringArray{option.ResourceRecordValue().Elem()},
			Ttl:     pulumi.Int(60),
			// ACM gives an account the same record each time it asks for a name, so one may
			// be there from a certificate made by hand.
			AllowOverwrite: pulumi.Bool(true),
		}, m.part()...)
		if err != nil {
			return arn, fmt.Errorf("creating validation record of %s: %w", name, err)
		}
		fqdns = append(fqdns, record.Fqdn)
	}
	validated, err := acm.NewCertificateValidation(m.ctx, m.name, &acm.CertificateValidationArgs{
		CertificateArn:        certificate.Arn,
		ValidationRecordFqdns: fqdns,
	}, m.part(pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "45m"}))...)
	if err != nil {
		return arn, fmt.Errorf("waiting for certificate of %s: %w", m.args.Hosts[0], err)
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
