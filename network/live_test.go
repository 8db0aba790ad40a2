//go:build integration

package network_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ec2resources "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
	"torii/internal/localaws"
	"torii/internal/localdeploy"
	"torii/internal/machine"
	"torii/internal/recorder"
	"torii/internal/tags"
	"torii/internal/toolchain"
	"torii/network"
)

// The stack of this test, on the local AWS.
var (
	here      = account.Place{Partition: "aws", Region: "ap-northeast-1", AccountID: "123456789012"}
	stackTags = tags.ForStack("torii", "way")
	zones     = []string{"ap-northeast-1a", "ap-northeast-1c"}
)

// wanted is what a deployment of this test is to make.
type wanted struct {
	nat          network.NAT
	instanceType string
	asBefore     bool // the NAT gateway as it was when it belonged to the VPC
}

// program is a network with a way out.
func (w wanted) program(ctx *pulumi.Context) error {
	vpc, err := network.NewVPC(ctx, "network", &network.VPCArgs{
		CIDR: "10.0.0.0/16", Zones: zones, LogRetentionDays: 7, Region: here.Region, AccountID: here.AccountID, Tags: stackTags,
		Traffic: []network.Traffic{{From: network.Private, To: network.Outside, Port: 443, ViaNAT: true}},
	})
	if err != nil {
		return err
	}
	if w.asBefore {
		return gatewayOfVPC(ctx, vpc)
	}
	group, err := ec2resources.NewSecurityGroup(ctx, "nat", &ec2resources.SecurityGroupArgs{
		VpcId: vpc.ID, Description: pulumi.String("NAT"),
	})
	if err != nil {
		return err
	}
	_, err = network.NewWayOut(ctx, "way-out", &network.WayOutArgs{
		VPC: vpc, NAT: w.nat, Tags: stackTags,
		Machine: &network.NATMachine{
			InstanceType: w.instanceType, SecurityGroupID: group.ID().ToStringOutput(),
			Image: machine.Image{Word: "newest-1", Newest: "ami-00000000000000001"},
		},
	})
	return err
}

// gatewayOfVPC makes the NAT gateway the way stacks have it that are older than way-out.
func gatewayOfVPC(ctx *pulumi.Context, vpc *network.VPC) error {
	const role = "nat-ap-northeast-1a"
	first := vpc.PublicSubnetIDs.Index(pulumi.Int(0))
	address, err := ec2resources.NewEip(ctx, "network-"+role, &ec2resources.EipArgs{
		Domain: pulumi.String("vpc"), Tags: stackTags.Named(role),
	}, pulumi.Parent(vpc))
	if err != nil {
		return err
	}
	gateway, err := ec2resources.NewNatGateway(ctx, "network-"+role, &ec2resources.NatGatewayArgs{
		SubnetId: first, AllocationId: address.AllocationId, Tags: stackTags.Named(role),
	}, pulumi.Parent(vpc))
	if err != nil {
		return err
	}
	for i, zone := range zones {
		_, err := ec2resources.NewRoute(ctx, "network-private-"+zone+"-out", &ec2resources.RouteArgs{
			RouteTableId: vpc.PrivateTableID(i), DestinationCidrBlock: pulumi.String("0.0.0.0/0"), NatGatewayId: gateway.ID(),
		}, pulumi.Parent(vpc))
		if err != nil {
			return err
		}
	}
	return nil
}

// live is a local AWS with this test's stack on it.
type live struct {
	*testing.T
	spec     localdeploy.Spec
	baseline localaws.Resources
	ec2      *ec2.Client
	scaling  *autoscaling.Client
}

func newLive(t *testing.T) *live {
	t.Helper()
	kit, err := toolchain.Ensure(t.Context(), recorder.Root(), toolchain.Options{Progress: t.Output()})
	require.NoError(t, err)
	dir := t.TempDir()
	server, err := localaws.Start(t.Context(), localaws.Options{
		MotoServer: kit.MotoServer, Launcher: filepath.Join(recorder.Root(), "tools", "moto", "server.py"), Dir: filepath.Join(dir, "aws"),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.WithoutCancel(t.Context()))) })
	baseline, err := server.Resources(t.Context())
	require.NoError(t, err)
	config := aws.Config{
		Region: here.Region, BaseEndpoint: aws.String(server.URL),
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	return &live{
		T: t, baseline: baseline, ec2: ec2.NewFromConfig(config), scaling: autoscaling.NewFromConfig(config),
		spec: localdeploy.Spec{
			Stack: "way", Dir: dir, Kit: kit, Server: server, Progress: t.Output(), Project: []byte("name: torii\nruntime: go\n"),
			Settings: []byte("config:\n  aws:region: " + here.Region + "\n"),
		},
	}
}

// up deploys.
func (l *live) up(what string, w wanted) localdeploy.Result {
	l.Helper()
	l.spec.Program = w.program
	result, err := localdeploy.Up(l.Context(), l.spec)
	require.NoError(l, err, what)
	l.Logf("%s: %v in %s", what, result.Changes, result.Duration)
	return result
}

// steps are what a deployment did in AWS to what exists or existed, in their order.
func steps(result localdeploy.Result) []string {
	var all []string
	for _, step := range result.Steps {
		if step.Op != "same" && step.Custom {
			all = append(all, step.Op+" "+strings.TrimPrefix(step.Type, "aws:")+" "+step.Name)
		}
	}
	return all
}

// routes are where the private subnets' routes to everywhere lead, by zone.
func (l *live) routes() map[string]ec2types.Route {
	l.Helper()
	found, err := l.ec2.DescribeRouteTables(l.Context(), &ec2.DescribeRouteTablesInput{})
	require.NoError(l, err)
	out := map[string]ec2types.Route{}
	for _, table := range found.RouteTables {
		for _, tag := range table.Tags {
			zone, private := strings.CutPrefix(*tag.Value, "torii-way-private-")
			if *tag.Key != "Name" || !private {
				continue
			}
			for _, route := range table.Routes {
				if aws.ToString(route.DestinationCidrBlock) == "0.0.0.0/0" {
					out[zone] = route
				}
			}
		}
	}
	return out
}

// natInstance is what stands behind a route: the group's only member, with the interface.
func (l *live) natInstance(zone string) (ec2types.Instance, scalingtypes.AutoScalingGroup) {
	l.Helper()
	groups, err := l.scaling.DescribeAutoScalingGroups(l.Context(), &autoscaling.DescribeAutoScalingGroupsInput{
		AutoScalingGroupNames: []string{"torii-way-nat-" + zone},
	})
	require.NoError(l, err)
	require.Len(l, groups.AutoScalingGroups, 1)
	group := groups.AutoScalingGroups[0]
	require.Len(l, group.Instances, 1)
	require.Equal(l, scalingtypes.LifecycleStateInService, group.Instances[0].LifecycleState)
	found, err := l.ec2.DescribeInstances(l.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{*group.Instances[0].InstanceId}})
	require.NoError(l, err)
	return found.Reservations[0].Instances[0], group
}

// waitInService waits until the group's only instance is in service.
func (l *live) waitInService() {
	l.Helper()
	require.Eventually(l, func() bool {
		found, err := l.scaling.DescribeAutoScalingInstances(l.Context(), &autoscaling.DescribeAutoScalingInstancesInput{})
		return err == nil && len(found.AutoScalingInstances) == 1 && *found.AutoScalingInstances[0].LifecycleState == "InService"
	}, 10*time.Second, 200*time.Millisecond)
}

// before says whether one step came before another.
func before(t *testing.T, all []string, first, second string) {
	t.Helper()
	require.Contains(t, all, first)
	require.Contains(t, all, second)
	require.Less(t, slices.Index(all, first), slices.Index(all, second), "%s before %s", first, second)
}
