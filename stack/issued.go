package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/edge/authority"
)

// issuedOutput is the output that says which certificates clients were given, for people to see.
const issuedOutput = "issuedCertificates"

// lastIssued is what deployments before this one handed out to clients.
func lastIssued(ctx *pulumi.Context) ([]authority.Issued, error) { return authority.Last(ctx) }
