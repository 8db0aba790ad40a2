package check

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestJudgeCertificate(t *testing.T) {
	t.Parallel()
	in := func(days, hours int) *time.Time {
		at := noon.Add(time.Duration(24*days+hours) * time.Hour)
		return &at
	}
	judge := func(c certificate) Finding { return judgeCertificate(c, 30, noon) }
	issued := func(ends *time.Time) certificate {
		return certificate{name: "thing", state: "ISSUED", ends: ends, renewed: renewedByAWS}
	}
	for _, c := range []judged{
		{"good", judge(issued(in(31, 0))), OK, "it is good until 2026-12-23", false},
		{"on the last day that is enough", judge(issued(in(30, 0))), OK, "it is good until 2026-12-22", false},
		{"an hour short of it", judge(issued(in(29, 23))), Failed, "it ends on 2026-12-22, in 29 days", false},
		{"tomorrow", judge(issued(in(1, 1))), Failed, "it ends on 2026-11-23, in 25 hours", false},
		{"over", judge(issued(in(0, 0))), Failed, "it ended on 2026-11-22", false},
		{"long over", judge(certificate{name: "thing", state: "EXPIRED", renewed: renewedByAWS}), Failed, "it has ended", false},
		{"not issued yet", judge(certificate{name: "thing", state: "PENDING_VALIDATION"}), Failed,
			"it is not issued yet: its DNS record is not found", true},
		{"refused", judge(certificate{name: "thing", state: "VALIDATION_TIMED_OUT", why: "CAA_ERROR"}), Failed,
			"it is validation timed out: CAA_ERROR", false},
		{"of an unknown end", judge(issued(nil)), Failed, "AWS does not say when it ends", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, "certificate thing", c.got.What)
			assert.Equal(t, c.verdict, c.got.Verdict)
			assert.Equal(t, c.why, c.got.Why)
			assert.Equal(t, c.pending, c.got.Pending)
		})
	}
	assert.Equal(t, renewedByAWS, judge(issued(in(3, 0))).Do, "who renews it is who must be looked after")
}

// TestClientCertificates wants the latest of each client's to count, and none that was revoked.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	until := func(days int) time.Time { return noon.Add(time.Duration(24*days) * time.Hour) }
	a := &asker{Options: Options{CertificateDays: 30, Now: func() time.Time { return noon }, Outputs: Outputs{
		Authority: pemOf(t, made(t, "the authority", until(3650), nil)),
		Issued: []Issued{
			{Client: "partner-a", NotAfter: until(5)}, {Client: "partner-a", NotAfter: until(365)},
			{Client: "partner-b", NotAfter: until(12)},
			{Client: "partner-c", NotAfter: until(300), Revoked: true},
		},
	}}}
	found, err := a.clientCertificates(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []Finding{
		fine("certificate authority", "it is good until 2036-11-19"),
		fine("certificate of client partner-a", "it is good until 2027-11-22"),
		failed("certificate of client partner-b", "it ends on 2026-12-04, in 12 days",
			"pulumi up makes a new one in its last renewDays; hand it on"),
	}, found)

	a.Outputs.Authority = "no PEM"
	_, err = a.clientCertificates(t.Context())
	require.EqualError(t, err, "reading the output authorityCertificate: no PEM")
}

// fakeACM has one certificate, with tags.
type fakeACM struct {
	tags   []acmtypes.Tag
	detail acmtypes.CertificateDetail
}

func (f fakeACM) ListTagsForCertificate(
	context.Context, *acm.ListTagsForCertificateInput, ...func(*acm.Options),
) (*acm.ListTagsForCertificateOutput, error) {
	return &acm.ListTagsForCertificateOutput{Tags: f.tags}, nil
}

func (f fakeACM) DescribeCertificate(
	context.Context, *acm.DescribeCertificateInput, ...func(*acm.Options),
) (*acm.DescribeCertificateOutput, error) {
	return &acm.DescribeCertificateOutput{Certificate: &f.detail}, nil
}

// TestIssuedByACM wants the certificates of other stacks on the gate to be theirs to look after.
func TestIssuedByACM(t *testing.T) {
	t.Parallel()
	of := func(stack string) []acmtypes.Tag {
		return []acmtypes.Tag{{Key: aws.String("Project"), Value: aws.String("torii")}, {Key: aws.String("Stack"), Value: aws.String(stack)}}
	}
	ask := func(f fakeACM) (*asker, *certificate) {
		a := &asker{Options: Options{AWS: AWS{ACM: f}}, tags: map[string]string{"Project": "torii", "Stack": "prod"}}
		found, err := a.issuedByACM(t.Context(), "arn")
		require.NoError(t, err)
		return a, found
	}
	byAWS := acmtypes.CertificateDetail{
		DomainName: aws.String("www.example.jp"), Status: "ISSUED", Type: acmtypes.CertificateTypeAmazonIssued, Serial: aws.String("0a:BC:00"),
	}
	for _, mine := range [][]acmtypes.Tag{of("prod"), nil} {
		a, found := ask(fakeACM{tags: mine, detail: byAWS})
		assert.Equal(t, &certificate{name: "www.example.jp", serial: "abc00", state: "ISSUED", renewed: renewedByAWS}, found)
		assert.True(t, a.domain)
	}
	_, found := ask(fakeACM{tags: of("second"), detail: byAWS})
	assert.Nil(t, found)

	a, found := ask(fakeACM{detail: acmtypes.CertificateDetail{
		DomainName: aws.String("Torii self-signed"), SubjectAlternativeNames: []string{"gate-1.elb.amazonaws.com"}, Status: "ISSUED",
		Type: acmtypes.CertificateTypeImported,
	}})
	assert.Equal(t, &certificate{name: "gate-1.elb.amazonaws.com", state: "ISSUED", renewed: renewedByPulumi}, found)
	assert.False(t, a.domain)
}
