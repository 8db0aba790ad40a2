//go:build integration

package localaws_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// selfSigned is a certificate and its key, both PEM, which ends in an hour.
func selfSigned(t *testing.T) (certificate, key string, ends time.Time) {
	t.Helper()
	made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ends = time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now(), NotAfter: ends,
	}
	body, err := x509.CreateCertificate(rand.Reader, template, template, made.Public(), made)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(made)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: body})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})), ends
}

// upload puts a new certificate into IAM.
func upload(t *testing.T, users *iam.Client, name string) iamtypes.ServerCertificateMetadata {
	t.Helper()
	body, key, _ := selfSigned(t)
	return *ask(t, users.UploadServerCertificate, &iam.UploadServerCertificateInput{
		ServerCertificateName: &name, CertificateBody: &body, PrivateKey: &key,
		Tags: []iamtypes.Tag{{Key: aws.String("Name"), Value: &name}},
	}).ServerCertificateMetadata
}

func TestServerCertificatesAreToldApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	users := iam.NewFromConfig(config(w.server))
	body, key, ends := selfSigned(t)
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
	body, key, _ := selfSigned(t)
	arn := ask(t, certificates.ImportCertificate, &acm.ImportCertificateInput{
		Certificate: []byte(body), PrivateKey: []byte(key), Tags: []acmtypes.Tag{{Key: aws.String("Name"), Value: aws.String("gate")}},
	}).CertificateArn
	renewed, key, _ := selfSigned(t)
	again := ask(t, certificates.ImportCertificate, &acm.ImportCertificateInput{
		CertificateArn: arn, Certificate: []byte(renewed), PrivateKey: []byte(key),
	}).CertificateArn
	if *again != *arn {
		t.Errorf("imported again as %s, not %s", *again, *arn)
	}
	if now := ask(t, certificates.GetCertificate, &acm.GetCertificateInput{CertificateArn: arn}).Certificate; *now != renewed {
		t.Error("the old certificate is still there")
	}
	tags := ask(t, certificates.ListTagsForCertificate, &acm.ListTagsForCertificateInput{CertificateArn: arn}).Tags
	if len(tags) != 1 || *tags[0].Value != "gate" {
		t.Errorf("tags: %+v", tags)
	}
}
