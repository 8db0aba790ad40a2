// Package key makes customer keys of AWS KMS, whose policy and whose end are the stack's.
package key

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/policy"
	"torii/internal/tags"
)

// Args describes a key.
type Args struct {
	Description  string             // Required. Shown in the console.
	Services     []policy.Statement // Optional. What services of AWS may do with the key; they need a condition each.
	DeletionDays int                // Required. 7 to 30, in which a deleted key can be had back. Source: KMS ScheduleKeyDeletion.
	Cloud        account.Place      // Required.
	Role         string             // Required. What its Name tag says it is.
	Tags         tags.Set           // Required.
}

// This names the key itself in its own policy, the only thing such a policy is about.
const This = "*"

// Ptr is a key for what has an optional one: nil, which means AWS's own, where there is none.
func Ptr(arn pulumi.StringInput) pulumi.StringPtrInput {
	if arn == nil {
		return nil
	}
	return arn.ToStringOutput().ToStringPtrOutput()
}

// OfParameters is a key for an encrypted parameter. AWS's own is named: a parameter that is told of none keeps the one it
// has, which may be on its way out.
func OfParameters(arn pulumi.StringInput) pulumi.StringInput {
	if arn == nil {
		return pulumi.String(awsParameters)
	}
	return arn
}

// awsParameters is AWS's own key of parameters.
const awsParameters = "alias/aws/ssm"

// New makes a key that AWS rotates each year.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*kms.Key, error) {
	document, err := Policy(args.Cloud, args.Services...)
	if err != nil {
		return nil, fmt.Errorf("writing policy of key %s: %w", name, err)
	}
	made, err := kms.NewKey(ctx, name, &kms.KeyArgs{
		Description:          pulumi.String(args.Description),
		Policy:               pulumi.String(document),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(args.DeletionDays),
		Tags:                 args.Tags.Named(args.Role),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("creating key %s: %w", name, err)
	}
	return made, nil
}

// Policy is the policy of a key that the account's IAM policies decide about, and that services may use as stated. Without
// the account's statement nobody could ever change or delete the key: unlike other policies, IAM's say nothing about a
// key that does not defer to them. Source: "Default key policy" in the KMS guide.
func Policy(at account.Place, services ...policy.Statement) (string, error) {
	return policy.JSON(append([]policy.Statement{{
		Sid:       "IAMDecides",
		Principal: policy.Principal{AWS: []string{"arn:" + at.Partition + ":iam::" + at.AccountID + ":root"}},
		Actions:   []string{"kms:*"},
		Resources: []string{This},
	}}, services...)...)
}
