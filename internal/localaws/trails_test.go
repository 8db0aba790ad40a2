//go:build integration

package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestTrailsAreKnownByNameAndARN(t *testing.T) {
	t.Parallel()
	server := start(t, options(t, t.TempDir()))
	ctx := t.Context()
	buckets := s3.NewFromConfig(config(server), func(o *s3.Options) { o.UsePathStyle = true })
	ask(t, buckets.CreateBucket, &s3.CreateBucketInput{
		Bucket:                    aws.String("files"),
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
	})
	client := cloudtrail.NewFromConfig(config(server))
	for _, known := range []func(made *cloudtrail.CreateTrailOutput) *string{
		func(made *cloudtrail.CreateTrailOutput) *string { return made.Name },
		func(made *cloudtrail.CreateTrailOutput) *string { return made.TrailARN },
	} {
		made := ask(t, client.CreateTrail, &cloudtrail.CreateTrailInput{Name: aws.String("trail"), S3BucketName: aws.String("files")})
		name := known(made)
		logging := func() bool {
			t.Helper()
			return *ask(t, client.GetTrailStatus, &cloudtrail.GetTrailStatusInput{Name: made.TrailARN}).IsLogging
		}
		ask(t, client.StartLogging, &cloudtrail.StartLoggingInput{Name: name})
		if !logging() {
			t.Errorf("%s was started and does not log", *name)
		}
		ask(t, client.StopLogging, &cloudtrail.StopLoggingInput{Name: name})
		if logging() {
			t.Errorf("%s was stopped and logs", *name)
		}
		ask(t, client.DeleteTrail, &cloudtrail.DeleteTrailInput{Name: name})
		if left := ask(t, client.DescribeTrails, &cloudtrail.DescribeTrailsInput{}).TrailList; len(left) > 0 {
			t.Errorf("%s was deleted and is there", *name)
		}
	}
	for _, unknown := range []string{"trail", "arn:aws:cloudtrail:" + region + ":123456789012:trail/trail"} {
		if _, err := client.DeleteTrail(ctx, &cloudtrail.DeleteTrailInput{Name: aws.String(unknown)}); err == nil {
			t.Errorf("%s was deleted twice", unknown)
		}
	}
}
