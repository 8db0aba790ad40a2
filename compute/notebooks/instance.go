package notebooks

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ebs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/notebooks/guest"
	"torii/internal/key"
	"torii/internal/tags"
)

const notebookToken = "torii:notebooks:Notebook"

// rootGiB holds the system and the environment; nothing of anybody's is on it.
const rootGiB = 30

// one is a notebook while it is made: its parts have this parent.
type one struct {
	pulumi.ResourceState
}

// notebook makes an instance and what only it needs.
func (b *builder) notebook(short string, n Notebook, home *ebs.Volume) error {
	name := b.name + "-" + short
	parent := &one{}
	if err := b.ctx.RegisterComponentResource(notebookToken, name, parent, pulumi.Parent(b.self)); err != nil {
		return fmt.Errorf("registering notebook %s: %w", name, err)
	}
	token, err := b.token(name, short, n, parent)
	if err != nil {
		return err
	}
	profile, granted, err := b.role(name, token, parent)
	if err != nil {
		return err
	}
	instance, err := b.instance(name, short, n, home, profile, granted, parent)
	if err != nil {
		return err
	}
	_, err = ec2.NewVolumeAttachment(b.ctx, name+"-home", &ec2.VolumeAttachmentArgs{
		DeviceName: pulumi.String("/dev/sdf"),
		InstanceId: instance.ID(),
		VolumeId:   home.ID(),
		// A file system is not torn out from under a machine that runs.
		StopInstanceBeforeDetaching: pulumi.Bool(true),
		// A volume is on one instance at a time: the next one waits for the last to let go.
	}, pulumi.Parent(parent), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("attaching the home of %s: %w", name, err)
	}
	b.self.InstanceIDs[short] = instance.ID().ToStringOutput()
	return b.ctx.RegisterResourceOutputs(parent, pulumi.Map{})
}

// token is the parameter in which the instance keeps the token that it makes up, so that
// none passes through Pulumi's state or anybody's machine.
func (b *builder) token(name, short string, n Notebook, parent pulumi.Resource) (*ssm.Parameter, error) {
	named := b.args.Tags.Named(name + "-token")
	b.owned(named, short, n)
	token, err := ssm.NewParameter(b.ctx, name+"-token", &ssm.ParameterArgs{
		Name:        pulumi.String(TokenParameter(Path(b.args.Tags, b.name), n)),
		Description: pulumi.String("Notebook " + name + ": what its owner logs in with"),
		Type:        pulumi.String("SecureString"),
		KeyId:       key.OfParameters(b.args.KeyARN).ToStringOutput().ToStringPtrOutput(),
		Value:       pulumi.String(guest.UnsetToken),
		Tags:        named,
	}, pulumi.Parent(parent), pulumi.IgnoreChanges([]string{"value"}))
	if err != nil {
		return nil, fmt.Errorf("creating token of %s: %w", name, err)
	}
	return token, nil
}

// owned adds the tags that say whose something is, which policies compare.
func (b *builder) owned(named pulumi.StringMap, short string, n Notebook) {
	named[tags.TeamKey] = pulumi.String(TeamTag(b.args.Tags, b.name))
	named[tags.OwnerKey] = pulumi.String(n.Owner)
	named[tags.NotebookKey] = pulumi.String(short)
}

// role makes the instance's role: each notebook has its own, which can read and write
// its own token only.
func (b *builder) role(name string, token *ssm.Parameter, parent pulumi.Resource) (*iam.InstanceProfile, pulumi.Resource, error) {
	sessionKey := b.args.SessionKeyARN
	if sessionKey == nil {
		sessionKey = pulumi.String("")
	}
	document := pulumi.All(token.Arn, b.settings.Arn, sessionKey).ApplyT(func(arns []any) (string, error) {
		return InstancePolicy(b.args.Cloud, Grants{
			TokenARN:      arns[0].(string),
			SettingsARN:   arns[1].(string),
			Packages:      b.args.Packages,
			SessionKeyARN: arns[2].(string),
		})
	}).(pulumi.StringOutput)
	return b.maker(parent).Role(name, document)
}

// instance makes the machine. It is no Auto Scaling group's: its owner stops and starts
// it, and it stops itself when nobody uses it, which a group would take for an accident.
func (b *builder) instance(
	name, short string, n Notebook, home *ebs.Volume, profile *iam.InstanceProfile, granted, parent pulumi.Resource,
) (*ec2.Instance, error) {
	image, err := b.image(n.Image)
	if err != nil {
		return nil, err
	}
	parameter := TokenParameter(Path(b.args.Tags, b.name), n)
	named := b.args.Tags.Named(name)
	b.owned(named, short, n)
	named[tags.LocalPortKey] = pulumi.String(strconv.Itoa(n.LocalPort))
	named[tags.TokenParameterKey] = pulumi.String(parameter)
	userData := pulumi.All(home.ID(), b.settings.Name, key.OfParameters(b.args.KeyARN)).ApplyT(func(known []any) (string, error) {
		data, err := guest.UserData(guest.Instance{
			Region:            b.args.Cloud.Region,
			Notebook:          short,
			VolumeID:          string(known[0].(pulumi.ID)),
			TokenParameter:    parameter,
			TokenKey:          known[2].(string),
			SettingsParameter: known[1].(string),
			Packages:          b.args.Packages,
		})
		return base64.StdEncoding.EncodeToString(data), err
	}).(pulumi.StringOutput)
	instance, err := ec2.NewInstance(b.ctx, name, &ec2.InstanceArgs{
		Ami:                      image,
		InstanceType:             pulumi.String(n.InstanceType),
		SubnetId:                 n.SubnetID,
		VpcSecurityGroupIds:      pulumi.StringArray{b.args.SecurityGroupID},
		AssociatePublicIpAddress: pulumi.Bool(false),
		IamInstanceProfile:       profile.Name,
		MetadataOptions: &ec2.InstanceMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(1),
		},
		RootBlockDevice: &ec2.InstanceRootBlockDeviceArgs{
			VolumeType: pulumi.String("gp3"), VolumeSize: pulumi.Int(rootGiB), Encrypted: pulumi.Bool(true),
			KmsKeyId: key.Ptr(b.args.KeyARN), DeleteOnTermination: pulumi.Bool(true), Tags: b.args.Tags.Named(name + "-root"),
		},
		// An idle machine powers itself off. It must be there, with its disk, the next day.
		InstanceInitiatedShutdownBehavior: pulumi.String("stop"),
		UserDataBase64:                    userData,
		UserDataReplaceOnChange:           pulumi.Bool(true),
		Tags:                              named,
	}, pulumi.Parent(parent), pulumi.DependsOn(append([]pulumi.Resource{granted}, b.args.Ready...)))
	if err != nil {
		return nil, fmt.Errorf("creating instance of %s: %w", name, err)
	}
	return instance, nil
}
