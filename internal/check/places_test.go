package check

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	dlmtypes "github.com/aws/aws-sdk-go-v2/service/dlm/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/assert"
)

func TestJudgeRoute(t *testing.T) {
	t.Parallel()
	to := func(change func(*ec2types.Route)) []ec2types.RouteTable {
		route := ec2types.Route{DestinationCidrBlock: aws.String(everywhere), State: ec2types.RouteStateActive}
		change(&route)
		local := ec2types.Route{DestinationCidrBlock: aws.String("10.0.0.0/16"), GatewayId: aws.String("local")}
		return []ec2types.RouteTable{{Routes: []ec2types.Route{local, route}}}
	}
	target, finding := judgeRoute("thing", to(func(r *ec2types.Route) { r.NatGatewayId = aws.String("nat-1") }))
	assert.Equal(t, "nat-1", target)
	assert.Nil(t, finding)
	target, finding = judgeRoute("thing", to(func(r *ec2types.Route) { r.NetworkInterfaceId = aws.String("eni-1") }))
	assert.Equal(t, "eni-1", target)
	assert.Nil(t, finding)
	for why, tables := range map[string][]ec2types.RouteTable{
		"it has no route to the internet, which the flow table says is needed": nil,
		"its route leads to what is gone: nat-1": to(func(r *ec2types.Route) {
			r.NatGatewayId, r.State = aws.String("nat-1"), ec2types.RouteStateBlackhole
		}),
		"its route leads neither to a NAT gateway nor to a NAT instance": to(func(r *ec2types.Route) { r.GatewayId = aws.String("igw-1") }),
	} {
		_, finding := judgeRoute("subnet-1", tables)
		assert.Equal(t, &Finding{Verdict: Failed, What: "way out of subnet-1", Why: why, Do: again}, finding)
	}
}

func TestJudgeWayOut(t *testing.T) {
	t.Parallel()
	gateways := func(state ec2types.NatGatewayState, why string) []ec2types.NatGateway {
		g := ec2types.NatGateway{State: state}
		if why != "" {
			g.FailureMessage = aws.String(why)
		}
		return []ec2types.NatGateway{g}
	}
	doors := func(checks bool, instance string, status ec2types.AttachmentStatus) []ec2types.NetworkInterface {
		return []ec2types.NetworkInterface{{SourceDestCheck: &checks, Attachment: &ec2types.NetworkInterfaceAttachment{
			InstanceId: aws.String(instance), Status: status,
		}}}
	}
	run(t, []judged{
		{"a gateway", judgeGateway("thing", gateways("available", ""), 2), OK, "the NAT gateway is available, for 2 subnets", false},
		{"a gateway begins", judgeGateway("thing", gateways("pending", ""), 1), Failed, "the NAT gateway is being made", true},
		{"a gateway failed", judgeGateway("thing", gateways("failed", "no address"), 1), Failed, "the NAT gateway is failed: no address", false},
		{"a deleted gateway", judgeGateway("thing", gateways("deleted", ""), 1), Failed, "the NAT gateway is deleted", false},
		{"no gateway", judgeGateway("thing", nil, 1), Failed, "the NAT gateway is gone", false},
		{"an instance", judgeInterface("thing", doors(false, "i-1", "attached"), 1), OK, "the NAT instance i-1 has it, for 1 subnet", false},
		{"an instance comes", judgeInterface("thing", doors(false, "i-1", "attaching"), 1), Failed,
			"the NAT instance's network interface is attaching", true},
		{"no instance", judgeInterface("thing", []ec2types.NetworkInterface{{}}, 1), Failed, "no NAT instance has the network interface", true},
		{"what it forwards is dropped", judgeInterface("thing", doors(true, "i-1", "attached"), 1), Failed,
			"the NAT instance's network interface drops what is not its own: its source/destination check is on", false},
		{"no interface", judgeInterface("thing", nil, 1), Failed, "the NAT instance's network interface is gone", false},
	})
}

func TestJudgeSnapshot(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ago := func(hours int) *time.Time { at := now.Add(-time.Duration(hours) * time.Hour); return &at }
	judge := func(made int, newest *time.Time) Finding { return judgeSnapshot("thing", *ago(made), newest, now) }
	run(t, []judged{
		{"recent", judge(1000, ago(47)), OK, "the newest is 47 hours old", false},
		{"two days old", judge(1000, ago(48)), Failed, "the newest is 2 days old", false},
		{"none of an old volume", judge(72, nil), Failed, "there is none, and the volume is 3 days old", false},
		{"none of a new volume", judge(1, nil), OK, "the volume is 1 hour old; its first is due within a day", false},
		{"a new volume of an old snapshot", judge(5, ago(400)), OK, "the volume is 5 hours old; its first is due within a day", false},
	})
	policy := func(state dlmtypes.GettablePolicyStateValues) []dlmtypes.LifecyclePolicySummary {
		return []dlmtypes.LifecyclePolicySummary{{PolicyId: aws.String("policy-1"), State: state}}
	}
	assert.Nil(t, judgeSchedule("thing", policy("ENABLED")))
	run(t, []judged{
		{"no schedule", *judgeSchedule("thing", nil), Failed, "no schedule takes them", false},
		{"a schedule in error", *judgeSchedule("thing", policy("ERROR")), Failed, "their schedule policy-1 is ERROR", false},
		{"a disabled schedule", *judgeSchedule("thing", policy("DISABLED")), Failed, "their schedule policy-1 is DISABLED", false},
	})
}

func TestJudgeNotebook(t *testing.T) {
	t.Parallel()
	attached := func(instance string, state ec2types.VolumeAttachmentState) ec2types.Volume {
		return ec2types.Volume{VolumeId: aws.String("vol-1"), Attachments: []ec2types.VolumeAttachment{{
			InstanceId: aws.String(instance), State: state,
		}}}
	}
	judge := func(state ec2types.InstanceStateName, v ec2types.Volume) Finding {
		return judgeNotebook("thing", "i-1", state, v)
	}
	run(t, []judged{
		{"runs", judge("running", attached("i-1", "attached")), OK, "it runs, with its home attached", false},
		{"stopped", judge("stopped", attached("i-1", "attached")), OK, "it is stopped, with its home attached; its owner starts it", false},
		{"gone", judge("", attached("i-1", "attached")), Failed, "its machine i-1 is gone", false},
		{"terminated", judge("terminated", attached("i-1", "attached")), Failed, "its machine i-1 is gone", false},
		{"attaching", judge("running", attached("i-1", "attaching")), Failed, "its home is being attached", true},
		{"with another's home", judge("running", attached("i-2", "attached")), Failed, "its home vol-1 is not attached to its machine", false},
		{"without a home", judge("running", ec2types.Volume{VolumeId: aws.String("vol-1")}), Failed,
			"its home vol-1 is not attached to its machine", false},
	})
}

func TestJudgeTrail(t *testing.T) {
	t.Parallel()
	stopped := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for why, status := range map[string]cloudtrail.GetTrailStatusOutput{
		"it does not log, so that nobody is told of sessions":                        {},
		"it does not log, so that nobody is told of sessions; stopped on 2026-11-01": {StopLoggingTime: &stopped},
		"it cannot write to its bucket: AccessDenied": {
			IsLogging: aws.Bool(true), LatestDeliveryError: aws.String("AccessDenied"),
		},
	} {
		f := judgeTrail(status)
		assert.Equal(t, Failed, f.Verdict)
		assert.Equal(t, why, f.Why)
	}
	assert.Equal(t, fine("trail", "it logs"), judgeTrail(cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(true)}))
}
