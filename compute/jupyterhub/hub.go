// Package jupyterhub runs a JupyterHub on one EC2 instance, whose users' homes and own
// state lie on a volume that outlives every instance.
package jupyterhub

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/jupyterhub/guest"
	"torii/internal/account"
	"torii/internal/key"
	"torii/internal/machine"
	"torii/internal/tags"
)

const hubToken = "torii:jupyterhub:Hub"

// HubArgs describes a hub.
type HubArgs struct {
	Settings  guest.Settings     // Required, but for PublicURL. Can change without a new instance.
	PublicURL pulumi.StringInput // Required. Where users find it, with a slash at its end.

	InstanceType string         // Required. A Nitro type; the volume is found the way Nitro shows it.
	Image        machine.Image  // Required.
	Volume       machine.Volume // Required, but for Workload, which is the hub.
	SnapshotDays int            // Required. Daily snapshots that are kept.

	SubnetID        pulumi.StringInput // Required. Private, in the volume's zone.
	SecurityGroupID pulumi.StringInput // Required.
	TargetGroupARN  pulumi.StringInput // Required. Of instances.
	SessionKeyARN   pulumi.StringInput // Optional. Of session preferences that encrypt.
	Ready           []pulumi.Resource  // Optional. What must stand before an instance can install and answer.

	LogRetentionDays int                // Required.
	KeyARN           pulumi.StringInput // Optional. Defaults to AWS's own key.
	Cloud            account.Place      // Required.
	Tags             tags.Set           // Required.
}

// Hub is a JupyterHub.
type Hub struct {
	pulumi.ResourceState

	VolumeID    pulumi.StringOutput // of homes and state
	SecretsARN  pulumi.StringOutput // of the parameter of the hub's own secrets, admins' first passwords among them
	SecretsName pulumi.StringOutput // its name
	LogGroup    pulumi.StringOutput // streams hub, events and setup
	GroupName   pulumi.StringOutput // Auto Scaling group of the one instance

	SnapshotPolicyID pulumi.StringOutput // what takes the volume's snapshots
}

// builder carries what the parts of a hub share while it is made.
type builder struct {
	ctx  *pulumi.Context
	name string
	args *HubArgs
	self *Hub
}

func (b *builder) maker() machine.Maker {
	return machine.Maker{Ctx: b.ctx, Parent: b.self, Cloud: b.args.Cloud, Tags: b.args.Tags, KeyARN: b.args.KeyARN}
}

// NewHub makes a hub. It fails when its settings do not fit into a parameter.
func NewHub(ctx *pulumi.Context, name string, args *HubArgs, opts ...pulumi.ResourceOption) (*Hub, error) {
	self := &Hub{}
	if err := ctx.RegisterComponentResource(hubToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering hub %s: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, self: self}
	// Never attached by Pulumi: whichever instance lives attaches the volume itself, since an
	// Auto Scaling group brings instances that Pulumi has never heard of.
	described := args.Volume
	described.Workload = name
	volume, err := b.maker().Volume(name+"-data", described)
	if err != nil {
		return nil, err
	}
	if self.SnapshotPolicyID, err = b.maker().Snapshots(name, args.SnapshotDays); err != nil {
		return nil, err
	}
	log, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(args.LogRetentionDays),
		KmsKeyId:        key.Ptr(args.KeyARN),
		Tags:            args.Tags.Named(name),
	}, pulumi.Parent(self))
	if err != nil {
		return nil, fmt.Errorf("creating log group of %s: %w", name, err)
	}
	secrets, err := b.secrets()
	if err != nil {
		return nil, err
	}
	settings, err := b.settings()
	if err != nil {
		return nil, err
	}
	profile, granted, err := b.role(volume, log, secrets, settings)
	if err != nil {
		return nil, err
	}
	told := pulumi.All(volume.ID(), settings.Name, secrets.Name, key.OfParameters(args.KeyARN), log.Name)
	userData := told.ApplyT(func(known []any) (string, error) {
		return userData(guest.Instance{
			Region:            args.Cloud.Region,
			VolumeID:          string(known[0].(pulumi.ID)),
			SettingsParameter: known[1].(string),
			SecretsParameter:  known[2].(string),
			SecretsKey:        known[3].(string),
			LogGroup:          known[4].(string),
			Stack:             strings.TrimSuffix(args.Tags.Prefix(), "-"),
			Workload:          name,
		})
	}).(pulumi.StringOutput)
	group, err := b.group(profile, granted, userData)
	if err != nil {
		return nil, err
	}
	self.VolumeID = volume.ID().ToStringOutput()
	self.SecretsARN, self.SecretsName = secrets.Arn, secrets.Name
	self.LogGroup = log.Name
	self.GroupName = group.Name
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"volumeId": self.VolumeID})
}

// secrets is the parameter in which the hub keeps the secrets that it makes up, so that none passes through Pulumi's state
// or anybody's machine.
func (b *builder) secrets() (*ssm.Parameter, error) {
	secrets, err := ssm.NewParameter(b.ctx, b.name+"-secrets", &ssm.ParameterArgs{
		Description: pulumi.String("JupyterHub " + b.name + ": cookie secret, tokens, and the first passwords of its admins"),
		Type:        pulumi.String("SecureString"),
		Tier:        pulumi.String("Intelligent-Tiering"), // with many admins it is more than a standard parameter holds
		KeyId:       key.OfParameters(b.args.KeyARN).ToStringOutput().ToStringPtrOutput(),
		Value:       pulumi.String(guest.UnsetSecrets),
		Tags:        b.args.Tags.Named(b.name + "-secrets"),
	}, pulumi.Parent(b.self), pulumi.IgnoreChanges([]string{"value"}))
	if err != nil {
		return nil, fmt.Errorf("creating parameter of the secrets of %s: %w", b.name, err)
	}
	return secrets, nil
}

// settings is what the hub reads while it lives: a change reaches it within a minute or
// two, without a new instance.
func (b *builder) settings() (*ssm.Parameter, error) {
	value := b.args.PublicURL.ToStringOutput().ApplyT(func(url string) (string, error) {
		settings := b.args.Settings
		settings.PublicURL = url
		return settings.JSON()
	}).(pulumi.StringOutput)
	parameter, err := ssm.NewParameter(b.ctx, b.name+"-settings", &ssm.ParameterArgs{
		Description: pulumi.String("JupyterHub " + b.name + ": settings that it reads while it runs"),
		Type:        pulumi.String("String"),
		// Plain: there is no secret in it, and a reviewer should see what changes.
		InsecureValue: value,
		Tags:          b.args.Tags.Named(b.name + "-settings"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, fmt.Errorf("creating settings of %s: %w", b.name, err)
	}
	return parameter, nil
}
