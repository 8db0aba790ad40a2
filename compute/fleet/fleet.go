// Package fleet runs web servers on EC2 behind load balancers: as many as the load asks
// for, replaced when they are unwell or when what they are made from changes.
package fleet

import (
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/machine"
	"torii/internal/policy"
	"torii/internal/tags"
	"torii/internal/userdata"
)

const fleetToken = "torii:fleet:Fleet"

// Args describes a fleet.
type Args struct {
	InstanceType string        // Required.
	Image        machine.Image // Required.
	UserData     []byte        // Required. What each machine runs when it first starts; at most 16384 bytes.

	Min               int // Required. Machines that always run; 1 or more.
	Max               int // Required. Machines it may grow to; no less than Min.
	GraceSeconds      int // Required. A new machine may take as long before its health counts.
	CPUPercent        int // Optional. Average that scaling holds the machines at; 0 is no scaling by CPU.
	RequestsPerTarget int // Optional. Requests a minute that scaling holds each machine at; 0 is no scaling by them. Needs ALBLabel.

	// ALBLabel names the application load balancer whose requests count, and its target
	// group: app/NAME/ID/targetgroup/NAME/ID. Optional without RequestsPerTarget.
	ALBLabel        pulumi.StringInput
	TargetGroupARNs pulumi.StringArray // Of instances. Required without ClassicNames.
	ClassicNames    pulumi.StringArray // Of classic load balancers. Required without TargetGroupARNs.

	SubnetIDs       pulumi.StringArrayInput // Required. Private, one in each zone.
	SecurityGroupID pulumi.StringInput      // Required.
	SessionKeyARN   pulumi.StringInput      // Optional. Of session preferences that encrypt.
	KeyARN          pulumi.StringInput      // Optional. Defaults to AWS's own key.
	ParameterARNs   pulumi.StringArray      // Optional. What the machines may read of Parameter Store; Identity has some.
	Ready           []pulumi.Resource       // Optional. What must stand before a machine can install and answer.

	Cloud account.Place // Required.
	Tags  tags.Set      // Required.
}

// Fleet is a group of web servers.
type Fleet struct {
	pulumi.ResourceState

	GroupName pulumi.StringOutput // of the Auto Scaling group
}

// builder carries what the parts of a fleet share while it is made.
type builder struct {
	ctx  *pulumi.Context
	name string
	args *Args
	self *Fleet
}

// check refuses what AWS would refuse later, or what nobody could reach.
func (a *Args) check() error {
	var problems []error
	if a.Min < 1 || a.Max < a.Min {
		problems = append(problems, fmt.Errorf("min must be 1 or more, and max no less; they are %d and %d", a.Min, a.Max))
	}
	if len(a.UserData) > userdata.Limit {
		problems = append(problems, fmt.Errorf("its user data takes %d bytes, and EC2 takes %d at most", len(a.UserData), userdata.Limit))
	}
	if len(a.TargetGroupARNs)+len(a.ClassicNames) == 0 {
		problems = append(problems, errors.New("no load balancer leads to it, and none checks its health"))
	}
	if a.RequestsPerTarget > 0 && a.ALBLabel == nil {
		problems = append(problems, errors.New("scaling by requests needs an application load balancer"))
	}
	return errors.Join(problems...)
}

// NewFleet makes a fleet. It fails when Min, Max, UserData or the load balancers cannot be.
func NewFleet(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Fleet, error) {
	if err := args.check(); err != nil {
		return nil, fmt.Errorf("creating fleet %s: %w", name, err)
	}
	self := &Fleet{}
	if err := ctx.RegisterComponentResource(fleetToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering fleet %s: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, self: self}
	profile, granted, err := b.role()
	if err != nil {
		return nil, err
	}
	group, err := b.group(profile, granted)
	if err != nil {
		return nil, err
	}
	if err := b.scaling(group); err != nil {
		return nil, err
	}
	self.GroupName = group.Name
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"groupName": self.GroupName})
}

func (b *builder) maker() machine.Maker {
	return machine.Maker{Ctx: b.ctx, Parent: b.self, Cloud: b.args.Cloud, Tags: b.args.Tags, KeyARN: b.args.KeyARN}
}

// role makes the machines' role: they can be reached by Session Manager, they can read the
// parameters that they are given, and nothing else.
func (b *builder) role() (*iam.InstanceProfile, pulumi.Resource, error) {
	sessionKey := b.args.SessionKeyARN
	if sessionKey == nil {
		sessionKey = pulumi.String("")
	}
	document := pulumi.All(sessionKey, b.args.ParameterARNs).ApplyT(func(values []any) (string, error) {
		key, _ := values[0].(string)
		parameters, _ := values[1].([]string)
		return policy.JSON(statements(b.args.Cloud, key, parameters)...)
	}).(pulumi.StringOutput)
	return b.maker().Role(b.name, document)
}

// statements is what the role may do. Encrypted parameters need no statement about a key:
// the stack's, like Parameter Store's own, decrypts for whoever in the account may read
// the parameter.
func statements(at account.Place, sessionKey string, parameters []string) []policy.Statement {
	all := machine.SessionManager(at, sessionKey)
	if len(parameters) > 0 {
		all = append(all, policy.Statement{
			Sid: "ReadOwnParameters", Actions: []string{"ssm:GetParameters"}, Resources: parameters,
		})
	}
	return all
}

// encoded is user data as EC2 takes it.
func encoded(userData []byte) pulumi.StringInput {
	return pulumi.String(base64.StdEncoding.EncodeToString(userData))
}
