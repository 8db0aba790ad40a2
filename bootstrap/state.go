package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/bucket"
	"torii/internal/key"
	"torii/internal/tags"
)

// KeepVersionsDays is how long the bucket keeps what was overwritten or deleted: a state can be had back for so long.
const KeepVersionsDays = 90

// stateArgs describes where the state of all stages is kept.
type stateArgs struct {
	Project string        // Required. Whose state it is; part of names.
	Cloud   account.Place // Required.
	Protect bool          // Optional. Refuses deletion of the bucket and the key.
	Tags    tags.Set      // Required.
}

// state is a bucket, in which each stage has a folder, and the key that encrypts it and the secrets in it.
type state struct {
	pulumi.ResourceState

	bucket *s3.BucketV2
	key    *kms.Key
	alias  string
}

// newState makes the bucket and its key.
func newState(ctx *pulumi.Context, name string, args stateArgs, opts ...pulumi.ResourceOption) (*state, error) {
	s := &state{alias: "alias/" + args.Project + "-state"}
	if err := ctx.RegisterComponentResource("torii:bootstrap:State", name, s, opts...); err != nil {
		return nil, fmt.Errorf("registering the state: %w", err)
	}
	var err error
	s.key, err = key.New(ctx, name, key.Args{
		Description: "State and secrets of the stacks of " + args.Project, DeletionDays: 30,
		Cloud: args.Cloud, Role: name, Tags: args.Tags,
	}, pulumi.Parent(s), pulumi.Protect(args.Protect))
	if err != nil {
		return nil, err
	}
	// Stack files name the key by this, so it outlives a key that has to be made anew.
	_, err = kms.NewAlias(ctx, name, &kms.AliasArgs{Name: pulumi.String(s.alias), TargetKeyId: s.key.KeyId}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("naming the state's key: %w", err)
	}
	s.bucket, err = s3.NewBucketV2(ctx, name, &s3.BucketV2Args{
		BucketPrefix: pulumi.String(args.Project + "-state-"),
		ForceDestroy: pulumi.Bool(!args.Protect),
		Tags:         args.Tags.Named(name),
	}, pulumi.Parent(s), pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("creating the state's bucket: %w", err)
	}
	if err := s.lock(ctx, name); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(s, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("registering the state's outputs: %w", err)
	}
	return s, nil
}

// lock makes the bucket private, versioned, encrypted and reachable over TLS only. One after the other: S3 refuses
// changes to one bucket that come at the same time.
func (s *state) lock(ctx *pulumi.Context, name string) error {
	var last pulumi.Resource = s.bucket
	next := func() []pulumi.ResourceOption {
		return []pulumi.ResourceOption{pulumi.Parent(s), pulumi.DependsOn([]pulumi.Resource{last})}
	}
	private, err := s3.NewBucketPublicAccessBlock(ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket: s.bucket.ID(), BlockPublicAcls: pulumi.Bool(true), BlockPublicPolicy: pulumi.Bool(true),
		IgnorePublicAcls: pulumi.Bool(true), RestrictPublicBuckets: pulumi.Bool(true),
	}, next()...)
	if err != nil {
		return fmt.Errorf("keeping the state private: %w", err)
	}
	last = private
	owned, err := s3.NewBucketOwnershipControls(ctx, name, &s3.BucketOwnershipControlsArgs{
		Bucket: s.bucket.ID(),
		Rule:   &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, next()...)
	if err != nil {
		return fmt.Errorf("owning the state: %w", err)
	}
	last = owned
	// Without a bucket key: then KMS is told of each object by name, and a role's right to decrypt ends with its folder.
	encrypted, err := s3.NewBucketServerSideEncryptionConfigurationV2(ctx, name, &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: s.bucket.ID(),
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{&s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
			ApplyServerSideEncryptionByDefault: &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
				SseAlgorithm: pulumi.String("aws:kms"), KmsMasterKeyId: s.key.Arn,
			},
			BucketKeyEnabled: pulumi.Bool(false),
		}},
	}, next()...)
	if err != nil {
		return fmt.Errorf("encrypting the state: %w", err)
	}
	last = encrypted
	versioned, err := s3.NewBucketVersioningV2(ctx, name, &s3.BucketVersioningV2Args{
		Bucket:                  s.bucket.ID(),
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, next()...)
	if err != nil {
		return fmt.Errorf("keeping versions of the state: %w", err)
	}
	last = versioned
	overTLS, err := s3.NewBucketPolicy(ctx, name, &s3.BucketPolicyArgs{
		Bucket: s.bucket.ID(),
		Policy: s.bucket.Arn.ApplyT(func(arn string) (string, error) { return bucket.Policy(arn) }).(pulumi.StringOutput),
	}, next()...)
	if err != nil {
		return fmt.Errorf("refusing the state to those without TLS: %w", err)
	}
	last = overTLS
	_, err = s3.NewBucketLifecycleConfigurationV2(ctx, name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: s.bucket.ID(),
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{&s3.BucketLifecycleConfigurationV2RuleArgs{
			Id: pulumi.String("old versions"), Status: pulumi.String("Enabled"),
			Filter: &s3.BucketLifecycleConfigurationV2RuleFilterArgs{},
			NoncurrentVersionExpiration: &s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
				NoncurrentDays: pulumi.Int(KeepVersionsDays),
			},
			AbortIncompleteMultipartUpload: &s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
				DaysAfterInitiation: pulumi.Int(1),
			},
		}},
	}, next()...)
	if err != nil {
		return fmt.Errorf("ending old versions of the state: %w", err)
	}
	return nil
}
