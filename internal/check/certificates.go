package check

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// serials are the serial numbers of certificates, in hexadecimal without leading zeros.
type serials map[string]bool

// serial writes a number as serials do; AWS has it with colons.
func serial(text string) string {
	return strings.TrimLeft(strings.ToLower(strings.ReplaceAll(text, ":", "")), "0")
}

// certificate is one that a load balancer answers with.
type certificate struct {
	name    string
	serial  string // as serials has it
	state   string // ISSUED, when it can be used
	why     string // what AWS says when it cannot
	ends    *time.Time
	renewed string // who makes the next one
}

// Who makes the next certificate.
const (
	renewedByAWS    = "AWS renews it by its DNS record; see that the record is there, pulumi up --refresh puts it back"
	renewedByPulumi = "pulumi up makes a new one in the last 30 days"
)

// certificates asks for the ends of what the stack's load balancers answer with. Those that other stacks have put on the
// gate are theirs to look after.
func (a *asker) certificates(ctx context.Context) ([]Finding, error) {
	arns, err := a.certificateARNs(ctx)
	if err != nil {
		return nil, err
	}
	var all []Finding
	known := serials{}
	for _, arn := range arns {
		look := a.issuedByACM
		if strings.Contains(arn, ":server-certificate/") {
			look = a.uploadedToIAM
		}
		found, err := look(ctx, arn)
		if err != nil {
			return all, err
		}
		if found != nil {
			known[found.serial] = true
			all = append(all, judgeCertificate(*found, a.CertificateDays, a.Now()))
		}
	}
	a.expected = known
	slices.SortStableFunc(all, func(x, y Finding) int { return compare(x.What, y.What) })
	return all, nil
}

// issuedByACM asks for a certificate of Certificate Manager. It returns nil for one of another stack.
func (a *asker) issuedByACM(ctx context.Context, arn string) (*certificate, error) {
	labels, err := a.AWS.ACM.ListTagsForCertificate(ctx, &acm.ListTagsForCertificateInput{CertificateArn: aws.String(arn)})
	if err != nil {
		return nil, fmt.Errorf("asking for the tags of certificate %s: %w", arn, err)
	}
	if a.another(tagMap(labels.Tags, func(t acmtypes.Tag) (*string, *string) { return t.Key, t.Value })) {
		return nil, nil
	}
	found, err := a.AWS.ACM.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: aws.String(arn)})
	if err != nil {
		return nil, fmt.Errorf("describing certificate %s: %w", arn, err)
	}
	c := found.Certificate
	name := aws.ToString(c.DomainName)
	if (name == "" || strings.Contains(name, " ")) && len(c.SubjectAlternativeNames) > 0 {
		name = c.SubjectAlternativeNames[0] // a self-signed one has no host in its subject
	}
	made := &certificate{
		name: name, serial: serial(aws.ToString(c.Serial)), state: string(c.Status), why: string(c.FailureReason),
		ends: c.NotAfter, renewed: renewedByPulumi,
	}
	if c.Type == acmtypes.CertificateTypeAmazonIssued {
		made.renewed, a.domain = renewedByAWS, true
	}
	return made, nil
}

// uploadedToIAM asks for a certificate that was uploaded to IAM. It returns nil for one of another stack.
func (a *asker) uploadedToIAM(ctx context.Context, arn string) (*certificate, error) {
	name := arn[strings.LastIndex(arn, "/")+1:]
	found, err := a.AWS.IAM.GetServerCertificate(ctx, &iam.GetServerCertificateInput{ServerCertificateName: aws.String(name)})
	if err != nil {
		return nil, fmt.Errorf("asking for server certificate %s: %w", name, err)
	}
	c := found.ServerCertificate
	if a.another(tagMap(c.Tags, func(t iamtypes.Tag) (*string, *string) { return t.Key, t.Value })) {
		return nil, nil
	}
	parsed, err := parse(aws.ToString(c.CertificateBody))
	if err != nil {
		return nil, fmt.Errorf("reading server certificate %s: %w", name, err)
	}
	return &certificate{
		name: name, serial: parsed.SerialNumber.Text(16), state: string(acmtypes.CertificateStatusIssued),
		ends: &parsed.NotAfter, renewed: renewedByPulumi,
	}, nil
}

// another tells whether tags are those of another stack. What has none was put there by hand, and counts here.
func (a *asker) another(tagged map[string]string) bool {
	return tagged["Stack"] != "" && !a.ours(tagged)
}

// parse reads the first certificate of a PEM text.
func parse(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("no PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}

// judgeCertificate judges a certificate that must be good for some more days.
func judgeCertificate(c certificate, days int, now time.Time) Finding {
	what := "certificate " + c.name
	switch acmtypes.CertificateStatus(c.state) {
	case acmtypes.CertificateStatusIssued:
	case acmtypes.CertificateStatusPendingValidation:
		return pending(what, "it is not issued yet: its DNS record is not found",
			"see that the domain's registrar names the hosted zone's name servers")
	case acmtypes.CertificateStatusExpired:
		return failed(what, "it has ended", c.renewed)
	default:
		why := "it is " + strings.ToLower(strings.ReplaceAll(c.state, "_", " "))
		if c.why != "" {
			why += ": " + c.why
		}
		return failed(what, why, "pulumi up --refresh makes it again")
	}
	return judgeEnd(what, c.ends, c.renewed, days, now)
}

// judgeEnd judges when something ends that must be good for some more days.
func judgeEnd(what string, ends *time.Time, renewed string, days int, now time.Time) Finding {
	if ends == nil {
		return failed(what, "AWS does not say when it ends", "look at it in the console")
	}
	left := ends.Sub(now)
	on := ends.UTC().Format(time.DateOnly)
	switch {
	case left <= 0:
		return failed(what, "it ended on "+on, renewed)
	case left < time.Duration(days)*24*time.Hour:
		return failed(what, fmt.Sprintf("it ends on %s, in %s", on, hours(left)), renewed)
	}
	return fine(what, "it is good until %s", on)
}

// clientCertificates asks nobody: the outputs say when certificates end that clients were given. The bundles, which are
// secret, are not read.
func (a *asker) clientCertificates(context.Context) ([]Finding, error) {
	var all []Finding
	if a.Outputs.Authority != "" {
		authority, err := parse(a.Outputs.Authority)
		if err != nil {
			return nil, fmt.Errorf("reading the output authorityCertificate: %w", err)
		}
		all = append(all, judgeEnd("certificate authority", &authority.NotAfter,
			"see authorityYears in README; what it signed ends with it", a.CertificateDays, a.Now()))
	}
	latest := map[string]time.Time{}
	for _, each := range a.Outputs.Issued {
		if !each.Revoked && each.NotAfter.After(latest[each.Client]) {
			latest[each.Client] = each.NotAfter
		}
	}
	for _, client := range sorted(latest) {
		end := latest[client]
		all = append(all, judgeEnd("certificate of client "+client, &end,
			"pulumi up makes a new one in its last renewDays; hand it on", a.CertificateDays, a.Now()))
	}
	return all, nil
}
