//go:build integration && linux

package guest_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	fleet "torii/compute/fleet/guest"
	"torii/edge/authority"
	"torii/internal/guest"
	"torii/internal/localdeploy"
)

const (
	clientAddress = "127.0.0.9" // of the clients, as load balancers see it
	balancerRange = "192.0.2.0/24"
	balancerHost  = "192.0.2.2" // of the load balancers, as the machine sees it
	certMachine   = "192.0.2.1" // of the machine, as load balancers see it
)

// clientCertTest is what the steps of TestClientCert share.
type clientCertTest struct {
	*site
	issuing
	dir     string // of files for clients
	m       *instance
	nginx   fleet.Server
	main    string // process id of nginx' first process
	asked   int    // how often
	revoked holder // once there is one
	wire    *guest.Neighbour
	network *guest.PassThrough
	classic *guest.PassThrough
}

// TestClientCert takes a machine that asks for client certificates through its life, behind
// a network and a classic load balancer. The certificates are those of a deployment, and
// the machine fetches its own by itself. Each step builds on those before it, so the first
// that fails ends the test.
func TestClientCert(t *testing.T) {
	t.Parallel()
	c := &clientCertTest{site: newSite(t), dir: folder(t, "clients")}
	c.issuing = issuing{
		clients: []string{"partner-a", "partner-b", "partner-c", expired}, keyType: authority.ECDSA, hosts: []string{certHost},
		spec: localdeploy.Spec{
			Stack: "test", Dir: folder(t, "stack"), Kit: c.kit, Server: c.local,
			Project: []byte("name: torii\nruntime: go\n"), Settings: []byte("config:\n  aws:region: " + region + "\n"),
		},
	}
	c.nginx = fleet.Server{Port: fleet.TLSPort, HealthPath: "/health", ClientAuth: &fleet.ClientAuth{
		Parameters: parameters, Region: region, Network: balancerRange, Revocation: true,
		Organization: organization, Clients: []string{"partner-a", "partner-b", expired},
	}}
	c.m = &instance{s: c.site, id: "i-0123456789abcdef0", Machine: boot(t, "legacy", map[string]string{
		"/etc/systemd/system.conf.d/90-aws.conf": "[Manager]\nDefaultEnvironment=AWS_ENDPOINT_URL=" + c.endpoint.URL + "\n",
	})}
	bringCommandLine(t, c.kit, c.m.Machine)
	for _, step := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"fresh machine comes up with what a deployment has made", c.comesUp},
		{"its key is for the web server only", c.keepsItsKey},
		{"second run of the user data changes nothing", c.secondRun},
		{"who gets in", c.whoGetsIn},
		{"what it speaks", c.speaks},
		{"load balancers", c.standsBehindBalancers},
		{"a browser with the .p12", c.opensInBrowser},
		{"a renewed certificate of the server", c.renewsItsOwn},
		{"a revoked client", c.revokes},
		{"a client that comes back", c.takesBack},
		{"what it cannot use it leaves", c.keepsTheOld},
		{"an application behind it", c.servesAnApplication},
		{"another authority and keys of another kind", c.changesItsKeys},
		{"machine is stopped and started", c.restarts},
	} {
		began := time.Now()
		if !t.Run(step.name, func(t *testing.T) { c.t = t; step.do(t) }) {
			c.m.journal(t)
			return
		}
		t.Logf("%s: %s", step.name, time.Since(began).Round(100*time.Millisecond))
	}
}

// surround gives the machine what AWS has around it.
func (c *clientCertTest) surround(t *testing.T) {
	t.Helper()
	require.NoError(t, c.m.ServeMetadata(c.root.Context(), guest.Metadata{
		InstanceID: c.m.id, Region: region, Zone: zone, Role: "instance",
		Identity: guest.Identity{AccessKeyID: roleKey, SecretAccessKey: "secret", Token: "token"},
	}))
	wire, err := guest.NewNeighbour(t.Context(), c.m.Machine)
	require.NoError(t, err)
	c.root.Cleanup(func() { require.NoError(c.root, wire.Close()) })
	c.wire = wire
	c.network, err = guest.NewNetworkPassThrough(c.root.Context(), wire, certMachine+":443")
	require.NoError(t, err)
	c.classic, err = guest.NewClassicPassThrough(c.root.Context(), wire, certMachine+":443")
	require.NoError(t, err)
}

// runsUserData runs the user data of what nginx is to be, and notes nginx' first process.
func (c *clientCertTest) runsUserData(t *testing.T) {
	t.Helper()
	data, err := fleet.UserData(c.nginx)
	require.NoError(t, err)
	require.LessOrEqual(t, len(data), 16384)
	require.NoError(t, os.MkdirAll(c.m.Path("/var/lib/cloud/instance/scripts"), 0o755))
	require.NoError(t, os.WriteFile(c.m.Path(script), []byte(c.unpack(data)), 0o600))
	require.Equal(t, "torii-fleet: up", c.m.runUserData())
	c.main = c.m.value(t, "torii-fleet", "MainPID")
}

// sameProcess checks that nginx was not restarted.
func (c *clientCertTest) sameProcess(t *testing.T) {
	t.Helper()
	require.Equal(t, c.main, c.m.value(t, "torii-fleet", "MainPID"))
	require.Equal(t, "0", c.m.value(t, "torii-fleet", "NRestarts"))
}
