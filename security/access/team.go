// Package access says who may open sessions to whose instances: with IAM policies on
// existing users, or one policy for roles whose sessions say who somebody is.
package access

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/tags"
)

const teamToken = "torii:access:Team"

// By is how AWS knows people.
type By int

const (
	// Users are IAM users, which exist already: an administrator makes and removes them.
	Users By = iota
	// SessionTags are roles whose sessions carry the tag ToriiOwner, of IAM Identity
	// Center or another identity provider.
	SessionTags
)

// Person is one of a team.
type Person struct {
	Identity string // Required with Users. The IAM user's name, and the owner tag of the person's instances.
}

// TeamArgs describes a team's access.
type TeamArgs struct {
	People        map[string]Person  // With Users: by name. Not read with SessionTags.
	By            By                 // Optional. Users when not given.
	TeamTag       string             // Required. Value of the team tag on the instances and tokens.
	ParameterPath string             // Required. Tokens are at <path>/<person>/<notebook>/token.
	Shell         bool               // Optional. An interactive shell too, which is root's.
	SessionKeyARN pulumi.StringInput // Optional. KMS key of the account's session preferences.
	Cloud         account.Place      // Required.
	Tags          tags.Set           // Required.
}

// Team is who may reach a team's instances.
type Team struct {
	pulumi.ResourceState

	GroupName  pulumi.StringOutput            // of the IAM group; "" with SessionTags
	PolicyName pulumi.StringOutput            // of the policy that permission sets and roles refer to; "" with Users
	PolicyARNs map[string]pulumi.StringOutput // by person, and under "" what is for all: the group's, or the roles'
}

// builder carries what the parts of a team share while it is made.
type builder struct {
	ctx  *pulumi.Context
	name string
	args *TeamArgs
	self *Team
}

// NewTeam makes a team's policies and, with Users, gives them to the users: what is alike
// for all through a group, which others than these may be in, and what is each person's own
// directly. It fails when a person has no identity. AWS refuses an identity that is no IAM
// user, and a user's eleventh policy or group.
func NewTeam(ctx *pulumi.Context, name string, args *TeamArgs, opts ...pulumi.ResourceOption) (*Team, error) {
	self := &Team{
		GroupName: pulumi.String("").ToStringOutput(), PolicyName: pulumi.String("").ToStringOutput(),
		PolicyARNs: map[string]pulumi.StringOutput{},
	}
	if err := ctx.RegisterComponentResource(teamToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering team %s: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, self: self}
	if args.By == SessionTags {
		if err := b.forRoles(); err != nil {
			return nil, err
		}
	} else if err := b.forUsers(); err != nil {
		return nil, err
	}
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"groupName": self.GroupName, "policyName": self.PolicyName})
}

// forRoles makes the one policy. People write its name into permission sets and roles, so
// it is the same after every change. To Pulumi it is another than the group's, which must
// not inherit what it is attached to when a team changes from roles to users.
func (b *builder) forRoles() error {
	made, err := iam.NewPolicy(b.ctx, b.name+".roles", &iam.PolicyArgs{
		Name:   pulumi.String(b.args.Tags.Prefix() + b.name),
		Policy: b.document(Rules.SessionTagsPolicy),
		Tags:   b.args.Tags.Named(b.name),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating policy of team %s: %w", b.name, err)
	}
	b.self.PolicyName, b.self.PolicyARNs[""] = made.Name, made.Arn
	return nil
}

// forUsers makes the group, its policy, and each person's.
func (b *builder) forUsers() error {
	group, err := iam.NewGroup(b.ctx, b.name, &iam.GroupArgs{}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating group of team %s: %w", b.name, err)
	}
	alike, err := iam.NewPolicy(b.ctx, b.name, &iam.PolicyArgs{
		Policy: b.document(Rules.GroupPolicy),
		Tags:   b.args.Tags.Named(b.name),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating policy of team %s: %w", b.name, err)
	}
	if _, err := iam.NewGroupPolicyAttachment(b.ctx, b.name, &iam.GroupPolicyAttachmentArgs{
		Group: group.Name, PolicyArn: alike.Arn,
	}, pulumi.Parent(b.self)); err != nil {
		return fmt.Errorf("giving the group of team %s its policy: %w", b.name, err)
	}
	b.self.GroupName, b.self.PolicyARNs[""] = group.Name, alike.Arn
	for _, person := range slices.Sorted(maps.Keys(b.args.People)) {
		if err := b.forUser(person, group); err != nil {
			return fmt.Errorf("letting %s into team %s: %w", person, b.name, err)
		}
	}
	return nil
}

// forUser gives one IAM user a policy of their own, and the group's.
func (b *builder) forUser(person string, group *iam.Group) error {
	identity := b.args.People[person].Identity
	if identity == "" {
		return errors.New("an IAM user's name is needed")
	}
	// Neither a team's name nor a person's has "_": with "-", b of lab-a would be called
	// like a-b of lab.
	name := b.name + "_" + person
	own, err := iam.NewPolicy(b.ctx, name, &iam.PolicyArgs{
		Policy: b.document(func(r Rules, at account.Place) (string, error) { return r.PersonPolicy(at, person, identity) }),
		Tags:   b.args.Tags.Named(b.name + "-" + person),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating policy: %w", err)
	}
	if _, err := iam.NewUserPolicyAttachment(b.ctx, name, &iam.UserPolicyAttachmentArgs{
		User: pulumi.String(identity), PolicyArn: own.Arn,
	}, pulumi.Parent(b.self)); err != nil {
		return fmt.Errorf("attaching policy: %w", err)
	}
	// Of this group only: the user's other groups are not ours to know.
	if _, err := iam.NewUserGroupMembership(b.ctx, name, &iam.UserGroupMembershipArgs{
		User: pulumi.String(identity), Groups: pulumi.StringArray{group.Name},
	}, pulumi.Parent(b.self)); err != nil {
		return fmt.Errorf("adding to group: %w", err)
	}
	b.self.PolicyARNs[person] = own.Arn
	return nil
}

// document writes a policy once the session key is known, if there is one.
func (b *builder) document(write func(Rules, account.Place) (string, error)) pulumi.StringOutput {
	key := b.args.SessionKeyARN
	if key == nil {
		key = pulumi.String("")
	}
	return key.ToStringOutput().ApplyT(func(arn string) (string, error) {
		return write(Rules{
			TeamTag: b.args.TeamTag, ParameterPath: b.args.ParameterPath, Shell: b.args.Shell, SessionKeyARN: arn,
		}, b.args.Cloud)
	}).(pulumi.StringOutput)
}
