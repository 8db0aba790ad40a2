//go:build integration && exhaustive

package integration

import (
	"crypto/x509"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/certtest"
	"torii/internal/localdeploy"
)

// TestClientCertOfAnAuthorityThatIsBrought has a fleet without a domain ask for certificates of an authority that the
// settings bring: with its key the stack issues them, without it somebody else does.
func TestClientCertOfAnAuthorityThatIsBrought(t *testing.T) {
	t.Parallel()
	s := newSite(t, "brought", "")
	brought := certtest.Authority(t, "Ours", func(c *x509.Certificate) { c.Subject.Organization = []string{"Somebody"} })
	chosen := settings{
		"aws:region":       "ap-northeast-1",
		"torii:network":    settings{"zones": []string{"ap-northeast-1a", "ap-northeast-1c"}, "nat": "instance"},
		"torii:authority":  settings{"clients": []string{"partner-a"}, "certificate": brought.Certificate, "key": brought.Key},
		"torii:operations": settings{"protect": false},
		"torii:workloads": settings{
			"legacy": settings{"kind": "fleet", "expose": []string{"clb"}, "tls": "instance", "min": 1},
		},
	}
	_, err := localdeploy.Up(t.Context(), s.spec(chosen))
	require.ErrorContains(t, err, "torii:authority.key: ")
	require.ErrorContains(t, err, "for everybody to read")
	require.NotContains(t, err.Error(), "PRIVATE KEY")
	standing, err := s.server.Resources(t.Context())
	require.NoError(t, err)
	require.Empty(t, standing.Without(s.baseline), "refused before anything was made")

	delete(chosen["torii:authority"].(settings), "key")
	s.secrets = map[string]string{"torii:authority.key": brought.Key}
	first := s.up("with its key", chosen)
	c := s.ask()
	identity := c.identityOf("brought")
	assert.Equal(t, brought.Parsed.Raw, leafOf(t, identity["client-authorities"]).Raw)
	bundle := bundlesOf(t, first)["partner-a"]
	require.NotNil(t, bundle.leaf)
	assert.NoError(t, bundle.leaf.CheckSignatureFrom(brought.Parsed))
	assert.Equal(t, "CN=partner-a,O=torii-brought", bundle.leaf.Subject.String())
	assert.NoError(t, leafOf(t, identity["server-certificate"]).CheckSignatureFrom(brought.Parsed))
	assert.NoError(t, parsedList(t, identity["revocation-lists"]).CheckSignatureFrom(brought.Parsed))
	state, err := os.ReadFile(localdeploy.StateFile(s.dir, "torii", s.name))
	require.NoError(t, err)
	assert.NotContains(t, string(state), "PRIVATE KEY")
	s.unchanged(chosen)

	s.secrets = nil
	chosen.set("torii:authority/clients", []string{})
	chosen.set("torii:authority/revocationLists", brought.List(t, bundle.leaf.SerialNumber))
	without := s.up("without its key", chosen)
	assert.Empty(t, bundlesOf(t, without), "who issues hands them out")
	identity = c.identityOf("brought")
	assert.Equal(t, brought.Parsed.Raw, leafOf(t, identity["client-authorities"]).Raw)
	assert.Equal(t, []string{bundle.serial()}, listed(parsedList(t, identity["revocation-lists"])))
	server := leafOf(t, identity["server-certificate"])
	certificate, _ := without.Outputs["authorityCertificate"].Value.(string)
	assert.NoError(t, server.CheckSignatureFrom(leafOf(t, certificate)), "the stack signs for its servers only")
	assert.Error(t, server.CheckSignatureFrom(brought.Parsed))
	s.unchanged(chosen)
	s.destroyed(chosen)
}
