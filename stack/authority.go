package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/edge"
	"torii/edge/authority"
	"torii/stack/settings"
)

const authorityName = "authority"

var algorithms = map[string]authority.Algorithm{settings.KeyECDSA: authority.ECDSA, settings.KeyRSA: authority.RSA}

// authority makes who vouches for clients, and their certificates.
func (d *deployment) authority() (err error) {
	if !d.settings.HasAuthority() {
		return nil
	}
	a := d.settings.Authority
	args := &authority.Args{
		Clients:        a.Clients,
		Issued:         d.cloud.issued,
		Algorithm:      algorithms[a.KeyType],
		ValidDays:      a.ValidDays,
		RenewDays:      a.RenewDays,
		AuthorityYears: a.AuthorityYears,
		Organization:   organization(d.ctx),
		Protect:        d.settings.Operations.Protect,
	}
	if a.Certificate != "" {
		args.Brought = &authority.Brought{Certificates: a.Certificate, RevocationLists: a.RevocationLists}
		if a.Key != "" {
			args.Brought.Key = pulumi.ToSecret(pulumi.String(a.Key)).(pulumi.StringOutput)
		}
	}
	d.vouches, err = authority.New(d.ctx, authorityName, args)
	return err
}

// organization is what the authority's certificates say that they are of.
func organization(ctx *pulumi.Context) string { return ctx.Project() + "-" + ctx.Stack() }

// trustStore makes what the gate checks clients by. It is nil where the gate asks for nothing.
func (d *deployment) trustStore() (pulumi.StringInput, error) {
	if d.settings.Edge.ClientAuth != settings.ClientAuthVerify {
		return nil, nil
	}
	args := &edge.TrustStoreArgs{
		ClientAuthorities: d.vouches.ClientAuthorities,
		Protect:           d.settings.Operations.Protect,
		Tags:              d.tags,
	}
	// What AWS makes of a list that revokes nothing is written nowhere.
	if d.vouches.Revoked {
		args.RevocationLists = d.vouches.RevocationLists
	}
	made, err := edge.NewTrustStore(d.ctx, "clients", args)
	if err != nil {
		return nil, err
	}
	return made.ARN, nil
}

// checkAuthority refuses an authority that is none.
func checkAuthority(problems *settings.Problems, a settings.Authority) {
	if a.Certificate == "" {
		return
	}
	for _, problem := range authority.Check(a.Certificate, a.Key, a.RevocationLists) {
		problems.Add("torii:authority.certificate", problem)
	}
}

// checkSecrets refuses a key that everybody could read who reads the stack file.
func checkSecrets(ctx *pulumi.Context, s settings.Settings) error {
	var problems settings.Problems
	if s.Authority.Key != "" && !ctx.IsConfigSecret("torii:authority") {
		problems.Add("torii:authority.key", "stands in the stack file for everybody to read; give it by "+
			"`pulumi config set --secret --path torii:authority.key`, and make a new one if others have seen it")
	}
	return problems.Err()
}

// authorityOutputs are the certificates, for who hands them on and for the next deployment.
func (d *deployment) authorityOutputs() pulumi.Map {
	if d.vouches == nil {
		return nil
	}
	return pulumi.Map{
		"authorityCertificate": d.vouches.Certificate,
		"clientBundles":        d.vouches.ClientBundles(),
		issuedOutput:           d.vouches.Issued,
	}
}
