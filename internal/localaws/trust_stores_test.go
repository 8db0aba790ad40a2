//go:build integration

package localaws_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"torii/internal/certtest"
)

// onCurve is an authority with a key of another kind.
func onCurve(t *testing.T, curve elliptic.Curve) *certtest.Identity {
	t.Helper()
	wanted := certtest.Authority(t, "test").Parsed
	wanted.PublicKey, wanted.SubjectKeyId = nil, nil // the other key's take their place
	return certtest.Sign(t, wanted, certtest.Key(t, curve), nil)
}

// shelf is a bucket that keeps versions, in a world.
type shelf struct {
	*world
	files *s3.Client
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	w := newWorld(t)
	s := &shelf{world: w, files: s3.NewFromConfig(config(w.server), func(o *s3.Options) { o.UsePathStyle = true })}
	ask(t, s.files.CreateBucket, &s3.CreateBucketInput{
		Bucket: aws.String("shelf"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
	})
	ask(t, s.files.PutBucketVersioning, &s3.PutBucketVersioningInput{
		Bucket: aws.String("shelf"), VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
	})
	return s
}

// put writes a file and returns its version.
func (s *shelf) put(key, text string) *string {
	s.Helper()
	return ask(s.T, s.files.PutObject, &s3.PutObjectInput{Bucket: aws.String("shelf"), Key: &key, Body: strings.NewReader(text)}).VersionId
}

// create makes a trust store named clients.
func (s *shelf) create(key string, version *string) (elbtypes.TrustStore, error) {
	s.Helper()
	name := "clients"
	made, err := s.balancing.CreateTrustStore(s.Context(), &elb.CreateTrustStoreInput{
		Name: &name, CaCertificatesBundleS3Bucket: aws.String("shelf"), CaCertificatesBundleS3Key: &key,
		CaCertificatesBundleS3ObjectVersion: version, Tags: []elbtypes.Tag{{Key: aws.String("Name"), Value: &name}},
	})
	if err != nil {
		return elbtypes.TrustStore{}, err
	}
	return made.TrustStores[0], nil
}

// fetch reads what a load balancer's address in S3 leads to.
func (s *shelf) fetch(location *string) string {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), http.MethodGet, *location, nil)
	if err != nil {
		s.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		s.Fatalf("%s: %s, %v", *location, answer.Status, err)
	}
	if err := answer.Body.Close(); err != nil {
		s.Fatal(err)
	}
	return string(text)
}

func TestTrustStoreCopiesItsBundle(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	first := certtest.Authority(t, "test").Certificate
	second := onCurve(t, elliptic.P384()).Certificate
	before := s.put("bundle", first)
	store, err := s.create("bundle", before)
	if err != nil {
		t.Fatal(err)
	}
	both := s.put("bundle", first+"# the next\n"+second)
	look := func() (elbtypes.TrustStore, string) {
		t.Helper()
		found := ask(t, s.balancing.DescribeTrustStores, &elb.DescribeTrustStoresInput{
			TrustStoreArns: []string{*store.TrustStoreArn},
		}).TrustStores
		return found[0], s.fetch(ask(t, s.balancing.GetTrustStoreCaCertificatesBundle, &elb.GetTrustStoreCaCertificatesBundleInput{
			TrustStoreArn: store.TrustStoreArn,
		}).Location)
	}
	found, bundle := look()
	if found.Status != elbtypes.TrustStoreStatusActive || *found.Name != "clients" || *found.NumberOfCaCertificates != 1 || bundle != first {
		t.Errorf("%+v\n%s", found, bundle)
	}
	ask(t, s.balancing.ModifyTrustStore, &elb.ModifyTrustStoreInput{
		TrustStoreArn: store.TrustStoreArn, CaCertificatesBundleS3Bucket: aws.String("shelf"),
		CaCertificatesBundleS3Key: aws.String("bundle"), CaCertificatesBundleS3ObjectVersion: both,
	})
	if found, bundle = look(); *found.NumberOfCaCertificates != 2 || bundle != first+"# the next\n"+second {
		t.Errorf("%+v\n%s", found, bundle)
	}
	tags := ask(t, s.balancing.DescribeTags, &elb.DescribeTagsInput{ResourceArns: []string{*store.TrustStoreArn}}).TagDescriptions
	if len(tags[0].Tags) != 1 || *tags[0].Tags[0].Value != "clients" {
		t.Errorf("tags: %+v", tags)
	}
	_, err = s.create("bundle", before)
	refused(t, err, "DuplicateTrustStoreName", "clients")
	there, err := s.server.Resources(t.Context())
	if err != nil || len(there["elbv2"]["TrustStore"]) != 1 || there["elbv2"]["TrustStore"][0] != *store.TrustStoreArn {
		t.Errorf("resources: %v, %v", there, err)
	}
}

func TestBundlesThatAWSRefuses(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	authority := certtest.Authority(t, "test")
	good := authority.Certificate
	leaf := certtest.Authority(t, "test", func(c *x509.Certificate) { c.BasicConstraintsValid, c.IsCA = false, false }).Certificate
	weak := onCurve(t, elliptic.P224()).Certificate
	for text, problem := range map[string]string{
		"no certificate": "it holds no certificate",
		good + leaf:      "a certificate is not one of an authority",
		weak:             "the key of a certificate is too short or of an unknown kind",
		good + "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n": "it holds a private key",
		authority.List(t, big.NewInt(1)):                                        "it holds a x509 crl",
		"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n":        "not valid",
	} {
		_, err := s.create("bundle", s.put("bundle", text))
		refused(t, err, "InvalidCaCertificatesBundle", problem)
	}
	_, err := s.create("bundle", aws.String("none"))
	refused(t, err, "CaCertificatesBundleNotFound", "s3://shelf/bundle")
	_, err = s.create("none", nil)
	refused(t, err, "CaCertificatesBundleNotFound", "s3://shelf/none")
}

func TestRevocationListsStandSideBySide(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	authority := certtest.Authority(t, "test")
	bundle := authority.Certificate
	store, err := s.create("bundle", s.put("bundle", bundle))
	if err != nil {
		t.Fatal(err)
	}
	add := func(key string, version *string) (*elb.AddTrustStoreRevocationsOutput, error) {
		return s.balancing.AddTrustStoreRevocations(t.Context(), &elb.AddTrustStoreRevocationsInput{
			TrustStoreArn:      store.TrustStoreArn,
			RevocationContents: []elbtypes.RevocationContent{{S3Bucket: aws.String("shelf"), S3Key: &key, S3ObjectVersion: version}},
		})
	}
	one, two := authority.List(t, big.NewInt(7)), authority.List(t, big.NewInt(7), big.NewInt(8))
	if first, err := add("list", s.put("list", one)); err != nil || *first.TrustStoreRevocations[0].RevocationId != 1 {
		t.Fatal(first, err)
	}
	second, err := add("list", s.put("list", two))
	if err != nil || *second.TrustStoreRevocations[0].RevocationId != 2 || *second.TrustStoreRevocations[0].NumberOfRevokedEntries != 2 {
		t.Fatal(second, err)
	}
	total := func() int64 {
		t.Helper()
		found := ask(t, s.balancing.DescribeTrustStores, &elb.DescribeTrustStoresInput{Names: []string{"clients"}}).TrustStores
		return *found[0].TotalRevokedEntries
	}
	if n := total(); n != 3 {
		t.Errorf("%d entries", n)
	}
	remove := func() error {
		_, err := s.balancing.RemoveTrustStoreRevocations(t.Context(), &elb.RemoveTrustStoreRevocationsInput{
			TrustStoreArn: store.TrustStoreArn, RevocationIds: []int64{1},
		})
		return err
	}
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	refused(t, remove(), "RevocationIdNotFound", "1")
	left := ask(t, s.balancing.DescribeTrustStoreRevocations, &elb.DescribeTrustStoreRevocationsInput{TrustStoreArn: store.TrustStoreArn})
	all := left.TrustStoreRevocations
	if len(all) != 1 || *all[0].RevocationId != 2 || all[0].RevocationType != elbtypes.RevocationTypeCrl || total() != 2 {
		t.Errorf("left: %+v", all)
	}
	if text := s.fetch(ask(t, s.balancing.GetTrustStoreRevocationContent, &elb.GetTrustStoreRevocationContentInput{
		TrustStoreArn: store.TrustStoreArn, RevocationId: aws.Int64(2),
	}).Location); text != two {
		t.Errorf("content: %s", text)
	}
	_, err = add("list", s.put("list", bundle))
	refused(t, err, "InvalidRevocationContent", "it holds a certificate")
	_, err = add("none", nil)
	refused(t, err, "RevocationContentNotFound", "s3://shelf/none")
}
