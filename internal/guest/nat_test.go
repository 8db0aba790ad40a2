//go:build integration && linux

package guest_test

import (
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"torii/internal/guest"
	"torii/network/natguest"
)

const (
	natGroup = "torii-dev-nat-ap-northeast-1a"
	natHook  = "forwards"
)

// natTest is what the steps of TestNAT share.
type natTest struct {
	*site
	m    *guest.Machine
	id   string // of the instance
	vpc  *guest.VPC
	open net.Conn // from a private subnet to the internet
}

// TestNAT takes a NAT instance through its life, in networks that are laid out as a VPC's.
func TestNAT(t *testing.T) {
	t.Parallel()
	n := &natTest{site: newSite(t)}
	n.id = n.member()
	data, err := natguest.UserData(natguest.Instance{
		Region: region, Group: natGroup, Hook: natHook, Network: guest.VPCRange, Private: guest.PrivateRange,
	})
	require.NoError(t, err)
	n.m = boot(t, "nat", map[string]string{
		"/etc/systemd/system.conf.d/90-aws.conf": "[Manager]\nDefaultEnvironment=AWS_ENDPOINT_URL=" + n.endpoint.URL + "\n",
		script:                                   n.unpack(data),
	})
	bringCommandLine(t, n.kit, n.m)
	n.surround()
	for _, step := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"a fresh machine forwards nothing", n.freshMachine},
		{"fresh machine comes up and tells its group", n.comesUp},
		{"private subnets reach the internet under its address", n.forwards},
		{"nothing else passes", n.nothingElse},
		{"second run of the user data changes nothing", n.secondRun},
		{"it forwards after a reboot", n.reboots},
	} {
		began := time.Now()
		if !t.Run(step.name, func(t *testing.T) { n.t = t; step.do(t) }) {
			(&instance{Machine: n.m}).journal(t)
			return
		}
		t.Logf("%s: %s", step.name, time.Since(began).Round(100*time.Millisecond))
	}
}

// member makes the Auto Scaling group of the NAT instance in the local AWS, and returns the
// instance that it starts.
func (n *natTest) member() string {
	n.t.Helper()
	template, err := n.ec2.CreateLaunchTemplate(n.t.Context(), &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("nat"),
		LaunchTemplateData: &ec2types.RequestLaunchTemplateData{
			ImageId: aws.String("ami-0fbe1e8a5b2d3e001"), InstanceType: ec2types.InstanceTypeT4gNano,
		},
	})
	require.NoError(n.t, err)
	scaling := autoscaling.NewFromConfig(n.config)
	_, err = scaling.CreateAutoScalingGroup(n.t.Context(), &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(natGroup), VPCZoneIdentifier: &n.subnet,
		MinSize: aws.Int32(1), MaxSize: aws.Int32(1),
		LaunchTemplate: &scalingtypes.LaunchTemplateSpecification{
			LaunchTemplateId: template.LaunchTemplate.LaunchTemplateId, Version: aws.String("1"),
		},
		LifecycleHookSpecificationList: []scalingtypes.LifecycleHookSpecification{{
			LifecycleHookName: aws.String(natHook), LifecycleTransition: aws.String("autoscaling:EC2_INSTANCE_LAUNCHING"),
		}},
	})
	require.NoError(n.t, err)
	found, err := scaling.DescribeAutoScalingGroups(n.t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
	require.NoError(n.t, err)
	return *found.AutoScalingGroups[0].Instances[0].InstanceId
}

// surround gives the machine what AWS has around it.
func (n *natTest) surround() {
	n.t.Helper()
	require.NoError(n.t, n.m.ServeMetadata(n.root.Context(), guest.Metadata{
		InstanceID: n.id, Region: region, Zone: zone, Role: "instance",
		Identity: guest.Identity{AccessKeyID: roleKey, SecretAccessKey: "secret", Token: "token"},
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
	calls := n.endpoint.Calls()
	require.Len(t, calls, 1)
	require.Equal(t, "autoscaling:CompleteLifecycleAction", calls[0].Action)
	require.Equal(t, roleKey, calls[0].KeyID)
	require.Equal(t, url.Values{
		"Action": {"CompleteLifecycleAction"}, "Version": {"2011-01-01"},
		"AutoScalingGroupName": {natGroup}, "LifecycleHookName": {natHook}, "InstanceId": {n.id},
		"LifecycleActionResult": {"CONTINUE"},
	}, calls[0].Arguments)
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
		call{n.vpc.Private, "169.254.169.254:80"},                                       // its credentials
	)
}

func (n *natTest) secondRun(t *testing.T) {
	look := func() string {
		return (&instance{Machine: n.m}).fingerprint(t, "/opt/torii/up", "torii-nat") + run(t, n.m, "nft", "list", "ruleset")
	}
	before := look()
	require.Equal(t, "torii-nat: up", n.runUserData())
	require.Equal(t, before, look())
	require.Len(t, n.endpoint.Calls(), 1, "the group is told once")
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
