package settings

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFleetDefaults(t *testing.T) {
	chosen := team(t, `{"web":{"kind":"fleet"}}`)
	fleet := Fleet{
		Kind: "fleet", Expose: []string{"alb"}, InstanceType: "t3.micro", Image: "newest-1", Min: 2, Max: 4, Port: 80,
		HealthPath: "/", TLS: "edge", CPUPercent: 60, GraceSeconds: 300,
	}
	assert.Equal(t, Workload{Kind: "fleet", Fleet: &fleet}, chosen.Workloads["web"])
	assert.True(t, chosen.HasGate(), "alb is the gate")
	assert.Empty(t, fleet.OwnBalancers())
}

func TestFleetsOwnBalancersComeInTheOrderGiven(t *testing.T) {
	fleet := *team(t, `{"web":{"kind":"fleet","expose":["alb","nlb","clb"]}}`).Workloads["web"].Fleet
	assert.Equal(t, []string{"nlb", "clb"}, fleet.OwnBalancers())
	assert.Equal(t, []string{"alb", "nlb", "clb"}, fleet.Expose, "left as it was")
	assert.Equal(t, []bool{true, true, true}, []bool{fleet.Exposes("alb"), fleet.Exposes("clb"), fleet.Exposes("nlb")})
	assert.Equal(t, "web-clb", BalancerParty("web", ExposeCLB))
}

// TestNothingIsSaidOfAGateThatIsNotThere: what only the web ACL holds to has no default without one.
func TestNothingIsSaidOfAGateThatIsNotThere(t *testing.T) {
	for expose, want := range map[string]Edge{
		`["clb"]`:       {Certificate: "self-signed", AllowedCIDRs: []string{"0.0.0.0/0"}, IdleTimeoutSeconds: 60, ClientAuth: "off"},
		`["nlb","clb"]`: {Certificate: "self-signed", AllowedCIDRs: []string{"0.0.0.0/0"}, IdleTimeoutSeconds: 60, ClientAuth: "off"},
		`["alb","clb"]`: {
			Certificate: "self-signed", AllowedCIDRs: []string{"0.0.0.0/0"}, IdleTimeoutSeconds: 60, ClientAuth: "off",
			AllowedCountries: []string{"JP"}, RateLimit: 2000,
		},
	} {
		assert.Equal(t, want, team(t, `{"web":{"kind":"fleet","expose":`+expose+`}}`).Edge, expose)
	}
}

// TestOneSettingTurnsANATIntoAnother: what belongs to the other may stay in the stack file.
func TestOneSettingTurnsANATIntoAnother(t *testing.T) {
	for nat, instances := range map[string]bool{
		"gateway": false, "gateway-per-zone": false, "instance": true, "instance-per-zone": true, "none": false,
	} {
		chosen, problems := Load(map[string]string{
			"torii:network":   `{"zones":["ap-northeast-1a"],"nat":"` + nat + `","natInstanceType":"t4g.small","natImage":"newest-2"}`,
			"torii:workloads": `{"web":{"kind":"fleet","expose":["nlb"]}}`,
		})
		require.NoError(t, problems.Err(), nat)
		assert.Equal(t, []string{nat, "t4g.small", "newest-2"},
			[]string{chosen.Network.NAT, chosen.Network.NATInstanceType, chosen.Network.NATImage})
		assert.Equal(t, instances, chosen.Network.NATInstances(), nat)
	}
}

// TestBastionWithNoWayOutNeedsEndpoints: Session Manager's, and the one by which it ends itself.
func TestBastionWithNoWayOutNeedsEndpoints(t *testing.T) {
	for endpoints, want := range map[string]string{
		`["ssm","autoscaling"]`: "",
		`["ssm"]`: "1 problem in the settings:\n" +
			"  torii:network.endpoints: [ssm] lacks autoscaling, which the bastion needs when nat is none; add it",
	} {
		_, problems := Load(map[string]string{
			"torii:network":   `{"zones":["ap-northeast-1a"],"nat":"none","endpoints":` + endpoints + `}`,
			"torii:workloads": `{"web":{"kind":"fleet","expose":["nlb"]}}`,
			"torii:bastion":   `{"enabled":true}`,
		})
		if want == "" {
			require.NoError(t, problems.Err())
		} else {
			require.EqualError(t, problems.Err(), want)
		}
	}
}

// TestFleetsMayDoWithoutAName: but not where ACM has to know whom it certifies.
func TestFleetsMayDoWithoutAName(t *testing.T) {
	const missing = "1 problem in the settings:\n" +
		"  torii:workloads.web.host: is missing; give a name in torii:edge.domain, such as web.example.jp"
	for _, c := range []struct{ edge, fleet, want string }{
		{`{}`, `"expose":["clb"]`, ""},
		{`{"domain":"example.jp"}`, `"expose":["clb"]`, missing},
		{`{"domain":"example.jp"}`, `"expose":["clb"],"tls":"off"`, ""},
		{`{"domain":"example.jp","certificate":"self-signed"}`, `"expose":["nlb"]`, ""},
		{`{"domain":"example.jp","certificate":"self-signed"}`, `"expose":["alb","nlb"]`, missing},
		{`{"domain":"example.jp"}`, `"expose":["nlb","clb"],"host":"web.example.jp"`, ""},
	} {
		_, problems := Load(map[string]string{
			"torii:network":   `{"zones":["ap-northeast-1a","ap-northeast-1c"]}`,
			"torii:edge":      c.edge,
			"torii:workloads": `{"web":{"kind":"fleet",` + c.fleet + `},"zoo":{"kind":"fleet","expose":["clb"],"tls":"off"}}`,
		})
		if c.want == "" {
			require.NoError(t, problems.Err(), c)
		} else {
			require.EqualError(t, problems.Err(), c.want)
		}
	}
}
