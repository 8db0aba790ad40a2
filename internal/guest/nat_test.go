//go:build integration && linux

package guest_test

import (
	"fmt"
	"maps"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"torii/internal/guest"
	"torii/network/natguest"
)

// natTest is what the steps of TestNAT share.
type natTest struct {
	*site
	m        *guest.Machine
	userData string
	vpc      *guest.VPC
	open     net.Conn // from a private subnet to the internet

	lock  sync.Mutex
	asked []string // of the metadata service
}

// TestNAT takes a NAT instance through its life, in networks that are laid out as a VPC's.
func TestNAT(t *testing.T) {
	t.Parallel()
	n := newNAT(t, "nat", nil)
	n.surround()
	for _, step := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"a fresh machine forwards nothing", n.freshMachine},
		{"fresh machine comes up", n.comesUp},
		{"private subnets reach the internet under its address", n.forwards},
		{"nothing else passes", n.nothingElse},
		{"second run of the user data changes nothing", n.secondRun},
		{"it forwards after a reboot", n.reboots},
		{"it has asked nobody for anything", n.asksNobody},
		{"it ends itself when its setup hangs", n.hangs},
	} {
		began := time.Now()
		if !t.Run(step.name, func(t *testing.T) { n.t = t; step.do(t) }) {
			(&instance{Machine: n.m}).journal(t)
			return
		}
		t.Logf("%s: %s", step.name, time.Since(began).Round(100*time.Millisecond))
	}
}

// TestNATThatCannotComeUp ends itself, so that its group starts another.
func TestNATThatCannotComeUp(t *testing.T) {
	t.Parallel()
	n := newNAT(t, "nat-broken", map[string]string{"/opt/torii": "a file, where a folder should be\n"})
	i := &instance{Machine: n.m, s: n.site}
	out, _ := i.asCloudInit(guest.RegistryEnvironment(), "/bin/bash", script) //nolint:errcheck // the machine ends under it
	require.Contains(t, out, "torii-nat: NOT UP: writing files: mkdir -p \"${path%/*}\"\n")
	i.waitEnd(t) // sooner than the limit of its setup
}

// newNAT boots a machine that is to become a NAT instance, with some files more.
func newNAT(t *testing.T, name string, files map[string]string) *natTest {
	t.Helper()
	n := &natTest{site: newSite(t)}
	data, err := natguest.UserData(natguest.Instance{Network: guest.VPCRange, Private: guest.PrivateRange})
	require.NoError(t, err)
	n.userData = n.unpack(data)
	image := map[string]string{
		"/etc/systemd/system.conf.d/90-aws.conf": "[Manager]\nDefaultEnvironment=AWS_ENDPOINT_URL=" + n.endpoint.URL + "\n",
		script:                                   n.userData,
	}
	maps.Copy(image, files)
	n.m = boot(t, name, image)
	return n
}

// surround gives the machine what AWS has around it.
func (n *natTest) surround() {
	n.t.Helper()
	require.NoError(n.t, n.m.ServeMetadata(n.root.Context(), guest.Metadata{
		InstanceID: "i-1", Region: region, Zone: zone,
		Asked: func(path string) {
			n.lock.Lock()
			defer n.lock.Unlock()
			n.asked = append(n.asked, path)
		},
	}))
	vpc, err := guest.NewVPC(n.root.Context(), n.m)
	require.NoError(n.t, err)
	n.root.Cleanup(func() { require.NoError(n.root, vpc.Close()) })
	n.vpc = vpc
	for at, where := range map[string]*guest.Neighbour{
		guest.InternetHost + ":443":                                vpc.Internet,
		guest.InternetHost + ":5432":                               vpc.Internet,
		guest.PrivateHost + ":443":                                 vpc.Private,
		fmt.Sprintf("%s:%d", guest.OtherPrivate, guest.AstrayPort): vpc.Other,
		guest.OtherPrivate + ":443":                                vpc.Other,
	} {
		listener, err := where.Listen(at)
		require.NoError(n.t, err)
		n.root.Cleanup(func() { listener.Close() }) //nolint:errcheck // it ends with its network
		go echo(listener)
	}
}

func (n *natTest) freshMachine(t *testing.T) {
	// The networks are what they should be: private subnets reach each other, without it.
	require.Equal(t, guest.PrivateHost, seenAs(t, n.vpc.Private, guest.OtherPrivate+":443"))
	unanswered(t, call{n.vpc.Private, guest.InternetHost + ":443"})
}

// runUserData runs the user data as cloud-init does and returns its last line.
func (n *natTest) runUserData() string { return (&instance{Machine: n.m, s: n.site}).runUserData() }

func (n *natTest) comesUp(t *testing.T) {
	require.Equal(t, "torii-nat: up", n.runUserData())
	require.Equal(t, "inactive", (&instance{Machine: n.m}).value(t, "torii-limit.timer", "ActiveState"), "it may stay")
	listening := run(t, n.m, "ss", "--no-header", "--listening", "--tcp", "--numeric")
	require.Regexp(t, `^LISTEN +\S+ +\S+ +169\.254\.169\.254:80 +\S+ *$`, listening, "nothing but what AWS has there")
}

func (n *natTest) forwards(t *testing.T) {
	for _, from := range []*guest.Neighbour{n.vpc.Private, n.vpc.Other} {
		require.Equal(t, guest.NATAddress, seenAs(t, from, guest.InternetHost+":443"))
	}
	require.Equal(t, guest.NATAddress, seenAs(t, n.vpc.Private, guest.InternetHost+":5432"), "which ports, the security groups say")
	redirects := run(t, n.m, "/bin/sh", "-c", "cat /proc/sys/net/ipv4/conf/*/send_redirects")
	require.NotContains(t, redirects, "1", "nobody is told to go past it")
	var err error
	n.open, err = n.vpc.Private.Dial(guest.InternetHost + ":443")
	require.NoError(t, err)
	require.Equal(t, guest.NATAddress, line(t, n.open))
}

func (n *natTest) nothingElse(t *testing.T) {
	run(t, n.m, "systemd-run", "--quiet", "--unit=listener", "python3", "-m", "http.server", "8080")
	require.Eventually(t, func() bool {
		_, err := n.m.Run(t.Context(), "python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 8080))")
		return err == nil
	}, 10*time.Second, 200*time.Millisecond)
	n.closed(t)
	run(t, n.m, "systemctl", "stop", "listener")
}

// closed checks all that must not pass.
func (n *natTest) closed(t *testing.T) {
	t.Helper()
	unanswered(t,
		call{n.vpc.Internet, guest.PrivateHost + ":443"}, // unsolicited
		call{n.vpc.Internet, guest.NATAddress + ":8080"},
		call{n.vpc.Private, guest.NATAddress + ":8080"},
		call{n.vpc.Private, fmt.Sprintf("%s:%d", guest.OtherPrivate, guest.AstrayPort)}, // back into the network
		call{n.vpc.Private, "169.254.169.254:80"},                                       // its metadata
	)
}

func (n *natTest) secondRun(t *testing.T) {
	look := func() string {
		return (&instance{Machine: n.m}).fingerprint(t, "/opt/torii/nat.nft", "torii-nat") + run(t, n.m, "nft", "list", "ruleset")
	}
	before := look()
	require.Equal(t, "torii-nat: up", n.runUserData())
	require.Equal(t, before, look())
	_, err := fmt.Fprintln(n.open, "still there")
	require.NoError(t, err)
	require.Equal(t, "still there", line(t, n.open))
	require.NoError(t, n.open.Close())
}

func (n *natTest) reboots(t *testing.T) {
	require.NoError(t, n.m.Restart(n.root.Context()))
	n.surround()
	require.Equal(t, guest.NATAddress, seenAs(t, n.vpc.Private, guest.InternetHost+":443"))
	n.closed(t)
}

// asksNobody checks what a machine without credentials has asked AWS, and the metadata service, so far.
func (n *natTest) asksNobody(t *testing.T) {
	require.Empty(t, n.endpoint.Calls())
	n.lock.Lock()
	defer n.lock.Unlock()
	require.Empty(t, n.asked)
}

// hangs runs the setup where its service does not start, with a limit for which a test can wait.
func (n *natTest) hangs(t *testing.T) {
	limit := fmt.Sprintf("--on-active=%d ", natguest.SetupSeconds)
	require.Contains(t, n.userData, limit)
	hasty := strings.Replace(n.userData, limit, "--on-active=2 ", 1)
	require.NoError(t, os.WriteFile(n.m.Path(script), []byte(hasty), 0o600))
	run(t, n.m, "mkdir", "/etc/systemd/system/torii-nat.service.d")
	require.NoError(t, os.WriteFile(n.m.Path("/etc/systemd/system/torii-nat.service.d/slow.conf"),
		[]byte("[Service]\nExecStartPre=sleep 600\n"), 0o600))
	run(t, n.m, "systemctl", "daemon-reload")
	run(t, n.m, "systemctl", "stop", "torii-nat")
	n.runUserData()
	console := (&instance{Machine: n.m}).waitEnd(t)
	require.Contains(t, console, fmt.Sprintf("torii-nat: NOT UP: not within %d seconds", natguest.SetupSeconds))
}
