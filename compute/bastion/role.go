package bastion

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/machine"
	"torii/internal/policy"
)

// role lets the machine be reached by Session Manager.
func (b *builder) role() (*iam.InstanceProfile, pulumi.Resource, error) {
	key := b.args.SessionKeyARN
	if key == nil {
		key = pulumi.String("")
	}
	document := key.ToStringOutput().ApplyT(func(arn string) (string, error) {
		return policy.JSON(machine.SessionManager(b.args.Cloud, arn)...)
	}).(pulumi.StringOutput)
	return b.maker().Role(b.name, document)
}

// ownEnd lets the machine end itself. It is a policy of its own because the group's ARN is
// known last; nothing runs before that, as the group is made with nothing in it.
func (b *builder) ownEnd(profile *iam.InstanceProfile, group *autoscaling.Group) error {
	_, err := iam.NewRolePolicy(b.ctx, b.name+"-end", &iam.RolePolicyArgs{
		Role:   profile.Role.Elem(),
		Policy: group.Arn.ApplyT(endPolicy).(pulumi.StringOutput),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("letting %s end itself: %w", b.name, err)
	}
	return nil
}

// endPolicy lets an instance end those of one group, which holds no other than itself.
func endPolicy(groupARN string) (string, error) {
	return policy.JSON(policy.Statement{
		Sid: "EndItself", Actions: []string{"autoscaling:TerminateInstanceInAutoScalingGroup"}, Resources: []string{groupARN},
	})
}
