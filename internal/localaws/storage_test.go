//go:build integration

package localaws_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestPolicyThatAsksForTLSShutsNobodyOut(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	deny := func(action, condition string) {
		t.Helper()
		ask(t, s.files.PutBucketPolicy, &s3.PutBucketPolicyInput{Bucket: aws.String("shelf"), Policy: aws.String(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":["` + action + `"],` +
				`"Resource":["arn:aws:s3:::shelf","arn:aws:s3:::shelf/*"]` + condition + `}]}`,
		)})
	}
	put := func() error {
		_, err := s.files.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("shelf"), Key: aws.String("file"), Body: strings.NewReader("text"),
		})
		return err
	}
	deny("s3:*", `,"Condition":{"Bool":{"aws:SecureTransport":["false"]}}`)
	if err := put(); err != nil {
		t.Error(err)
	}
	deny("s3:PutObject", "")
	refused(t, put(), "Forbidden", "")
}
