// Package bastion makes a machine that leads into the private network and that runs only
// while somebody needs it. No port leads to it: people open sessions by Session Manager,
// which forward a port of their own computer to a host that the machine can reach.
package bastion

import (
	"encoding/base64"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/bastion/guest"
	"torii/internal/account"
	"torii/internal/machine"
	"torii/internal/tags"
)

const bastionToken = "torii:bastion:Bastion"

// Args describes a bastion.
type Args struct {
	InstanceType string        // Required. Holds for the next one that is started.
	Image        machine.Image // Required. For the type's architecture; holds for the next one too.
	Hours        int           // Required. 1 to 24, after its start, at which it ends itself.
	NightHourUTC int           // Optional. Hour of the day at which one that still runs is ended; 0 is midnight UTC.

	AlarmTopicARN   pulumi.StringInput      // Optional. SNS topic that is told of one that has run for a day.
	SubnetIDs       pulumi.StringArrayInput // Required. Private.
	SecurityGroupID pulumi.StringInput      // Required. With no inbound rule.
	SessionKeyARN   pulumi.StringInput      // Optional. Of session preferences that encrypt.
	KeyARN          pulumi.StringInput      // Optional. Defaults to AWS's own key.
	Ready           []pulumi.Resource       // Optional. What must stand before one can be reached.

	Cloud account.Place // Required.
	Tags  tags.Set      // Required.
}

// Bastion is what it takes to start a machine. When it is made, nothing runs.
type Bastion struct {
	pulumi.ResourceState

	GroupName pulumi.StringOutput // Auto Scaling group; a desired capacity of 1 starts the machine, and 0 ends it
}

// builder carries what the parts of a bastion share while it is made.
type builder struct {
	ctx  *pulumi.Context
	name string
	args *Args
	self *Bastion
}

// TeamTag is the value of the team's tag on the machine and its group, which policies compare.
func TeamTag(stack tags.Set, name string) string { return stack.Prefix() + name }

// AlarmName is the logical name of the alarm, whose name in AWS begins with it.
func AlarmName(name string) string { return name + "-up" }

// NewBastion makes a bastion. It fails when the hours are not 1 to 24.
func NewBastion(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Bastion, error) {
	self := &Bastion{}
	if err := ctx.RegisterComponentResource(bastionToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering bastion %s: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, self: self}
	userData, err := guest.UserData(guest.Instance{Hours: args.Hours})
	if err != nil {
		return nil, err
	}
	profile, granted, err := b.role()
	if err != nil {
		return nil, err
	}
	template, err := b.template(profile, pulumi.String(base64.StdEncoding.EncodeToString(userData)))
	if err != nil {
		return nil, err
	}
	group, err := b.group(template, granted)
	if err != nil {
		return nil, err
	}
	if err := b.ownEnd(profile, group); err != nil {
		return nil, err
	}
	if err := b.night(group); err != nil {
		return nil, err
	}
	if err := b.alarm(group); err != nil {
		return nil, err
	}
	self.GroupName = group.Name
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"groupName": self.GroupName})
}

func (b *builder) maker() machine.Maker {
	return machine.Maker{Ctx: b.ctx, Parent: b.self, Cloud: b.args.Cloud, Tags: b.args.Tags, KeyARN: b.args.KeyARN}
}
