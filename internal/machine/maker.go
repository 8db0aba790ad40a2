// Package machine makes what the workloads on EC2 have in common: an image that is kept,
// a volume that outlives its machine, daily snapshots, and a role with little in it.
package machine

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/tags"
)

// Maker makes parts of machines on behalf of a component.
type Maker struct {
	Ctx    *pulumi.Context
	Parent pulumi.Resource // the component
	Cloud  account.Place
	Tags   tags.Set
	KeyARN pulumi.StringInput // that encrypts disks and volumes; nil for AWS's own
}
