// Package encryption makes the key that a stack encrypts with.
package encryption

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/key"
	"torii/internal/tags"
)

const keyToken = "torii:encryption:Key"

// deletionDays is how long a deleted key can be had back: the most that AWS allows.
const deletionDays = 30

// KeyArgs describes the key.
type KeyArgs struct {
	Keep     bool           // Optional. Leaves the key in AWS when the stack goes, for what outlives the stack: snapshots.
	Protect  bool           // Optional. Refuses its deletion.
	Formerly []pulumi.Alias // Optional. What the key was called in earlier releases.
	Cloud    account.Place  // Required.
	Tags     tags.Set       // Required.
}

// Key is the key. Its alias is alias/<project>-<stack>.
type Key struct {
	pulumi.ResourceState

	ARN pulumi.StringOutput
}

// NewKey makes the key and its alias.
func NewKey(ctx *pulumi.Context, name string, args *KeyArgs, opts ...pulumi.ResourceOption) (*Key, error) {
	self := &Key{}
	if err := ctx.RegisterComponentResource(keyToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering key %s: %w", name, err)
	}
	whose := strings.TrimSuffix(args.Tags.Prefix(), "-")
	made, err := key.New(ctx, name, key.Args{
		Description:  "What the stack " + whose + " keeps, and snapshots of it",
		Services:     users(args.Cloud),
		DeletionDays: deletionDays,
		Cloud:        args.Cloud,
		Role:         name,
		Tags:         args.Tags,
	}, pulumi.Parent(self), pulumi.Protect(args.Protect), pulumi.RetainOnDelete(args.Keep), pulumi.Aliases(args.Formerly))
	if err != nil {
		return nil, err
	}
	_, err = kms.NewAlias(ctx, name, &kms.AliasArgs{
		Name:        pulumi.String("alias/" + whose), // people look for it
		TargetKeyId: made.KeyId,
	}, pulumi.Parent(self))
	if err != nil {
		return nil, fmt.Errorf("naming key %s: %w", name, err)
	}
	self.ARN = made.Arn
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"arn": self.ARN})
}
