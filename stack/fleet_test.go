package stack_test

import (
	"encoding/base64"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/compute/fleet/guest"
	"torii/internal/recorder"
	"torii/stack"
)

// deployFleet runs the program with one fleet; more is put into its settings, as JSON
// without braces.
func deployFleet(t *testing.T, more string) (*recorder.Recording, error) {
	t.Helper()
	return recorder.Run("test", map[string]string{
		"aws:region":      recorder.Region,
		"torii:network":   `{"zones":["ap-northeast-1a","ap-northeast-1c"],"nat":"instance"}`,
		"torii:workloads": `{"web":{"kind":"fleet","expose":["clb"]` + more + `}}`,
	}, stack.Deploy)
}

func TestFleetRunsAPlainServerUnlessToldOtherwise(t *testing.T) {
	recording, err := deployFleet(t, "")
	require.NoError(t, err)
	plain, err := guest.UserData(guest.Server{Port: 80, HealthPath: "/", RedirectHTTP: true})
	require.NoError(t, err)
	template := recording.One(t, launchTemplateToken, "web")
	assert.Equal(t, base64.StdEncoding.EncodeToString(plain), template.Input("userData"))
	assert.Equal(t, true, template.Input("monitoring.enabled"), "CPU each minute, since the fleet scales by it")

	recording, err = deployFleet(t, `,"userData":"testdata/user-data.sh"`)
	require.NoError(t, err)
	own, err := os.ReadFile("testdata/user-data.sh")
	require.NoError(t, err)
	assert.Equal(t, base64.StdEncoding.EncodeToString(own), recording.One(t, launchTemplateToken, "web").Input("userData"))
}

func TestFleetRefusesUserDataThatEC2Would(t *testing.T) {
	_, err := deployFleet(t, `,"userData":"testdata/nowhere.sh"`)
	require.ErrorContains(t, err, "torii:workloads.web.userData: testdata/nowhere.sh cannot be read: ")
	_, err = deployFleet(t, `,"userData":"testdata/empty.sh"`)
	require.ErrorContains(t, err, "torii:workloads.web.userData: testdata/empty.sh has 0 bytes, and EC2 takes 1 to 16384")
}

// TestInstancesWaitForEveryWay: what an instance installs from must be reachable when it
// starts, whatever the order in which the parts of components were registered.
func TestInstancesWaitForEveryWay(t *testing.T) {
	recording, err := deployFleet(t, "")
	require.NoError(t, err)
	group := recording.One(t, groupToken, "web")
	for token, names := range map[string][]string{
		"aws:ec2/route:Route": {"network-private-ap-northeast-1a-out", "network-private-ap-northeast-1c-out"},
		"aws:ec2/routeTableAssociation:RouteTableAssociation": {
			"network-private-ap-northeast-1a", "network-private-ap-northeast-1c",
		},
		"aws:ec2/networkAcl:NetworkAcl":   {"network-private", "network-public"},
		"aws:ec2/vpcEndpoint:VpcEndpoint": {"network-s3"},
		egressRule:                        {"firewall-web-to-internet-443", "firewall-web-to-nat-443", "firewall-nat-to-internet-443"},
		ingressRule:                       {"firewall-nat-from-web-443"},
	} {
		for _, name := range names {
			assert.True(t, group.After(token, name), "%s %s", token, name)
		}
	}
}
