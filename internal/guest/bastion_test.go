//go:build integration && linux

package guest_test

import (
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	bastion "torii/compute/bastion/guest"
	"torii/internal/guest"
)

// whenToEnd is where a bastion keeps the time of its end.
const whenToEnd = "/etc/torii/end"

// bastionTest is what the steps of TestBastion share.
type bastionTest struct {
	*site
	scaling *autoscaling.Client
	m       *instance
	end     string // contents of whenToEnd
}

// TestBastion takes a bastion from its start to the end that it makes itself. Each step
// builds on those before it, so the first that fails ends the test.
func TestBastion(t *testing.T) {
	t.Parallel()
	b := &bastionTest{site: newSite(t)}
	b.scaling = autoscaling.NewFromConfig(b.config)
	data, err := bastion.UserData(bastion.Instance{Hours: 2})
	require.NoError(t, err)
	b.m = &instance{s: b.site, id: b.started(t), Machine: boot(t, "bastion", map[string]string{
		"/etc/systemd/system.conf.d/90-aws.conf": "[Manager]\nDefaultEnvironment=AWS_ENDPOINT_URL=" + b.endpoint.URL + "\n",
		script:                                   b.unpack(data),
		// Amazon Linux has an SSH server that runs. Debian's image has none, so this stands in.
		"/etc/systemd/system/sshd.service": "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n",
	})}
	bringCommandLine(t, b.kit, b.m.Machine)
	b.serveMetadata()
	for _, step := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"fresh machine comes up", b.comesUp},
		{"nothing listens", b.nothingListens},
		{"second run of the user data changes nothing", b.secondRun},
		{"before its time it stays", b.staysUntilItsTime},
		{"a restart does not put the end off", b.restarts},
		{"when it is time it ends itself, as soon as it can", b.endsItself},
	} {
		began := time.Now()
		if !t.Run(step.name, func(t *testing.T) { b.t = t; step.do(t) }) {
			b.m.journal(t)
			return
		}
		t.Logf("%s: %s", step.name, time.Since(began).Round(100*time.Millisecond))
	}
}

// started makes the group, has it start a machine, and returns that one's id.
func (b *bastionTest) started(t *testing.T) string {
	t.Helper()
	name := aws.String("bastion")
	_, err := b.ec2.CreateLaunchTemplate(t.Context(), &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: name,
		LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String("ami-0fbe1e8a5b2d3e001"), InstanceType: "t4g.nano"},
	})
	require.NoError(t, err)
	_, err = b.scaling.CreateAutoScalingGroup(t.Context(), &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: name, MinSize: aws.Int32(0), MaxSize: aws.Int32(1), DesiredCapacity: aws.Int32(1),
		VPCZoneIdentifier: &b.subnet,
		LaunchTemplate:    &scalingtypes.LaunchTemplateSpecification{LaunchTemplateName: name, Version: aws.String("1")},
	})
	require.NoError(t, err)
	group := b.group(t)
	require.Len(t, group.Instances, 1)
	return *group.Instances[0].InstanceId
}

func (b *bastionTest) group(t *testing.T) scalingtypes.AutoScalingGroup {
	t.Helper()
	found, err := b.scaling.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
	require.NoError(t, err)
	require.Len(t, found.AutoScalingGroups, 1)
	return found.AutoScalingGroups[0]
}

func (b *bastionTest) serveMetadata() {
	b.t.Helper()
	require.NoError(b.t, b.m.ServeMetadata(b.root.Context(), guest.Metadata{
		InstanceID: b.m.id, Region: region, Zone: zone, Role: "instance",
		Identity: guest.Identity{AccessKeyID: roleKey, SecretAccessKey: "secret", Token: "token"},
	}))
}

func (b *bastionTest) comesUp(t *testing.T) {
	run(t, b.m.Machine, "systemctl", "enable", "--now", "sshd")
	earliest := time.Now().Add(2 * time.Hour).Unix()
	require.Equal(t, "torii-bastion: up", b.m.runUserData())
	b.end = run(t, b.m.Machine, "cat", whenToEnd)
	end, err := strconv.ParseInt(b.end, 10, 64)
	require.NoError(t, err)
	require.GreaterOrEqual(t, end, earliest)
	require.LessOrEqual(t, end, time.Now().Add(2*time.Hour).Unix())
	b.timerRuns(t)
}

// timerRuns checks that the timer looks each minute, and will after a restart.
func (b *bastionTest) timerRuns(t *testing.T) {
	t.Helper()
	require.Equal(t, "active", b.m.value(t, "torii-end.timer", "ActiveState"))
	require.Equal(t, "enabled", b.m.value(t, "torii-end.timer", "UnitFileState"))
	require.Contains(t, b.m.value(t, "torii-end.timer", "TimersMonotonic"), "OnUnitActiveUSec=1min")
}

func (b *bastionTest) nothingListens(t *testing.T) {
	require.Equal(t, "inactive", b.m.value(t, "sshd", "ActiveState"))
	require.Equal(t, "disabled", b.m.value(t, "sshd", "UnitFileState"))
	require.Equal(t, "169.254.169.254:80", run(t, b.m.Machine, "/bin/sh", "-c", "ss -Hltn | awk '{print $4}'"),
		"what stands in for the metadata service")
}

func (b *bastionTest) secondRun(t *testing.T) {
	before := b.m.fingerprint(t, whenToEnd, "torii-end")
	require.Equal(t, "torii-bastion: up", b.m.runUserData())
	require.Equal(t, before, b.m.fingerprint(t, whenToEnd, "torii-end"))
}

func (b *bastionTest) staysUntilItsTime(t *testing.T) {
	run(t, b.m.Machine, "systemctl", "start", "torii-end")
	require.Empty(t, b.endpoint.Calls())
	require.Equal(t, "success", b.m.value(t, "torii-end", "Result"))
}

func (b *bastionTest) restarts(t *testing.T) {
	require.NoError(t, b.m.Restart(t.Context()))
	require.Equal(t, b.end, run(t, b.m.Machine, "cat", whenToEnd))
	b.timerRuns(t)
	require.Equal(t, "inactive", b.m.value(t, "sshd", "ActiveState"))
}

// endsItself has nobody to tell it who it is at first: the machine was just restarted, and
// the test serves no metadata yet.
func (b *bastionTest) endsItself(t *testing.T) {
	const folder = "/etc/systemd/system/torii-end.timer.d"
	require.NoError(t, os.MkdirAll(b.m.Path(folder), 0o755))
	require.NoError(t, os.WriteFile(b.m.Path(folder+"/hasty.conf"), []byte(hastyTimer), 0o600))
	require.NoError(t, os.WriteFile(b.m.Path(whenToEnd), []byte(strconv.FormatInt(time.Now().Add(time.Second).Unix(), 10)+"\n"), 0o600))
	run(t, b.m.Machine, "systemctl", "daemon-reload")
	run(t, b.m.Machine, "systemctl", "restart", "torii-end.timer")
	require.Eventually(t, func() bool { return b.m.value(t, "torii-end", "Result") == "exit-code" }, 30*time.Second, 200*time.Millisecond)
	require.Empty(t, b.endpoint.Calls())

	b.serveMetadata()
	require.Eventually(t, func() bool { return len(b.group(t).Instances) == 0 }, 30*time.Second, 200*time.Millisecond)
	console := run(t, b.m.Machine, "journalctl", "--unit=torii-end", "--output=cat")
	require.NoError(t, b.m.Kill())
	call := b.endpoint.Calls()[0]
	require.Equal(t, guest.Call{Action: "autoscaling:TerminateInstanceInAutoScalingGroup", KeyID: roleKey, Arguments: url.Values{
		"Action": {"TerminateInstanceInAutoScalingGroup"}, "Version": {"2011-01-01"},
		"InstanceId": {b.m.id}, "ShouldDecrementDesiredCapacity": {"true"},
	}}, call)
	require.True(t, strings.Contains(console, "torii-bastion: its time is over; ending "+b.m.id), console)
	require.Equal(t, map[string]int{call.Action: b.actions(t)[call.Action]}, b.actions(t), "its role allows nothing else")

	require.Zero(t, *b.group(t).DesiredCapacity, "the group starts no other")
	found, err := b.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{b.m.id}})
	require.NoError(t, err)
	require.Equal(t, ec2types.InstanceStateNameTerminated, found.Reservations[0].Instances[0].State.Name)
}
