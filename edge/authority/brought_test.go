package authority_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/edge/authority"
	"torii/internal/certtest"
)

func TestBroughtWithKey(t *testing.T) {
	root := certtest.Authority(t, "root")
	issuer := root.Authority(t, "issuer")
	args := plain("partner-a")
	above := root.List(t, big.NewInt(9))
	args.Brought = &authority.Brought{
		Certificates: "# ours\n" + issuer.Certificate + root.Certificate, Key: pulumi.String("\n" + openSSL(t, issuer)), RevocationLists: above,
	}
	r := record(t, args, func(made *authority.Authority, server *authority.Server) {
		assert.True(t, made.Revoked)
		require.Len(t, made.RevocationLists, 2)
		assert.Equal(t, above, text(t, made.RevocationLists[1].ToStringOutput()))
		all := issuer.Certificate + root.Certificate
		assert.Equal(t, []string{all, all, all}, []string{
			text(t, made.ClientAuthorities), text(t, made.Certificate), text(t, made.Bundles["partner-a"].Authority),
		})
		shown := text(t, server.Certificate)
		assert.True(t, strings.HasSuffix(shown, issuer.Certificate), "an intermediate has to be sent")
		assert.Len(t, parse(t, shown), 2)
		assert.Len(t, parse(t, text(t, made.Bundles["partner-a"].Certificate)), 2)
	})
	assert.Empty(t, r.Of(rootResource))
	assert.Equal(t, []string{"authority-partner-a", "legacy.server"}, names(r.Of(keyResource)))
	leaf := r.One(t, signedResource, "legacy.server")
	assert.Equal(t, issuer.Certificate, leaf.Input("caCertPem"))
	require.True(t, leaf.Inputs["caPrivateKeyPem"].IsSecret())
	assert.True(t, strings.HasPrefix(leaf.Inputs["caPrivateKeyPem"].SecretValue().Element.StringValue(), "-----BEGIN PRIVATE KEY-----\n"))
}

func TestBroughtWithoutKey(t *testing.T) {
	root := certtest.Authority(t, "root")
	args := plain()
	args.Brought = &authority.Brought{Certificates: root.Certificate}
	r := record(t, args, func(made *authority.Authority, server *authority.Server) {
		assert.False(t, made.Revoked)
		assert.Empty(t, made.RevocationLists)
		assert.Equal(t, root.Certificate, text(t, made.ClientAuthorities))
		assert.NotEqual(t, root.Certificate, text(t, made.Certificate))
		assert.Empty(t, made.Bundles)
		checkChain(t, text(t, server.Certificate), text(t, made.Certificate), 1)
	})
	assert.Equal(t, []string{"authority", "legacy.server"}, names(r.Of(keyResource)))

	args.Brought.RevocationLists = root.List(t, big.NewInt(7))
	record(t, args, func(made *authority.Authority, _ *authority.Server) {
		assert.True(t, made.Revoked)
		assert.Len(t, made.RevocationLists, 1)
	})
}
