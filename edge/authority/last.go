package authority

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Last is which certificates clients were given so far by the stack that asks: none the first time. It fails when the
// engine cannot read the stack's state.
//
// It asks for what the authority left in the state, not for an output of the stack: these stay as they were when a
// deployment fails, and a certificate that was revoked before the failure would be good again once its client's name is
// put back.
func Last(ctx *pulumi.Context) ([]Issued, error) {
	asked := struct {
		Name string `pulumi:"stackName"`
	}{ctx.Organization() + "/" + ctx.Project() + "/" + ctx.Stack()}
	var found struct {
		Resources map[string]struct {
			Type    string `pulumi:"type"`
			Outputs struct {
				Issued []Issued `pulumi:"issuedCertificates"` // IssuedOutput
			} `pulumi:"outputs"`
		} `pulumi:"outputs"`
	}
	// The raw way, as the other one refuses an answer with secrets in it, of which every state has some.
	if _, err := ctx.InvokePackageRaw("pulumi:pulumi:readStackResourceOutputs", &asked, &found, ""); err != nil {
		return nil, fmt.Errorf("reading which certificates were issued before: %w", err)
	}
	for _, each := range found.Resources {
		if each.Type == Type {
			return each.Outputs.Issued, nil
		}
	}
	return nil, nil
}
