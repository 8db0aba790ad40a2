//go:build integration

package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"torii/internal/certtest"
)

// upload puts a new certificate into IAM.
func upload(t *testing.T, users *iam.Client, name string) iamtypes.ServerCertificateMetadata {
	t.Helper()
	made := certtest.SelfSigned(t, "test")
	return *ask(t, users.UploadServerCertificate, &iam.UploadServerCertificateInput{
		ServerCertificateName: &name, CertificateBody: &made.Certificate, PrivateKey: &made.Key,
		Tags: []iamtypes.Tag{{Key: aws.String("Name"), Value: &name}},
	}).ServerCertificateMetadata
}

func TestServerCertificatesAreToldApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	users := iam.NewFromConfig(config(w.server))
	made := certtest.SelfSigned(t, "test")
	body, key, ends := made.Certificate, made.Key, made.Parsed.NotAfter
	first := ask(t, users.UploadServerCertificate, &iam.UploadServerCertificateInput{
		ServerCertificateName: aws.String("first"), CertificateBody: &body, PrivateKey: &key,
	}).ServerCertificateMetadata
	second := upload(t, users, "second")
	if *first.ServerCertificateId == *second.ServerCertificateId || !first.Expiration.Equal(ends) {
		t.Errorf("identifiers %s and %s; the first ends %s, not %s",
			*first.ServerCertificateId, *second.ServerCertificateId, first.Expiration, ends)
	}
	_, err := users.UploadServerCertificate(t.Context(), &iam.UploadServerCertificateInput{
		ServerCertificateName: aws.String("first"), CertificateBody: &body, PrivateKey: &key,
	})
	refused(t, err, "EntityAlreadyExists", "first")
	_, err = users.UploadServerCertificate(t.Context(), &iam.UploadServerCertificateInput{
		ServerCertificateName: aws.String("third"), CertificateBody: aws.String("text"), PrivateKey: &key,
	})
	refused(t, err, "MalformedCertificate", "parse")

	ask(t, users.TagServerCertificate, &iam.TagServerCertificateInput{
		ServerCertificateName: aws.String("second"), Tags: []iamtypes.Tag{{Key: aws.String("Stack"), Value: aws.String("dev")}},
	})
	ask(t, users.UntagServerCertificate, &iam.UntagServerCertificateInput{
		ServerCertificateName: aws.String("second"), TagKeys: []string{"Name"},
	})
	tags := ask(t, users.ListServerCertificateTags, &iam.ListServerCertificateTagsInput{ServerCertificateName: aws.String("second")}).Tags
	if len(tags) != 1 || *tags[0].Key != "Stack" || *tags[0].Value != "dev" {
		t.Errorf("tags: %+v", tags)
	}
}

func TestImportedCertificateKeepsItsTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	certificates := acm.NewFromConfig(config(w.server))
	made, renewed := certtest.SelfSigned(t, "test"), certtest.SelfSigned(t, "test")
	arn := ask(t, certificates.ImportCertificate, &acm.ImportCertificateInput{
		Certificate: []byte(made.Certificate), PrivateKey: []byte(made.Key), Tags: []acmtypes.Tag{{Key: aws.String("Name"), Value: aws.String("gate")}},
	}).CertificateArn
	again := ask(t, certificates.ImportCertificate, &acm.ImportCertificateInput{
		CertificateArn: arn, Certificate: []byte(renewed.Certificate), PrivateKey: []byte(renewed.Key),
	}).CertificateArn
	if *again != *arn {
		t.Errorf("imported again as %s, not %s", *again, *arn)
	}
	if now := ask(t, certificates.GetCertificate, &acm.GetCertificateInput{CertificateArn: arn}).Certificate; *now != renewed.Certificate {
		t.Error("the old certificate is still there")
	}
	tags := ask(t, certificates.ListTagsForCertificate, &acm.ListTagsForCertificateInput{CertificateArn: arn}).Tags
	if len(tags) != 1 || *tags[0].Value != "gate" {
		t.Errorf("tags: %+v", tags)
	}
}
