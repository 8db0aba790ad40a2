//go:build integration

package authority_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/edge/authority"
	"torii/internal/localdeploy"
	"torii/internal/localdeploy/deploytest"
)

// bench is a stack that has an authority and one server, deployed by the real engine.
type bench struct {
	*testing.T
	spec   localdeploy.Spec
	args   authority.Args
	broken bool // a resource that nothing depends on cannot be made
	last   localdeploy.Result
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, spec: deploytest.Start(t), args: plain("partner-a", "partner-b")}
	b.spec.Program = b.program
	return b
}

// seen is what a deployment exports.
type seen struct {
	issued  []authority.Issued
	lists   []*x509.RevocationList
	bundles map[string]map[string]any
	server  string
	trusted string // whose clients are admitted
}

func (b *bench) program(ctx *pulumi.Context) error {
	args := b.args
	issued, err := authority.Last(ctx)
	if err != nil {
		return err
	}
	args.Issued = issued
	made, err := authority.New(ctx, "authority", &args)
	if err != nil {
		return err
	}
	server, err := made.Server(ctx, "legacy", authority.ServerArgs{
		CommonName: "legacy", Hosts: []string{"legacy.example.jp"}, Names: []pulumi.StringInput{pulumi.String("nlb.amazonaws.com")},
	})
	if err != nil {
		return err
	}
	ctx.Export("issuedCertificates", made.Issued)
	ctx.Export("clientBundles", made.ClientBundles())
	ctx.Export("lists", made.RevocationLists)
	ctx.Export("server", server.Certificate)
	ctx.Export("trusted", made.ClientAuthorities)
	if !b.broken {
		return nil
	}
	published, err := ssm.NewParameter(ctx, "list", &ssm.ParameterArgs{Type: pulumi.String("String"), Value: made.RevocationLists[0]})
	if err != nil {
		return err
	}
	_, err = tls.NewCertRequest(ctx, "broken", &tls.CertRequestArgs{PrivateKeyPem: pulumi.Sprintf("no key %s", published.Arn)})
	return err
}

// up deploys. It returns what is there then, and what was done.
func (b *bench) up() (seen, []string) {
	b.Helper()
	result, err := localdeploy.Up(b.Context(), b.spec)
	require.NoError(b, err)
	b.last = result
	for name, secret := range map[string]bool{
		"issuedCertificates": false, "clientBundles": true, "lists": false, "server": false, "trusted": false,
	} {
		assert.Equal(b, secret, result.Outputs[name].Secret, name)
	}
	s := seen{server: result.Outputs["server"].Value.(string), trusted: result.Outputs["trusted"].Value.(string)}
	for _, each := range result.Outputs["issuedCertificates"].Value.([]any) {
		entry := each.(map[string]any)
		s.issued = append(s.issued, authority.Issued{
			Client: entry["client"].(string), Serial: entry["serial"].(string), Authority: entry["authority"].(string),
			NotAfter: entry["notAfter"].(string), Revoked: entry["revoked"].(bool),
			RevokedAt: entry["revokedAt"].(string), Round: int(entry["round"].(float64)),
		})
	}
	for _, each := range result.Outputs["lists"].Value.([]any) {
		block, _ := pem.Decode([]byte(each.(string)))
		require.NotNil(b, block)
		list, err := x509.ParseRevocationList(block.Bytes)
		require.NoError(b, err)
		s.lists = append(s.lists, list)
	}
	s.bundles = map[string]map[string]any{}
	for client, bundle := range result.Outputs["clientBundles"].Value.(map[string]any) {
		s.bundles[client] = bundle.(map[string]any)
	}
	return s, work(result)
}

// steady deploys once more and sees that nothing changes.
func (b *bench) steady() {
	b.Helper()
	again, err := localdeploy.Up(b.Context(), b.spec)
	require.NoError(b, err)
	require.Empty(b, work(again), "the second run changes what the first has made")
	require.Equal(b, b.last.Outputs, again.Outputs)
}

// work is what a run changed, in words.
func work(of localdeploy.Result) []string {
	var all []string
	for _, step := range of.Steps {
		switch step.Op {
		case "create", "update", "delete", "create-replacement", "delete-replaced":
			if step.Custom {
				all = append(all, step.Op+" "+step.Type[len("tls:index/"):]+" "+step.Name)
			}
		}
	}
	slices.Sort(all)
	return all
}

// age makes a certificate in the state as old as it is when there are so many hours left.
func (b *bench) age(name string, left time.Duration) {
	b.Helper()
	path := filepath.Join(b.spec.Dir, "state", ".pulumi", "stacks", "torii", b.spec.Stack+".json")
	text, err := os.ReadFile(path)
	require.NoError(b, err)
	var file map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	require.NoError(b, decoder.Decode(&file))
	changed := 0
	for _, each := range file["checkpoint"].(map[string]any)["latest"].(map[string]any)["resources"].([]any) {
		found := each.(map[string]any)
		urn := found["urn"].(string)
		if outputs, ok := found["outputs"].(map[string]any); ok && outputs["validityEndTime"] != nil && strings.HasSuffix(urn, "::"+name) {
			outputs["validityEndTime"] = time.Now().Add(left).Format(time.RFC3339)
			changed++
		}
	}
	require.Equal(b, 1, changed)
	text, err = json.Marshal(file)
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(path, text, 0o600))
}
