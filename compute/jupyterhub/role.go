package jupyterhub

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ebs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/policy"
)

// Grants names what a hub's instance may touch.
type Grants struct {
	VolumeARN       string
	DataTagValue    string // that the volume and the instance carry
	ParameterARN    string
	SecretARN       string // of the hub's own secrets
	ClientSecretARN string // of the authenticator's; "" without one
	LogGroupARN     string
}

// InstancePolicy is what a hub's instance may do: attach its own volume to itself, read
// its settings, keep its secrets, write its log, and be reached by Session Manager.
func InstancePolicy(at account.Place, g Grants) (string, error) {
	instances := fmt.Sprintf("arn:%s:ec2:%s:%s:instance/*", at.Partition, at.Region, at.AccountID)
	secrets := []string{g.SecretARN}
	if g.ClientSecretARN != "" {
		secrets = append(secrets, g.ClientSecretARN)
	}
	return policy.JSON(
		policy.Statement{
			Sid: "AttachOwnVolume", Actions: []string{"ec2:AttachVolume"}, Resources: []string{g.VolumeARN, instances},
			Condition: policy.Condition{"StringEquals": {"aws:ResourceTag/" + DataTag: {g.DataTagValue}}},
		},
		policy.Statement{Sid: "ReadSettings", Actions: []string{"ssm:GetParameter"}, Resources: []string{g.ParameterARN}},
		policy.Statement{Sid: "ReadSecrets", Actions: []string{"secretsmanager:GetSecretValue"}, Resources: secrets},
		policy.Statement{Sid: "KeepOwnSecrets", Actions: []string{"secretsmanager:PutSecretValue"}, Resources: []string{g.SecretARN}},
		policy.Statement{
			Sid: "WriteOwnLogs", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resources: []string{strings.TrimSuffix(g.LogGroupARN, ":*") + ":*"},
		},
		policy.Statement{Sid: "RegisterWithSessionManager", Actions: []string{"ssm:UpdateInstanceInformation"}, Resources: []string{instances}},
		policy.Statement{
			Sid: "SessionManagerChannels",
			Actions: []string{
				"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
				"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
			},
			Resources: []string{"*"}, // the actions know no resource
		},
	)
}

// SnapshotPolicy lets AWS take and delete the snapshots of one hub's volume.
func SnapshotPolicy(at account.Place, dataTagValue string) (string, error) {
	ours := policy.Condition{"StringEquals": {"aws:ResourceTag/" + DataTag: {dataTagValue}}}
	snapshots := fmt.Sprintf("arn:%s:ec2:%s::snapshot/*", at.Partition, at.Region)
	return policy.JSON(
		policy.Statement{
			Sid: "ListVolumesAndSnapshots", Actions: []string{"ec2:DescribeInstances", "ec2:DescribeSnapshots", "ec2:DescribeVolumes"},
			Resources: []string{"*"}, // the actions know no resource
		},
		policy.Statement{
			Sid: "SnapshotOwnVolume", Actions: []string{"ec2:CreateSnapshot"},
			Resources: []string{fmt.Sprintf("arn:%s:ec2:%s:%s:volume/*", at.Partition, at.Region, at.AccountID)}, Condition: ours,
		},
		policy.Statement{Sid: "MakeSnapshots", Actions: []string{"ec2:CreateSnapshot", "ec2:CreateTags"}, Resources: []string{snapshots}},
		policy.Statement{Sid: "DeleteOwnSnapshots", Actions: []string{"ec2:DeleteSnapshot"}, Resources: []string{snapshots}, Condition: ours},
	)
}

// instanceTrust lets EC2 give the role to an instance. EC2 does so itself, for instances
// of its own account only, and says nothing of an account that a condition could ask for.
func instanceTrust() (string, error) {
	return policy.JSON(policy.Statement{
		Principal: policy.Principal{Services: []string{"ec2.amazonaws.com"}},
		Actions:   []string{"sts:AssumeRole"},
	})
}

// role makes the instance's role.
func (b *builder) role(
	volume *ebs.Volume, log *cloudwatch.LogGroup, secret *secretsmanager.Secret, parameter *ssm.Parameter,
) (*iam.InstanceProfile, pulumi.Resource, error) {
	trust, err := instanceTrust()
	if err != nil {
		return nil, nil, fmt.Errorf("creating role of %s: %w", b.name, err)
	}
	role, err := iam.NewRole(b.ctx, b.name+"-instance", &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(trust),
		Tags:             b.args.Tags.Named(b.name + "-instance"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, nil, fmt.Errorf("creating role of %s: %w", b.name, err)
	}
	document := pulumi.All(volume.Arn, parameter.Arn, secret.Arn, log.Arn).ApplyT(func(arns []any) (string, error) {
		return InstancePolicy(b.args.Cloud, Grants{
			VolumeARN:       arns[0].(string),
			DataTagValue:    DataTagValue(b.args.Tags, b.name),
			ParameterARN:    arns[1].(string),
			SecretARN:       arns[2].(string),
			ClientSecretARN: b.args.Settings.ClientSecretARN,
			LogGroupARN:     arns[3].(string),
		})
	}).(pulumi.StringOutput)
	granted, err := iam.NewRolePolicy(b.ctx, b.name+"-instance", &iam.RolePolicyArgs{
		Role: role.ID(), Policy: document,
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, nil, fmt.Errorf("granting role of %s: %w", b.name, err)
	}
	profile, err := iam.NewInstanceProfile(b.ctx, b.name, &iam.InstanceProfileArgs{
		Role: role.Name,
		Tags: b.args.Tags.Named(b.name),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, nil, fmt.Errorf("creating instance profile of %s: %w", b.name, err)
	}
	return profile, granted, nil
}
