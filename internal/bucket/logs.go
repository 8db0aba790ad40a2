// Package bucket makes S3 buckets: private, encrypted and reached over TLS only. Some are for logs that services of AWS
// write, and are emptied as their content grows old; others for files that a stack puts there itself.
package bucket

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/policy"
	"torii/internal/tags"
)

// Logs describes a bucket of logs.
type Logs struct {
	What     string                                    // Required. What is kept in it, for error messages: "access logs".
	Writers  func(bucketARN string) []policy.Statement // Required. Who writes, and where.
	KeepDays int                                       // Required. Older files are deleted.
	KeyARN   pulumi.StringInput                        // Optional. Defaults to S3's own key, the only one some services write with.
	Versions bool                                      // Optional. Keeps what is deleted or overwritten for KeepDeletedDays.
	Protect  bool                                      // Optional. Refuses deletion of the bucket and of what is in it.
	Role     string                                    // Required. What its Name tag says it is.
	Tags     tags.Set                                  // Required.
}

// KeepDeletedDays is how long a bucket with versions keeps what somebody deleted.
const KeepDeletedDays = 30

// maker carries what the parts of a bucket share while it is made.
type maker struct {
	ctx    *pulumi.Context
	name   string
	parent pulumi.Resource
	args   Logs
	made   *s3.BucketV2
	last   pulumi.Resource // that the next part waits for: S3 refuses changes to one bucket that come at the same time
}

// NewLogs makes a bucket whose parts are all named name and stand in parent. What writes to it must wait for granted,
// since services of AWS try to before they agree to.
func NewLogs(ctx *pulumi.Context, name string, parent pulumi.Resource, args Logs) (made *s3.BucketV2, granted pulumi.Resource, err error) {
	m := &maker{ctx: ctx, name: name, parent: parent, args: args}
	if err := m.all(); err != nil {
		return nil, nil, err
	}
	granted = m.last
	// Last, since nothing waits for it, and S3 takes half a minute to agree with itself about it.
	return m.made, granted, m.expiring()
}

// all makes the bucket and every part that all buckets have.
func (m *maker) all() (err error) {
	m.made, err = s3.NewBucketV2(m.ctx, m.name, &s3.BucketV2Args{
		ForceDestroy: pulumi.Bool(!m.args.Protect),
		Tags:         m.args.Tags.Named(m.args.Role),
	}, pulumi.Parent(m.parent), pulumi.Protect(m.args.Protect))
	if err != nil {
		return fmt.Errorf("creating bucket of the %s: %w", m.args.What, err)
	}
	m.last = m.made
	for _, part := range []func() error{m.owned, m.private, m.encrypted, m.versioned, m.granted} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// after are the options of a part that follows the last one.
func (m *maker) after() []pulumi.ResourceOption {
	return []pulumi.ResourceOption{pulumi.Parent(m.parent), pulumi.DependsOn([]pulumi.Resource{m.last})}
}

func (m *maker) owned() error {
	owned, err := s3.NewBucketOwnershipControls(m.ctx, m.name, &s3.BucketOwnershipControlsArgs{
		Bucket: m.made.ID(),
		Rule:   &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, m.after()...)
	if err != nil {
		return fmt.Errorf("owning what is in the %s: %w", m.args.What, err)
	}
	m.last = owned
	return nil
}

func (m *maker) private() error {
	private, err := s3.NewBucketPublicAccessBlock(m.ctx, m.name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                m.made.ID(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, m.after()...)
	if err != nil {
		return fmt.Errorf("keeping the %s private: %w", m.args.What, err)
	}
	m.last = private
	return nil
}

func (m *maker) encrypted() error {
	with := &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{SseAlgorithm: pulumi.String("AES256")}
	if m.args.KeyARN != nil {
		with.SseAlgorithm = pulumi.String("aws:kms")
		with.KmsMasterKeyId = m.args.KeyARN.ToStringOutput().ToStringPtrOutput()
	}
	encrypted, err := s3.NewBucketServerSideEncryptionConfigurationV2(m.ctx, m.name, &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: m.made.ID(),
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{
			&s3.BucketServerSideEncryptionConfigurationV2RuleArgs{ApplyServerSideEncryptionByDefault: with},
		},
	}, m.after()...)
	if err != nil {
		return fmt.Errorf("encrypting the %s: %w", m.args.What, err)
	}
	m.last = encrypted
	return nil
}

func (m *maker) versioned() error {
	if !m.args.Versions {
		return nil
	}
	versioned, err := s3.NewBucketVersioningV2(m.ctx, m.name, &s3.BucketVersioningV2Args{
		Bucket:                  m.made.ID(),
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, m.after()...)
	if err != nil {
		return fmt.Errorf("keeping versions of the %s: %w", m.args.What, err)
	}
	m.last = versioned
	return nil
}

func (m *maker) granted() error {
	granted, err := s3.NewBucketPolicy(m.ctx, m.name, &s3.BucketPolicyArgs{
		Bucket: m.made.ID(),
		Policy: m.made.Arn.ApplyT(func(arn string) (string, error) {
			return Policy(arn, m.args.Writers(arn)...)
		}).(pulumi.StringOutput),
	}, m.after()...)
	if err != nil {
		return fmt.Errorf("saying who may reach the %s: %w", m.args.What, err)
	}
	m.last = granted
	return nil
}

func (m *maker) expiring() error {
	rule := &s3.BucketLifecycleConfigurationV2RuleArgs{
		Id:         pulumi.String("expire"),
		Status:     pulumi.String("Enabled"),
		Filter:     &s3.BucketLifecycleConfigurationV2RuleFilterArgs{},
		Expiration: &s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(m.args.KeepDays)},
		AbortIncompleteMultipartUpload: &s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
			DaysAfterInitiation: pulumi.Int(1),
		},
	}
	if m.args.Versions {
		rule.NoncurrentVersionExpiration = &s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
			NoncurrentDays: pulumi.Int(KeepDeletedDays),
		}
	}
	_, err := s3.NewBucketLifecycleConfigurationV2(m.ctx, m.name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: m.made.ID(),
		Rules:  s3.BucketLifecycleConfigurationV2RuleArray{rule},
	}, m.after()...)
	if err != nil {
		return fmt.Errorf("expiring the %s: %w", m.args.What, err)
	}
	return nil
}

// Policy is the policy of a bucket that the statements let be written to, and to which nobody comes without TLS.
func Policy(bucketARN string, writers ...policy.Statement) (string, error) {
	return policy.JSON(append(writers, policy.Statement{
		Sid:       "NobodyWithoutTLS",
		Deny:      true,
		Principal: policy.Principal{Anyone: true},
		Actions:   []string{"s3:*"},
		Resources: []string{bucketARN, bucketARN + "/*"},
		Condition: policy.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
	})...)
}
