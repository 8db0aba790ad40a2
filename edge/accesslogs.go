package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/policy"
)

// legacyLogAccounts are the AWS accounts that load balancers write access logs from, in
// the regions opened before August 2022. Source: "Enable access logs for your
// Application Load Balancer" in AWS's guide.
var legacyLogAccounts = map[string]string{
	"af-south-1":     "098369216593",
	"ap-east-1":      "754344448648",
	"ap-northeast-1": "582318560864",
	"ap-northeast-2": "600734575887",
	"ap-northeast-3": "383597477331",
	"ap-south-1":     "718504428378",
	"ap-southeast-1": "114774131450",
	"ap-southeast-2": "783225319266",
	"ap-southeast-3": "589379963580",
	"ca-central-1":   "985666609251",
	"cn-north-1":     "638102146993",
	"cn-northwest-1": "037604701340",
	"eu-central-1":   "054676820928",
	"eu-north-1":     "897822967062",
	"eu-south-1":     "635631232127",
	"eu-west-1":      "156460612806",
	"eu-west-2":      "652711504416",
	"eu-west-3":      "009996457667",
	"me-south-1":     "076674570225",
	"sa-east-1":      "507241528517",
	"us-east-1":      "127311923021",
	"us-east-2":      "033677994240",
	"us-gov-east-1":  "190560391635",
	"us-gov-west-1":  "048591011584",
	"us-west-1":      "027434742980",
	"us-west-2":      "797873946194",
}

// logWriter is who writes access logs in a region: an account of AWS's in the old
// regions, a service in those that came after.
func logWriter(at account.Place) policy.Principal {
	if account, old := legacyLogAccounts[at.Region]; old {
		return policy.Principal{AWS: []string{"arn:" + at.Partition + ":iam::" + account + ":root"}}
	}
	return policy.Principal{Services: []string{"logdelivery.elasticloadbalancing.amazonaws.com"}}
}

// accessLogPolicy lets the load balancer write, and nobody come without TLS.
func accessLogPolicy(bucketARN string, at account.Place) (string, error) {
	return policy.JSON(
		policy.Statement{
			Sid:       "LoadBalancerWrites",
			Principal: logWriter(at),
			Actions:   []string{"s3:PutObject"},
			Resources: []string{bucketARN + "/AWSLogs/" + at.AccountID + "/*"},
		},
		policy.Statement{
			Sid:       "NobodyWithoutTLS",
			Deny:      true,
			Principal: policy.Principal{Anyone: true},
			Actions:   []string{"s3:*"},
			Resources: []string{bucketARN, bucketARN + "/*"},
			Condition: policy.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
		},
	)
}

// accessLogs makes the bucket of the access logs. The load balancer must wait for the
// second result: AWS tries to write before it turns logging on. S3 refuses changes to
// one bucket that come at the same time, so its parts follow each other.
func (b *builder) accessLogs() (bucket *s3.BucketV2, granted pulumi.Resource, err error) {
	role := b.name + "-access-logs"
	bucket, err = s3.NewBucketV2(b.ctx, role, &s3.BucketV2Args{
		ForceDestroy: pulumi.Bool(!b.args.Protect),
		Tags:         b.args.Tags.Named("access-logs"),
	}, pulumi.Parent(b.self), pulumi.Protect(b.args.Protect))
	if err != nil {
		return nil, nil, fmt.Errorf("creating bucket of the access logs: %w", err)
	}
	owned, err := s3.NewBucketOwnershipControls(b.ctx, role, &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.ID(),
		Rule:   &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, nil, fmt.Errorf("owning what is in the access logs: %w", err)
	}
	private, err := s3.NewBucketPublicAccessBlock(b.ctx, role, &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket.ID(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{owned}))
	if err != nil {
		return nil, nil, fmt.Errorf("keeping the access logs private: %w", err)
	}
	encryption := &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
		SseAlgorithm: pulumi.String("AES256"), // the only one that load balancers can write with
	}
	encrypted, err := s3.NewBucketServerSideEncryptionConfigurationV2(b.ctx, role,
		&s3.BucketServerSideEncryptionConfigurationV2Args{
			Bucket: bucket.ID(),
			Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{
				&s3.BucketServerSideEncryptionConfigurationV2RuleArgs{ApplyServerSideEncryptionByDefault: encryption},
			},
		}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{private}))
	if err != nil {
		return nil, nil, fmt.Errorf("encrypting the access logs: %w", err)
	}
	grant, err := s3.NewBucketPolicy(b.ctx, role, &s3.BucketPolicyArgs{
		Bucket: bucket.ID(),
		Policy: bucket.Arn.ApplyT(func(arn string) (string, error) {
			return accessLogPolicy(arn, b.args.Cloud)
		}).(pulumi.StringOutput),
	}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{encrypted}))
	if err != nil {
		return nil, nil, fmt.Errorf("letting the load balancer write its access logs: %w", err)
	}
	// Last, since nothing waits for it, and S3 takes half a minute to agree with itself about it.
	_, err = s3.NewBucketLifecycleConfigurationV2(b.ctx, role, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{&s3.BucketLifecycleConfigurationV2RuleArgs{
			Id:         pulumi.String("expire"),
			Status:     pulumi.String("Enabled"),
			Filter:     &s3.BucketLifecycleConfigurationV2RuleFilterArgs{},
			Expiration: &s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(b.args.LogRetentionDays)},
			AbortIncompleteMultipartUpload: &s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
				DaysAfterInitiation: pulumi.Int(1),
			},
		}},
	}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{grant}))
	if err != nil {
		return nil, nil, fmt.Errorf("expiring the access logs: %w", err)
	}
	return bucket, grant, nil
}
