package machine

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/policy"
)

// SessionManager is what an instance needs to be reached by Session Manager: less than
// AWS's AmazonSSMManagedInstanceCore, which also reads every parameter of the account.
// With session preferences that encrypt, keyARN is their key; "" without.
func SessionManager(at account.Place, keyARN string) []policy.Statement {
	statements := []policy.Statement{
		{Sid: "RegisterWithSessionManager", Actions: []string{"ssm:UpdateInstanceInformation"}, Resources: []string{Instances(at)}},
		{
			Sid: "SessionManagerChannels",
			Actions: []string{
				"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
				"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
			},
			Resources: []string{"*"}, // the actions know no resource
		},
	}
	if keyARN != "" {
		statements = append(statements, policy.Statement{
			Sid: "DecryptSessions", Actions: []string{"kms:Decrypt"}, Resources: []string{keyARN},
		})
	}
	return statements
}

// Instances is the ARN of every instance in a place, for conditions to narrow.
func Instances(at account.Place) string {
	return fmt.Sprintf("arn:%s:ec2:%s:%s:instance/*", at.Partition, at.Region, at.AccountID)
}

// instanceTrust lets EC2 give the role to an instance. EC2 does so itself, for instances
// of its own account only, and says nothing of an account that a condition could ask for.
func instanceTrust() (string, error) {
	return policy.JSON(policy.Statement{
		Principal: policy.Principal{Services: []string{"ec2.amazonaws.com"}},
		Actions:   []string{"sts:AssumeRole"},
	})
}

// Role makes an instance's role, called name-instance, and its profile, called name.
// Whatever uses the profile must wait for the second result, or the instance would
// start without rights.
func (m Maker) Role(name string, document pulumi.StringInput) (*iam.InstanceProfile, pulumi.Resource, error) {
	trust, err := instanceTrust()
	if err != nil {
		return nil, nil, fmt.Errorf("creating role of %s: %w", name, err)
	}
	role, err := iam.NewRole(m.Ctx, name+"-instance", &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(trust),
		Tags:             m.Tags.Named(name + "-instance"),
	}, pulumi.Parent(m.Parent))
	if err != nil {
		return nil, nil, fmt.Errorf("creating role of %s: %w", name, err)
	}
	granted, err := iam.NewRolePolicy(m.Ctx, name+"-instance", &iam.RolePolicyArgs{
		Role: role.ID(), Policy: document,
	}, pulumi.Parent(m.Parent))
	if err != nil {
		return nil, nil, fmt.Errorf("granting role of %s: %w", name, err)
	}
	profile, err := iam.NewInstanceProfile(m.Ctx, name, &iam.InstanceProfileArgs{
		Role: role.Name,
		Tags: m.Tags.Named(name),
	}, pulumi.Parent(m.Parent))
	if err != nil {
		return nil, nil, fmt.Errorf("creating instance profile of %s: %w", name, err)
	}
	return profile, granted, nil
}
