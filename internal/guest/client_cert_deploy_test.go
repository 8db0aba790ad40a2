//go:build integration && linux

package guest_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"torii/compute/fleet"
	"torii/edge/authority"
	"torii/internal/localdeploy"
	"torii/internal/tags"
)

const (
	certHost     = "legacy.example.jp"
	organization = "torii-test"
	parameters   = "/torii/test/legacy"
	// expired is a client whose certificate ends the moment it begins.
	expired = "partner-late"
)

// handedOut is what a deployment gives to a client, or has put onto the machine.
type handedOut struct {
	PrivateKey, Certificate, Authority, P12, Password string
}

// issuing is a stack of an authority and a server's identity, on the local AWS.
type issuing struct {
	spec    localdeploy.Spec
	clients []string
	keyType authority.Algorithm // of everything
	hosts   []string            // of the server's certificate

	issued      []authority.Issued
	bundles     map[string]handedOut
	server      handedOut
	certificate string // of the authority, PEM
}

// up deploys the stack as its fields say.
func (i *issuing) up(t *testing.T) {
	t.Helper()
	began := time.Now()
	i.spec.Program = i.program
	result, err := localdeploy.Up(t.Context(), i.spec)
	require.NoError(t, err)
	t.Logf("deployment of %d steps in AWS took %s", result.Work(), time.Since(began).Round(100*time.Millisecond))
	i.bundles, i.issued = nil, nil // a map keeps what it has
	for name, into := range map[string]any{
		"clientBundles": &i.bundles, "issuedCertificates": &i.issued, "server": &i.server, "certificate": &i.certificate,
	} {
		text, err := json.Marshal(result.Outputs[name].Value)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, into), name)
	}
	require.Len(t, i.bundles, len(i.clients))
}

// program is the stack.
func (i *issuing) program(ctx *pulumi.Context) error {
	if err := ctx.RegisterStackTransformation(endAtOnce); err != nil {
		return err
	}
	a, err := authority.New(ctx, "authority", &authority.Args{
		Clients: i.clients, Issued: i.issued, Algorithm: i.keyType,
		ValidDays: 365, RenewDays: 30, AuthorityYears: 10, Organization: organization,
	})
	if err != nil {
		return err
	}
	server, err := a.Server(ctx, "legacy", authority.ServerArgs{CommonName: certHost, Hosts: i.hosts})
	if err != nil {
		return err
	}
	_, err = fleet.NewIdentity(ctx, "legacy", &fleet.IdentityArgs{
		Path: parameters, ServerKey: server.PrivateKey, ServerCertificate: server.Certificate,
		ClientAuthorities: a.ClientAuthorities, RevocationLists: a.RevocationLists, Tags: tags.ForStack("torii", "test"),
	})
	if err != nil {
		return err
	}
	ctx.Export("clientBundles", a.ClientBundles())
	ctx.Export("issuedCertificates", a.Issued)
	ctx.Export("server", pulumi.Map{"privateKey": server.PrivateKey, "certificate": server.Certificate})
	ctx.Export("certificate", a.Certificate)
	return nil
}

// endAtOnce has the authority sign a certificate that is good for no time: it keeps its key
// to itself, so that nobody else can.
func endAtOnce(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
	signed, ok := args.Props.(*tls.LocallySignedCertArgs)
	if !ok || args.Name != "authority-"+expired {
		return nil
	}
	signed.ValidityPeriodHours = pulumi.Int(0)
	return &pulumi.ResourceTransformationResult{Props: signed, Opts: args.Opts}
}
