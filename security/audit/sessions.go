// Package audit keeps a record of who opened sessions to instances, and tells people of each one. Session Manager itself
// keeps no transcript of a forwarded port, so that they began is all there is to know. Source: "Logging session
// activity" in the Systems Manager guide.
package audit

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/tags"
)

const sessionsToken = "torii:audit:Sessions"

// SessionsArgs describes the audit of a region's sessions: all of the account's there, whichever stack the instance is of.
type SessionsArgs struct {
	// Optional. Encrypts the trail's files and the topic's messages. Defaults to S3's own for the files, and none for the
	// topic: EventBridge may not use SNS's own.
	KeyARN pulumi.StringInput

	OwnTrail bool          // Optional. Makes a CloudTrail trail. Without any in the region, nobody is told of anything.
	KeepDays int           // Required with OwnTrail. 1 or more. How long its files are kept.
	Emails   []string      // Optional. Who is told. Each address is asked first whether it wants to be.
	Alarms   []string      // Optional. Logical names of metric alarms that may send messages to the topic too.
	Protect  bool          // Optional. Refuses deletion of the files.
	Cloud    account.Place // Required.
	Tags     tags.Set      // Required.
}

// Sessions is the audit.
type Sessions struct {
	pulumi.ResourceState

	TopicARN pulumi.StringOutput // that a message of each session goes to
	TrailARN pulumi.StringOutput // of OwnTrail; the zero value without
}

// builder carries what the parts of an audit share while it is made.
type builder struct {
	ctx  *pulumi.Context
	name string
	args *SessionsArgs
	self *Sessions
}

// NewSessions makes the audit. It fails when the trail of its own would keep nothing.
func NewSessions(ctx *pulumi.Context, name string, args *SessionsArgs, opts ...pulumi.ResourceOption) (*Sessions, error) {
	if args.OwnTrail && args.KeepDays < 1 {
		return nil, errors.New("creating audit: the trail's files must be kept for 1 day or more")
	}
	self := &Sessions{}
	if err := ctx.RegisterComponentResource(sessionsToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering audit %s: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, self: self}
	outputs := pulumi.Map{}
	if args.OwnTrail {
		if err := b.trail(); err != nil {
			return nil, err
		}
		outputs["trailArn"] = self.TrailARN
	}
	if err := b.alerts(); err != nil {
		return nil, err
	}
	outputs["topicArn"] = self.TopicARN
	return self, ctx.RegisterResourceOutputs(self, outputs)
}
