//go:build integration

package opener

import (
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/tags"
)

// groups asks AWS for Auto Scaling groups.
func (a *account) groups() *autoscaling.Client {
	return autoscaling.New(autoscaling.Options{
		BaseEndpoint: &a.server.URL, Region: region, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

// group makes a group as a stack does, with a tag more; its name.
func (a *account) group(name, stack string, more map[string]string) string {
	a.t.Helper()
	_, err := a.ec2.CreateLaunchTemplate(a.t.Context(), &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: &name,
		LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String("ami-0fbe1e8a5b2d3e001"), InstanceType: "t4g.nano"},
	})
	require.NoError(a.t, err)
	marked := []types.Tag{{Key: aws.String("Stack"), Value: &stack}}
	for key, value := range more {
		marked = append(marked, types.Tag{Key: &key, Value: &value})
	}
	_, err = a.groups().CreateAutoScalingGroup(a.t.Context(), &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: &name, MinSize: aws.Int32(0), MaxSize: aws.Int32(1), AvailabilityZones: []string{region + "a"},
		LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateName: &name, Version: aws.String("1")}, Tags: marked,
	})
	require.NoError(a.t, err)
	return name
}

// bastion makes one, and something else that scales in the same stack.
func (a *account) bastion(stack string) string {
	a.t.Helper()
	a.group("web-"+stack, stack, nil)
	return a.group("bastion-"+stack, stack, map[string]string{tags.BastionHoursKey: "4", tags.TeamKey: "torii-" + stack + "-bastion"})
}

// machines are those of a group that run.
func (a *account) machines(group string) (ids []string) {
	a.t.Helper()
	found, err := a.groups().DescribeAutoScalingGroups(a.t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{
		AutoScalingGroupNames: []string{group},
	})
	require.NoError(a.t, err)
	for _, each := range found.AutoScalingGroups[0].Instances {
		ids = append(ids, *each.InstanceId)
	}
	require.Len(a.t, ids, int(*found.AutoScalingGroups[0].DesiredCapacity))
	return ids
}

// says runs scripts/bastion and returns what it did, without what it waited for, and its answer.
func (a *account) says(args ...string) (did []string, answer string) {
	a.t.Helper()
	o := a.start("bastion", a.computer(""), args...)
	require.NoError(a.t, o.command.Wait(), o.err.String())
	return o.steps(), o.out.String()
}

func TestBastionIsStartedAndEnded(t *testing.T) {
	t.Parallel()
	a := newAccount(t, newServer(t))
	group, other := a.bastion("dev"), a.bastion("prod")
	const down = "the bastion of dev is down\n"
	status := func() string {
		t.Helper()
		did, answer := a.says("--stack", "dev", "status")
		assert.Equal(t, []string{""}, did)
		return answer
	}
	assert.Equal(t, down, status())

	did, first := a.says("--stack", "dev", "up")
	ids := a.machines(group)
	require.Len(t, ids, 1)
	found, err := a.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: ids})
	require.NoError(t, err)
	since := found.Reservations[0].Instances[0].LaunchTime.Format("2006-01-02T15:04:05")
	assert.Equal(t, []string{"starting the bastion of dev, which takes a minute or two"}, did)
	assert.Regexp(t, "^the bastion of dev is up: "+ids[0]+", since "+since+
		`[.0-9]*(Z|\+00:00); it ends itself 4 hours after that, and every night\n$`, first)
	assert.Empty(t, a.machines(other))

	// Whoever comes second does not start another, and is not told that it was started.
	did, second := a.says("up", "--stack", "dev")
	assert.Equal(t, []string{""}, did)
	assert.Equal(t, first, second)
	assert.Equal(t, ids, a.machines(group))
	assert.Equal(t, first, status())

	did, _ = a.says("--stack", "dev", "down")
	assert.Equal(t, []string{"the bastion of dev is being ended"}, did)
	assert.Empty(t, a.machines(group))
	assert.Equal(t, "terminated", a.state(ids[0]))
	assert.Equal(t, down, status())
}

// TestABastionThatIsOnItsWay is not connected yet, or is being ended.
func TestABastionThatIsOnItsWay(t *testing.T) {
	t.Parallel()
	a := newAccount(t, newServer(t))
	a.bastion("dev")
	_, err := a.groups().SetDesiredCapacity(t.Context(), &autoscaling.SetDesiredCapacityInput{
		AutoScalingGroupName: aws.String("bastion-dev"), DesiredCapacity: aws.Int32(1),
	})
	require.NoError(t, err)
	_, answer := a.says("status") // its agent takes a while
	assert.Equal(t, "the bastion of dev is coming up: "+a.machines("bastion-dev")[0]+"\n", answer)

	var asked atomic.Int32
	a.between(func(action string) (int, string) {
		if action != "DescribeAutoScalingGroups" || asked.Add(1) != 2 { // the first is for the group
			return 0, ""
		}
		return 200, `<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">` +
			`<DescribeAutoScalingGroupsResult><AutoScalingGroups><member><AutoScalingGroupName>bastion-dev</AutoScalingGroupName>` +
			`<Instances><member><InstanceId>i-1</InstanceId><LifecycleState>Terminating:Wait</LifecycleState></member></Instances>` +
			`</member></AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>`
	})
	_, answer = a.says("status")
	assert.Equal(t, "the bastion of dev is down\n", answer)
}

// TestBastionForwardsAPortOfAHostBehindIt starts it, as nobody else has.
func TestBastionForwardsAPortOfAHostBehindIt(t *testing.T) {
	t.Parallel()
	a, port := newAccount(t, newServer(t)), freePort(t)
	group := a.bastion("dev") // the only one, which needs no name
	o := a.start("bastion", a.computer(""), "forward", "db.internal.example.jp", "5432", port)
	var asked session
	a.read(o, "session", &asked)
	ids := a.machines(group)
	require.Len(t, ids, 1)
	assert.Equal(t, session{
		Target: ids[0], DocumentName: "AWS-StartPortForwardingSessionToRemoteHost",
		Parameters: map[string][]string{"host": {"db.internal.example.jp"}, "portNumber": {"5432"}, "localPortNumber": {port}},
	}, asked)

	require.NoError(t, o.interrupt())
	require.NoError(t, o.command.Wait(), o.err.String())
	assert.Equal(t, []string{
		"starting the bastion of dev, which takes a minute or two",
		"127.0.0.1:" + port + " leads to db.internal.example.jp:5432, until you press Ctrl-C",
		"the bastion of dev goes on; scripts/bastion --stack dev down ends it",
	}, o.steps())
	assert.Contains(t, o.out.String(), "the bastion of dev is up: "+ids[0]+", since ")
	assert.Equal(t, ids, a.machines(group), "somebody else may use it")
	left, err := filepath.Glob(filepath.Join(a.home, "*"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestBastionRefusals(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	denied := func(doing, operation string) string {
		return "AWS does not let you " + doing + ". torii:bastion.users in the stack file says who may. AWS said:\n" +
			"An error occurred (AccessDenied) when calling the " + operation + " operation: not authorized to perform: " + operation + "\n"
	}
	refuses := func(operation string) func(*account) {
		return func(a *account) {
			a.between(func(action string) (int, string) {
				if action != operation {
					return 0, ""
				}
				return 403, "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: " +
					operation + "</Message></Error><RequestId>1</RequestId></ErrorResponse>"
			})
		}
	}
	for name, c := range map[string]struct {
		args    []string
		prepare func(*account)
		want    string
	}{
		"no such stack": {args: []string{"--stack", "test", "up"}, want: "there is no bastion of stack test in this region; " +
			"is it the right one (--region), and does the stack file say torii:bastion.enabled?\n"},
		"another region": {args: []string{"--region", "eu-west-1", "up"}, want: "there is no bastion in this region; " +
			"is it the right one (--region), and does the stack file say torii:bastion.enabled?\n"},
		"several": {args: []string{"up"}, prepare: func(a *account) { a.bastion("prod") },
			want: "there are several bastions; choose one with --stack: dev prod \n"},
		"may not look": {
			args: []string{"status"}, prepare: refuses("DescribeAutoScalingGroups"),
			want: denied("look for bastions", "DescribeAutoScalingGroups"),
		},
		"may not start": {
			args: []string{"up"}, prepare: refuses("SetDesiredCapacity"),
			want: denied("start the bastion", "SetDesiredCapacity"),
		},
		"may not end": {
			args: []string{"down"}, prepare: refuses("SetDesiredCapacity"),
			want: denied("end the bastion", "SetDesiredCapacity"),
		},
		"no host": {args: []string{"forward", "5432"}, want: "forward needs a host and a port, and takes a port of this computer\n"},
		"no host's name": {
			args: []string{"forward", `db","x":["`, "5432"},
			want: `db","x":[" is neither a host's name nor its IPv4 address` + "\n",
		},
		"no port":         {args: []string{"forward", "db", "65536"}, want: "65536 is not a port\n"},
		"no local port":   {args: []string{"forward", "db", "5432", "0"}, want: "0 is not a port\n"},
		"too much":        {args: []string{"up", "prod"}, want: "up is all; it takes nothing more\n"},
		"unknown command": {args: []string{"start"}, want: "there is no command start\n"},
		"no command":      {want: "say what to do\n"},
		"without a value": {args: []string{"up", "--stack"}, want: "--stack needs a value\n"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, server)
			group := a.bastion("dev")
			if c.prepare != nil {
				c.prepare(a)
			}
			o := a.start("bastion", a.computer(""), c.args...)
			require.Error(t, o.command.Wait())
			assert.Equal(t, 1, o.command.ProcessState.ExitCode())
			_, said, _ := strings.Cut(o.err.String(), "bastion: ")
			assert.Equal(t, c.want, said, o.err.String())
			assert.Empty(t, a.machines(group))
		})
	}
}
