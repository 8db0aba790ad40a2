package audit

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudtrail"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/bucket"
	"torii/internal/key"
	"torii/internal/policy"
)

// trail makes a trail of the region's management events, and the bucket of its files.
//
// It takes the events that only read as well, as a trail does unless told otherwise: a notebook's token is read with
// ssm:GetParameter, and who holds a token matters as much as who opened a session. An account's first trail costs its
// storage only; where there is one already, use that instead, or pay for each event twice.
func (b *builder) trail() error {
	files, granted, err := bucket.NewLogs(b.ctx, b.name+"-trail", b.self, bucket.Logs{
		What:     "trail",
		Writers:  func(arn string) []policy.Statement { return trailWriter(b.args.Cloud, b.name, arn) },
		KeepDays: b.args.KeepDays,
		KeyARN:   b.args.KeyARN,
		Versions: true, // or whoever may write could replace a file without a trace
		Protect:  b.args.Protect,
		Role:     b.name + "-trail",
		Tags:     b.args.Tags,
	})
	if err != nil {
		return err
	}
	made, err := cloudtrail.NewTrail(b.ctx, b.name, &cloudtrail.TrailArgs{
		S3BucketName:            files.Bucket,
		KmsKeyId:                key.Ptr(b.args.KeyARN),
		EnableLogFileValidation: pulumi.Bool(true),
		IsMultiRegionTrail:      pulumi.Bool(false), // sessions are the region's
		// IAM's and STS's events are written down in one region of AWS's choice, which is seldom this one. They belong
		// to a trail of the whole account.
		IncludeGlobalServiceEvents: pulumi.Bool(false),
		Tags:                       b.args.Tags.Named(b.name),
		// CloudTrail writes a file before it makes the trail, to see whether it can.
	}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{granted}))
	if err != nil {
		return fmt.Errorf("creating trail: %w", err)
	}
	b.self.TrailARN = made.Arn
	return nil
}
