package fleet_test

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/compute/fleet"
	"torii/internal/account"
	"torii/internal/machine"
	"torii/internal/recorder"
	"torii/internal/tags"
)

const (
	groupToken    = "aws:autoscaling/group:Group"
	policyToken   = "aws:autoscaling/policy:Policy"
	templateToken = "aws:ec2/launchTemplate:LaunchTemplate"
	fleetURN      = "urn:pulumi:test::torii::torii:fleet:Fleet::web"
)

// record makes a fleet of usual values, which change may change.
func record(t *testing.T, change func(*fleet.Args)) (*recorder.Recording, error) {
	t.Helper()
	return recorder.Run("test", nil, func(ctx *pulumi.Context) error {
		listener, err := iam.NewUser(ctx, "listener", nil) // stands for what must be there first
		if err != nil {
			return err
		}
		args := &fleet.Args{
			InstanceType:      "t3.micro",
			Image:             machine.Image{Word: "1", Newest: "ami-0newest"},
			UserData:          []byte("#!/bin/sh\n"),
			Min:               2,
			Max:               4,
			GraceSeconds:      300,
			CPUPercent:        60,
			RequestsPerTarget: 1000,
			ALBLabel:          pulumi.String("app/gate/1/targetgroup/web/2"),
			TargetGroupARNs:   pulumi.StringArray{pulumi.String("arn:web")},
			ClassicNames:      pulumi.StringArray{pulumi.String("web-clb-1")},
			SubnetIDs:         pulumi.ToStringArray([]string{"subnet-a", "subnet-c"}),
			SecurityGroupID:   pulumi.String("sg-web"),
			SessionKeyARN:     pulumi.String("arn:key"),
			Ready:             []pulumi.Resource{listener},
			Cloud:             account.Place{Partition: "aws", Region: "ap-northeast-1", AccountID: "123456789012"},
			Tags:              tags.ForStack("torii", "test"),
		}
		if change != nil {
			change(args)
		}
		made, err := fleet.NewFleet(ctx, "web", args)
		if err != nil {
			return err
		}
		ctx.Export("group", made.GroupName)
		return nil
	})
}

// mustRecord is record for a fleet that can be.
func mustRecord(t *testing.T, change func(*fleet.Args)) *recorder.Recording {
	t.Helper()
	recording, err := record(t, change)
	require.NoError(t, err)
	return recording
}

func TestFleetIsTheseResources(t *testing.T) {
	var all []string
	for _, r := range mustRecord(t, nil).All() {
		if r.Name != "listener" {
			all = append(all, r.Type+" "+r.Name)
		}
		if r.Custom && r.Name != "listener" {
			assert.Equal(t, fleetURN, r.Parent, r.Name)
		}
	}
	assert.Equal(t, []string{
		groupToken + " web", policyToken + " web-cpu", policyToken + " web-requests", templateToken + " web",
		"aws:iam/instanceProfile:InstanceProfile web", "aws:iam/role:Role web-instance", "aws:iam/rolePolicy:RolePolicy web-instance",
		"aws:ssm/parameter:Parameter web-image-1", "torii:fleet:Fleet web",
	}, all)
}

func TestGroupIsCheckedByItsLoadBalancersAndLeftToScaling(t *testing.T) {
	group := mustRecord(t, nil).One(t, groupToken, "web")
	given := group.Inputs.Mappable()
	metrics, _ := given["enabledMetrics"].([]any)
	delete(given, "enabledMetrics")
	assert.Equal(t, map[string]any{
		"minSize": 2.0, "maxSize": 4.0, // and no desired capacity, which is scaling's
		"vpcZoneIdentifiers":     []any{"subnet-a", "subnet-c"},
		"launchTemplate":         map[string]any{"id": "web-id", "version": "0"},
		"targetGroupArns":        []any{"arn:web"},
		"loadBalancers":          []any{"web-clb-1"},
		"healthCheckType":        "ELB",
		"healthCheckGracePeriod": 300.0,
		"defaultInstanceWarmup":  120.0,
		"waitForCapacityTimeout": "0",
		"instanceRefresh": map[string]any{"strategy": "Rolling", "preferences": map[string]any{
			"minHealthyPercentage": 100.0, "maxHealthyPercentage": 150.0, "autoRollback": true,
		}},
		"tags": []any{
			map[string]any{"key": "ManagedBy", "value": "pulumi", "propagateAtLaunch": false},
			map[string]any{"key": "Name", "value": "torii-test-web", "propagateAtLaunch": false},
			map[string]any{"key": "Project", "value": "torii", "propagateAtLaunch": false},
			map[string]any{"key": "Stack", "value": "test", "propagateAtLaunch": false},
		},
	}, given)
	assert.ElementsMatch(t, []any{
		"GroupDesiredCapacity", "GroupInServiceInstances", "GroupMaxSize", "GroupMinSize",
		"GroupPendingInstances", "GroupTerminatingInstances", "GroupTotalInstances",
	}, metrics)
	assert.True(t, group.After("aws:iam/user:User", "listener"), "what must be there first")
	assert.True(t, group.After("aws:iam/rolePolicy:RolePolicy", "web-instance"), "or the agent would start without rights")

	assert.Equal(t, 30.0, mustRecord(t, func(a *fleet.Args) { a.GraceSeconds = 30 }).One(t, groupToken, "web").Input("defaultInstanceWarmup"))
}

func TestMachinesAreMadeFromATemplate(t *testing.T) {
	recording := mustRecord(t, nil)
	template := recording.One(t, templateToken, "web")
	for path, want := range map[string]any{
		"imageId": "ami-0newest", "instanceType": "t3.micro", "keyName": nil,
		"userData":               base64.StdEncoding.EncodeToString([]byte("#!/bin/sh\n")),
		"vpcSecurityGroupIds":    []any{"sg-web"},
		"monitoring":             map[string]any{"enabled": true},
		"metadataOptions":        map[string]any{"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1.0},
		"blockDeviceMappings[0]": map[string]any{"deviceName": "/dev/xvda", "ebs": map[string]any{"volumeType": "gp3", "volumeSize": 20.0, "encrypted": "true", "deleteOnTermination": "true"}},
	} {
		assert.Equal(t, want, template.Input(path), path)
	}
	for i, kind := range []string{"instance", "volume", "network-interface"} {
		specification := template.Input("tagSpecifications").([]any)[i].(map[string]any)
		assert.Equal(t, map[string]any{"resourceType": kind, "tags": map[string]any{
			"Project": "torii", "Stack": "test", "ManagedBy": "pulumi", "Name": "torii-test-web",
		}}, specification)
	}
	assert.Equal(t, []string{"insecureValue"}, recording.One(t, "aws:ssm/parameter:Parameter", "web-image-1").IgnoreChanges)

	plain := mustRecord(t, func(a *fleet.Args) { a.CPUPercent = 0 })
	assert.Nil(t, plain.One(t, templateToken, "web").Input("monitoring"), "nobody pays for what nobody reads")
}

func TestScalingHoldsCPUAndRequests(t *testing.T) {
	recording := mustRecord(t, nil)
	for name, metric := range map[string]map[string]any{
		"web-cpu":      {"predefinedMetricType": "ASGAverageCPUUtilization"},
		"web-requests": {"predefinedMetricType": "ALBRequestCountPerTarget", "resourceLabel": "app/gate/1/targetgroup/web/2"},
	} {
		target := map[string]float64{"web-cpu": 60, "web-requests": 1000}[name]
		assert.Equal(t, map[string]any{
			"autoscalingGroupName": "web-0000000", "policyType": "TargetTrackingScaling",
			"targetTrackingConfiguration": map[string]any{"predefinedMetricSpecification": metric, "targetValue": target},
		}, recording.One(t, policyToken, name).Inputs.Mappable())
	}
	for _, c := range []struct {
		change func(*fleet.Args)
		want   []string
	}{
		{func(a *fleet.Args) { a.RequestsPerTarget, a.ALBLabel = 0, nil }, []string{"web-cpu"}},
		{func(a *fleet.Args) { a.CPUPercent = 0 }, []string{"web-requests"}},
		{func(a *fleet.Args) { a.CPUPercent, a.RequestsPerTarget = 0, 0 }, nil},
	} {
		var made []string
		for _, policy := range mustRecord(t, c.change).Of(policyToken) {
			made = append(made, policy.Name)
		}
		assert.Equal(t, c.want, made)
	}
}

func TestRoleIsForSessionManagerOnly(t *testing.T) {
	for arn, want := range map[string][]string{
		"":        {"RegisterWithSessionManager", "SessionManagerChannels"},
		"arn:key": {"RegisterWithSessionManager", "SessionManagerChannels", "DecryptSessions"},
	} {
		recording := mustRecord(t, func(a *fleet.Args) {
			if a.SessionKeyARN = nil; arn != "" {
				a.SessionKeyARN = pulumi.String(arn)
			}
		})
		document, _ := recording.One(t, "aws:iam/rolePolicy:RolePolicy", "web-instance").Input("policy").(string)
		assert.Equal(t, len(want), strings.Count(document, `"Sid"`))
		for _, sid := range want {
			assert.Contains(t, document, `"Sid":"`+sid+`"`)
		}
	}
}

func TestAFleetThatCannotBeIsRefused(t *testing.T) {
	problems := map[string]func(*fleet.Args){
		"min must be 1 or more, and max no less; they are 0 and 4": func(a *fleet.Args) { a.Min = 0 },
		"min must be 1 or more, and max no less; they are 5 and 4": func(a *fleet.Args) { a.Min = 5 },
		"its user data takes 16385 bytes, and EC2 takes 16384 at most": func(a *fleet.Args) {
			a.UserData = make([]byte, 16385)
		},
		"no load balancer leads to it, and none checks its health": func(a *fleet.Args) { a.TargetGroupARNs, a.ClassicNames = nil, nil },
		"scaling by requests needs an application load balancer":   func(a *fleet.Args) { a.ALBLabel = nil },
	}
	for _, want := range slices.Sorted(maps.Keys(problems)) {
		recording, err := record(t, problems[want])
		require.ErrorContains(t, err, "creating fleet web: "+want)
		assert.Empty(t, recording.Of("torii:fleet:Fleet"), "before anything is registered")
	}
	mustRecord(t, func(a *fleet.Args) { a.UserData = make([]byte, 16384) })
	mustRecord(t, func(a *fleet.Args) { a.TargetGroupARNs = nil })
	mustRecord(t, func(a *fleet.Args) { a.ClassicNames, a.Max = nil, 2 })
}
