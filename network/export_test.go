package network

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// PrivateTableID is the route table of a private subnet, in the order of zones, for tests
// that lay a route of their own.
func (v *VPC) PrivateTableID(i int) pulumi.IDOutput { return v.private[i].routes.ID() }
