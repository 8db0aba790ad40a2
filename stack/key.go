package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/security/encryption"
	"torii/stack/settings"
)

// encryption makes the stack's key. It comes first, since nearly everything is encrypted with it, and goes last.
func (d *deployment) encryption() (err error) {
	if d.settings.Security.Key != settings.KeyStack {
		return nil
	}
	d.key, err = encryption.NewKey(d.ctx, "key", &encryption.KeyArgs{
		// Snapshots of what people wrote outlive the stack, and say nothing without the key.
		Keep:     d.cloud.keepsWork,
		Protect:  d.settings.Operations.Protect,
		Formerly: []pulumi.Alias{sessionsKey(d.ctx)},
		Cloud:    d.place(),
		Tags:     d.tags,
	})
	return err
}

// sessionsKey is what the audit of sessions encrypted with before stacks had a key of their own. That becomes the stack's,
// as it is needed for the files of then.
func sessionsKey(ctx *pulumi.Context) pulumi.Alias {
	parent := pulumi.CreateURN(
		pulumi.String("sessions"), pulumi.String("torii:audit:Sessions"), nil, pulumi.String(ctx.Project()), pulumi.String(ctx.Stack()))
	return pulumi.Alias{Name: pulumi.String("sessions"), ParentURN: parent}
}

// keyARN is what the stack encrypts with; nil for AWS's own keys.
func (d *deployment) keyARN() pulumi.StringInput {
	if d.key == nil {
		return nil
	}
	return d.key.ARN
}
