package stack

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// bound gives every role that the stack makes from here on the permissions boundary of the settings, and its path. Here
// and not in each component, since a role without one is a way around it that nobody would notice.
func (d *deployment) bound() error {
	name := d.settings.Security.RoleBoundary
	if name == "" {
		return nil
	}
	boundary := fmt.Sprintf("arn:%s:iam::%s:policy/%s", d.cloud.partition, d.cloud.accountID, name)
	err := d.ctx.RegisterStackTransformation(func(r *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		role, is := r.Props.(*iam.RoleArgs)
		if !is {
			return nil
		}
		role.Path, role.PermissionsBoundary = pulumi.String("/"+name+"/"), pulumi.String(boundary)
		return &pulumi.ResourceTransformationResult{Props: role, Opts: r.Opts}
	})
	if err != nil {
		return fmt.Errorf("bounding the stack's roles: %w", err)
	}
	return nil
}
