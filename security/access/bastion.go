package access

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/tags"
)

const bastionToken = "torii:access:Bastion"

// BastionArgs describes who may use a bastion.
type BastionArgs struct {
	Users         []string           // Optional. IAM users, who exist already. Others attach the policy themselves.
	Shell         bool               // Optional. An interactive shell too, which is root's.
	GroupName     pulumi.StringInput // Required. Auto Scaling group of the machine.
	TeamTag       string             // Required. Value of the team tag on the machine.
	SessionKeyARN pulumi.StringInput // Optional. KMS key of the account's session preferences.
	Cloud         account.Place      // Required.
	Tags          tags.Set           // Required.
}

// Bastion is who may use a bastion.
type Bastion struct {
	pulumi.ResourceState

	PolicyARN  pulumi.StringOutput // for whom the settings do not name: permission sets, roles, groups
	PolicyName pulumi.StringOutput // the same after every change
}

// NewBastion makes the policy and attaches it to the users. AWS refuses a user that is not
// there, and a user's eleventh policy.
func NewBastion(ctx *pulumi.Context, name string, args *BastionArgs, opts ...pulumi.ResourceOption) (*Bastion, error) {
	self := &Bastion{}
	if err := ctx.RegisterComponentResource(bastionToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering access to %s: %w", name, err)
	}
	key := args.SessionKeyARN
	if key == nil {
		key = pulumi.String("")
	}
	made, err := iam.NewPolicy(ctx, name, &iam.PolicyArgs{
		Name: pulumi.String(args.Tags.Prefix() + name), // people write it into permission sets and roles
		Policy: pulumi.All(args.GroupName, key).ApplyT(func(known []any) (string, error) {
			return BastionRules{
				TeamTag: args.TeamTag, GroupName: known[0].(string), Shell: args.Shell, SessionKeyARN: known[1].(string),
			}.Policy(args.Cloud)
		}).(pulumi.StringOutput),
		Tags: args.Tags.Named(name),
	}, pulumi.Parent(self))
	if err != nil {
		return nil, fmt.Errorf("creating policy of %s: %w", name, err)
	}
	for _, user := range args.Users {
		if _, err := iam.NewUserPolicyAttachment(ctx, name+"-"+user, &iam.UserPolicyAttachmentArgs{
			User: pulumi.String(user), PolicyArn: made.Arn,
		}, pulumi.Parent(self)); err != nil {
			return nil, fmt.Errorf("letting %s use %s: %w", user, name, err)
		}
	}
	self.PolicyARN, self.PolicyName = made.Arn, made.Name
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"policyArn": self.PolicyARN, "policyName": self.PolicyName})
}
