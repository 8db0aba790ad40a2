package settings

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAuthorityDefaults(t *testing.T) {
	chosen := team(t, `{"web":{"kind":"fleet"}}`)
	assert.Equal(t, Authority{KeyType: "ecdsa", ValidDays: 365, RenewDays: 30, AuthorityYears: 10}, chosen.Authority)
	assert.Equal(t, "off", chosen.Edge.ClientAuth)
	assert.False(t, chosen.HasAuthority(), "nobody has a certificate")
}

func TestWhoIssuesAndWhoRevokes(t *testing.T) {
	for _, c := range []struct {
		authority             Authority
		there, issue, revokes bool
	}{
		{Authority{Clients: []string{"a"}}, true, true, true},
		{Authority{Clients: []string{"a"}, Certificate: "c", Key: "k"}, true, true, true},
		{Authority{Certificate: "c"}, true, false, false},
		{Authority{Certificate: "c", RevocationLists: "l"}, true, false, true},
	} {
		assert.Equal(t, []bool{c.there, c.issue, c.revokes},
			[]bool{Settings{Authority: c.authority}.HasAuthority(), c.authority.Issues(), c.authority.Revokes()}, "%+v", c.authority)
	}
}

// TestPortOfAFleet: TLS is where browsers look for it.
func TestPortOfAFleet(t *testing.T) {
	for fleet, want := range map[string]int{
		`{"kind":"fleet","expose":["nlb"]}`:                             80,
		`{"kind":"fleet","expose":["nlb"],"port":8080}`:                 8080,
		`{"kind":"fleet","expose":["nlb"],"tls":"off"}`:                 80,
		`{"kind":"fleet","expose":["nlb"],"tls":"instance"}`:            443,
		`{"kind":"fleet","expose":["nlb"],"tls":"instance","port":443}`: 443,
	} {
		chosen, problems := Load(map[string]string{
			"torii:network":   `{"zones":["ap-northeast-1a"]}`,
			"torii:authority": `{"clients":["partner-a"]}`,
			"torii:workloads": `{"web":` + fleet + `}`,
		})
		require.NoError(t, problems.Err(), fleet)
		assert.Equal(t, want, chosen.Workloads["web"].Fleet.Port, fleet)
	}
}

// TestMachinesFetchTheirCertificatesWithNoWayOut: by the endpoint that leads to Parameter Store.
func TestMachinesFetchTheirCertificatesWithNoWayOut(t *testing.T) {
	for endpoints, want := range map[string]string{
		`["ssm"]`: "",
		`["kms"]`: "1 problem in the settings:\n" +
			"  torii:network.endpoints: [kms] lacks ssm, which workload web needs when nat is none; add it",
	} {
		_, problems := Load(map[string]string{
			"torii:network":   `{"zones":["ap-northeast-1a"],"nat":"none","endpoints":` + endpoints + `}`,
			"torii:authority": `{"clients":["partner-a"]}`,
			"torii:workloads": `{"web":{"kind":"fleet","expose":["nlb"],"tls":"instance"}}`,
		})
		if want == "" {
			require.NoError(t, problems.Err())
		} else {
			require.EqualError(t, problems.Err(), want)
		}
	}
}
