package network_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/machine"
	"torii/internal/recorder"
	"torii/internal/tags"
	"torii/network"
)

const (
	route    = "aws:ec2/route:Route"
	group    = "aws:autoscaling/group:Group"
	door     = "aws:ec2/networkInterface:NetworkInterface"
	eip      = "aws:ec2/eip:Eip"
	gateway  = "aws:ec2/natGateway:NatGateway"
	template = "aws:ec2/launchTemplate:LaunchTemplate"
)

// natMachine is one that NAT instances can be made of.
var natMachine = &network.NATMachine{
	InstanceType: "t4g.nano", Image: machine.Image{Word: "newest-1", Newest: "ami-1"}, SecurityGroupID: pulumi.String("sg-nat"),
}

// wayOut is a network with a way out.
func wayOut(nat network.NAT, by *network.NATMachine) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		set := tags.ForStack("torii", "dev")
		vpc, err := network.NewVPC(ctx, "network", &network.VPCArgs{
			CIDR: "10.0.0.0/16", Zones: []string{"ap-northeast-1a", "ap-northeast-1c"},
			LogRetentionDays: 7, Region: recorder.Region, AccountID: recorder.AccountID, Tags: set,
		})
		if err != nil {
			return err
		}
		_, err = network.NewWayOut(ctx, "way-out", &network.WayOutArgs{VPC: vpc, NAT: nat, Machine: by, Tags: set})
		return err
	}
}

// out is where the private subnets' routes lead, by their names.
func out(r *recorder.Recording) map[string]any {
	found := map[string]any{}
	for _, each := range r.Of(route) {
		if to := each.Input("natGatewayId"); to != nil {
			found[each.Name] = to
		}
		if to := each.Input("networkInterfaceId"); to != nil {
			found[each.Name] = to
		}
	}
	return found
}

func TestEveryKindOfNATLeadsEveryPrivateSubnetOut(t *testing.T) {
	const a, c = "network-private-ap-northeast-1a-out", "network-private-ap-northeast-1c-out"
	for _, kind := range []struct {
		nat  network.NAT
		want map[string]any
	}{
		{network.NATNone, map[string]any{}},
		{network.NATGateway, map[string]any{a: "network-nat-ap-northeast-1a-id", c: "network-nat-ap-northeast-1a-id"}},
		{network.NATGatewayPerZone, map[string]any{a: "network-nat-ap-northeast-1a-id", c: "network-nat-ap-northeast-1c-id"}},
		{network.NATInstance, map[string]any{a: "way-out-nat-ap-northeast-1a-id", c: "way-out-nat-ap-northeast-1a-id"}},
		{network.NATInstancePerZone, map[string]any{a: "way-out-nat-ap-northeast-1a-id", c: "way-out-nat-ap-northeast-1c-id"}},
	} {
		r := recorder.MustRun(t, "dev", nil, wayOut(kind.nat, natMachine))
		assert.Equal(t, kind.want, out(r), kind.nat)
		byInstance := kind.nat == network.NATInstance || kind.nat == network.NATInstancePerZone
		distinct := map[any]bool{}
		for _, to := range kind.want {
			distinct[to] = true
		}
		if byInstance {
			assert.Len(t, r.Of(group), len(distinct), kind.nat)
			assert.Empty(t, r.Of(gateway), kind.nat)
		} else {
			assert.Empty(t, r.Of(group), kind.nat)
			assert.Len(t, r.Of(gateway), len(distinct), kind.nat)
		}
		assert.Len(t, r.Of(eip), len(distinct), kind.nat)
	}
}

func TestANATInstanceCanBeReplacedBehindItsAddress(t *testing.T) {
	r := recorder.MustRun(t, "dev", nil, wayOut(network.NATInstance, natMachine))
	const name = "way-out-nat-ap-northeast-1a"
	own := r.One(t, door, name)
	assert.Equal(t, "network-public-ap-northeast-1a-id", own.Input("subnetId"))
	assert.Equal(t, false, own.Input("sourceDestCheck"))
	assert.Equal(t, []any{"sg-nat"}, own.Input("securityGroups"))
	address := r.One(t, eip, name)
	assert.Equal(t, name+"-id", address.Input("networkInterface"))
	assert.True(t, address.After("aws:ec2/internetGateway:InternetGateway", "network-internet"))

	made := r.One(t, template, name)
	assert.Equal(t, name+"-id", made.Input("networkInterfaces[0].networkInterfaceId"))
	assert.Equal(t, "false", made.Input("networkInterfaces[0].deleteOnTermination"))
	assert.Nil(t, made.Input("vpcSecurityGroupIds"))
	assert.Equal(t, "required", made.Input("metadataOptions.httpTokens"))
	assert.EqualValues(t, 1, made.Input("metadataOptions.httpPutResponseHopLimit"))

	members := r.One(t, group, name)
	assert.Equal(t, "torii-dev-nat-ap-northeast-1a", members.Input("name"))
	assert.Equal(t, []any{"ap-northeast-1a"}, members.Input("availabilityZones"))
	assert.Nil(t, members.Input("vpcZoneIdentifiers"), "AWS refuses a subnet beside an interface")
	for _, size := range []string{"minSize", "maxSize", "desiredCapacity"} {
		assert.EqualValues(t, 1, members.Input(size), size)
	}
	assert.EqualValues(t, 0, members.Input("instanceRefresh.preferences.minHealthyPercentage"), "the old one holds the interface")
	assert.EqualValues(t, 0, members.Input("instanceMaintenancePolicy.minHealthyPercentage"))
	assert.Equal(t, []any{map[string]any{
		"name": "forwards", "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "heartbeatTimeout": 240.0, "defaultResult": "CONTINUE",
	}}, members.Input("initialLifecycleHooks"))
	assert.Equal(t, "720s", members.Input("waitForCapacityTimeout"))
	assert.Equal(t, "120", members.Input("instanceRefresh.preferences.instanceWarmup"), "by then AWS knows when it has ended")
	assert.True(t, members.DeleteBeforeReplace)
	assert.True(t, members.After(eip, name), "it installs over the internet")
	assert.True(t, members.After(route, "network-public-internet"))

	for _, each := range []string{"network-private-ap-northeast-1a-out", "network-private-ap-northeast-1c-out"} {
		assert.True(t, r.One(t, route, each).After(group, name), "%s waits until something forwards", each)
	}
}

// TestANATInstanceHoldsNoCredentials, being the one machine that the internet can reach, and ends
// when it powers itself off, as it cannot ask AWS for that.
func TestANATInstanceHoldsNoCredentials(t *testing.T) {
	r := recorder.MustRun(t, "dev", nil, wayOut(network.NATInstance, natMachine))
	made := r.One(t, template, "way-out-nat-ap-northeast-1a")
	assert.Nil(t, made.Input("iamInstanceProfile"))
	assert.Equal(t, "terminate", made.Input("instanceInitiatedShutdownBehavior"))
	for _, each := range r.All() {
		if strings.HasPrefix(each.Type, "aws:iam/") {
			assert.Equal(t, "network-flows", each.Name, "%s is for the flow log", each.Type)
		}
	}
}

func TestAWayOutThatCannotBeIsRefused(t *testing.T) {
	_, err := recorder.Run("dev", nil, wayOut("balloon", natMachine))
	require.ErrorContains(t, err, `creating the way out: "balloon" is not a kind of NAT`)
	_, err = recorder.Run("dev", nil, wayOut(network.NATInstance, nil))
	require.ErrorContains(t, err, "creating the way out: NAT by instance needs a machine")
}
