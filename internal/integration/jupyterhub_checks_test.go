//go:build integration

package integration

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/dlm"
	dlmtypes "github.com/aws/aws-sdk-go-v2/service/dlm/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
)

// What AWS must say of system B, part by part.

// hubInstance is the only instance that runs.
func (c clients) hubInstance() ec2types.Instance {
	c.t.Helper()
	found, err := c.ec2.DescribeInstances(c.t.Context(), &ec2.DescribeInstancesInput{
		Filters: []ec2types.Filter{{Name: aws.String("instance-state-name"), Values: []string{"running"}}},
	})
	require.NoError(c.t, err)
	require.Len(c.t, found.Reservations, 1)
	require.Len(c.t, found.Reservations[0].Instances, 1)
	return found.Reservations[0].Instances[0]
}

// hubVolume is the only volume with a hub's tag.
func (c clients) hubVolume() ec2types.Volume {
	c.t.Helper()
	found, err := c.ec2.DescribeVolumes(c.t.Context(), &ec2.DescribeVolumesInput{
		Filters: []ec2types.Filter{{Name: aws.String("tag-key"), Values: []string{"ToriiData"}}},
	})
	require.NoError(c.t, err)
	require.Len(c.t, found.Volumes, 1)
	return found.Volumes[0]
}

// hubParameter is the only parameter whose name begins so, and of that type.
func (c clients) hubParameter(prefix string, kind ssmtypes.ParameterType) ssmtypes.Parameter {
	c.t.Helper()
	found, err := c.ssm.DescribeParameters(c.t.Context(), &ssm.DescribeParametersInput{
		ParameterFilters: []ssmtypes.ParameterStringFilter{{
			Key: aws.String("Name"), Option: aws.String("BeginsWith"), Values: []string{prefix},
		}},
	})
	require.NoError(c.t, err)
	require.Len(c.t, found.Parameters, 1)
	assert.Equal(c.t, kind, found.Parameters[0].Type)
	value, err := c.ssm.GetParameter(c.t.Context(), &ssm.GetParameterInput{
		Name: found.Parameters[0].Name, WithDecryption: aws.Bool(true),
	})
	require.NoError(c.t, err)
	return *value.Parameter
}

// hubSettings is the value of the parameter that the hub reads.
func (c clients) hubSettings() string {
	c.t.Helper()
	return aws.ToString(c.hubParameter("hub-settings-", ssmtypes.ParameterTypeString).Value)
}

// hubSecrets is the parameter in which the hub keeps its own secrets.
func (c clients) hubSecrets() ssmtypes.Parameter {
	c.t.Helper()
	return c.hubParameter("hub-secrets-", ssmtypes.ParameterTypeSecureString)
}

// userData is what an instance was started with, unpacked.
func (c clients) userData(instance ec2types.Instance) string {
	c.t.Helper()
	found, err := c.ec2.DescribeInstanceAttribute(c.t.Context(), &ec2.DescribeInstanceAttributeInput{
		InstanceId: instance.InstanceId, Attribute: ec2types.InstanceAttributeNameUserData,
	})
	require.NoError(c.t, err)
	packed, err := base64.StdEncoding.DecodeString(aws.ToString(found.UserData.Value))
	require.NoError(c.t, err)
	assert.Less(c.t, len(packed), 16384, "EC2 takes no more")
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(c.t, err)
	text, err := io.ReadAll(reader)
	require.NoError(c.t, err)
	return string(text)
}

func checkHubMachine(t *testing.T, c clients) {
	groups, err := c.groups.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
	require.NoError(t, err)
	require.Len(t, groups.AutoScalingGroups, 1)
	group := groups.AutoScalingGroups[0]
	assert.Equal(t, []int32{1, 1, 1},
		[]int32{aws.ToInt32(group.MinSize), aws.ToInt32(group.DesiredCapacity), aws.ToInt32(group.MaxSize)})
	assert.Equal(t, "EC2", aws.ToString(group.HealthCheckType))
	require.Len(t, group.Instances, 1)

	machine := c.hubInstance()
	assert.Equal(t, aws.ToString(group.Instances[0].InstanceId), aws.ToString(machine.InstanceId))
	assert.Equal(t, ec2types.InstanceTypeT3Large, machine.InstanceType)
	newest, err := c.ssm.GetParameter(t.Context(), &ssm.GetParameterInput{
		Name: aws.String("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"),
	})
	require.NoError(t, err)
	assert.Equal(t, aws.ToString(newest.Parameter.Value), aws.ToString(machine.ImageId))
	assert.Nil(t, machine.PublicIpAddress)
	for _, route := range c.routesOf(aws.ToString(machine.SubnetId)) {
		if aws.ToString(route.DestinationCidrBlock) == "0.0.0.0/0" {
			assert.NotNil(t, route.NatGatewayId, "a private subnet leaves through NAT")
		}
	}
	assert.Equal(t, ec2types.HttpTokensStateRequired, machine.MetadataOptions.HttpTokens)
	assert.Equal(t, int32(1), aws.ToInt32(machine.MetadataOptions.HttpPutResponseHopLimit))
	require.NotNil(t, machine.IamInstanceProfile)
	require.Len(t, machine.SecurityGroups, 1)
	text := c.userData(machine)
	for _, part := range []string{aws.ToString(c.hubVolume().VolumeId), "hub-settings-", "hub-secrets-", "ap-northeast-1"} {
		assert.Contains(t, text, part)
	}
	disks, err := c.ec2.DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{
		Filters: []ec2types.Filter{{Name: aws.String("attachment.instance-id"), Values: []string{aws.ToString(machine.InstanceId)}}},
	})
	require.NoError(t, err)
	require.Len(t, disks.Volumes, 1, "the root")
	assert.True(t, aws.ToBool(disks.Volumes[0].Encrypted))
	assert.Equal(t, int32(30), aws.ToInt32(disks.Volumes[0].Size))
}

func checkHubVolume(t *testing.T, c clients) {
	volume := c.hubVolume()
	assert.Equal(t, int32(100), aws.ToInt32(volume.Size))
	assert.Equal(t, ec2types.VolumeTypeGp3, volume.VolumeType)
	assert.True(t, aws.ToBool(volume.Encrypted))
	assert.Equal(t, "ap-northeast-1a", aws.ToString(volume.AvailabilityZone))
	assert.Equal(t, ec2types.VolumeStateAvailable, volume.State)
	assert.Contains(t, volume.Tags, ec2types.Tag{Key: aws.String("ToriiData"), Value: aws.String("torii-jupyterhub-hub")})

	listed, err := c.dlm.GetLifecyclePolicies(t.Context(), &dlm.GetLifecyclePoliciesInput{})
	require.NoError(t, err)
	require.Len(t, listed.Policies, 1)
	found, err := c.dlm.GetLifecyclePolicy(t.Context(), &dlm.GetLifecyclePolicyInput{PolicyId: listed.Policies[0].PolicyId})
	require.NoError(t, err)
	assert.Equal(t, dlmtypes.GettablePolicyStateValuesEnabled, found.Policy.State)
	details := found.Policy.PolicyDetails
	assert.Equal(t, []dlmtypes.Tag{{Key: aws.String("ToriiData"), Value: aws.String("torii-jupyterhub-hub")}}, details.TargetTags)
	require.Len(t, details.Schedules, 1)
	assert.Equal(t, int32(24), aws.ToInt32(details.Schedules[0].CreateRule.Interval))
	assert.Equal(t, []string{"18:00"}, details.Schedules[0].CreateRule.Times)
	assert.Equal(t, int32(14), aws.ToInt32(details.Schedules[0].RetainRule.Count))
}

func checkHubSettings(t *testing.T, c clients, up localdeploy.Result) {
	assert.Equal(t, `{"publicUrl":"https://hub.example.jp/","authenticator":"native","admins":["aiko"],"users":[],`+
		`"userMemoryMiB":2048,"userCpus":2,"idleMinutes":60}`, c.hubSettings())
	secrets := c.hubSecrets()
	assert.Equal(t, "unset", aws.ToString(secrets.Value), "the first instance fills it, not Pulumi")
	hub, _ := up.Outputs["hubs"].Value.(map[string]any)["hub"].(map[string]any)
	assert.Equal(t, aws.ToString(secrets.ARN), hub["secretArn"])
	assert.Equal(t, "aws ssm get-parameter --region ap-northeast-1 --name "+aws.ToString(secrets.Name)+
		" --with-decryption --query Parameter.Value --output text", hub["firstPasswords"])
}

func checkHubRole(t *testing.T, c clients) {
	machine := c.hubInstance()
	profiles, err := c.iam.ListInstanceProfiles(t.Context(), &iam.ListInstanceProfilesInput{})
	require.NoError(t, err)
	require.Len(t, profiles.InstanceProfiles, 1)
	assert.Equal(t, aws.ToString(machine.IamInstanceProfile.Arn), aws.ToString(profiles.InstanceProfiles[0].Arn))
	role := profiles.InstanceProfiles[0].Roles[0].RoleName
	attached, err := c.iam.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: role})
	require.NoError(t, err)
	assert.Empty(t, attached.AttachedPolicies)
	names, err := c.iam.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: role})
	require.NoError(t, err)
	require.Len(t, names.PolicyNames, 1)
	policy, err := c.iam.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: role, PolicyName: &names.PolicyNames[0]})
	require.NoError(t, err)
	document, err := url.QueryUnescape(aws.ToString(policy.PolicyDocument))
	require.NoError(t, err)
	var granted struct{ Statement []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(document), &granted))
	require.Len(t, granted.Statement, 7)
	assert.Equal(t, map[string]any{
		"Sid": "AttachOwnVolume", "Effect": "Allow", "Action": []any{"ec2:AttachVolume"},
		"Resource": []any{
			"arn:aws:ec2:ap-northeast-1:123456789012:volume/" + aws.ToString(c.hubVolume().VolumeId),
			"arn:aws:ec2:ap-northeast-1:123456789012:instance/*",
		},
		"Condition": map[string]any{"StringEquals": map[string]any{"aws:ResourceTag/ToriiData": []any{"torii-jupyterhub-hub"}}},
	}, granted.Statement[0])
	assert.Contains(t, machine.Tags, ec2types.Tag{Key: aws.String("ToriiData"), Value: aws.String("torii-jupyterhub-hub")})
}

func checkHubFirewall(t *testing.T, c clients) {
	rules := c.rules(c.vpc().VpcId)
	require.ElementsMatch(t, []string{"default", "torii gateway", "torii hub"}, keys(rules))
	gate, _ := c.gate()
	var inbound, outbound []ec2types.SecurityGroupRule
	for _, rule := range rules["torii hub"] {
		if aws.ToBool(rule.IsEgress) {
			outbound = append(outbound, rule)
		} else {
			inbound = append(inbound, rule)
		}
	}
	require.Len(t, inbound, 1)
	assert.Equal(t, gate.SecurityGroups[0], aws.ToString(inbound[0].ReferencedGroupInfo.GroupId))
	assert.Equal(t, []int32{8000, 8000}, []int32{aws.ToInt32(inbound[0].FromPort), aws.ToInt32(inbound[0].ToPort)})
	require.Len(t, outbound, 1)
	assert.Equal(t, []int32{443, 443}, []int32{aws.ToInt32(outbound[0].FromPort), aws.ToInt32(outbound[0].ToPort)})
}

func checkHubGate(t *testing.T, c clients) {
	gate, listeners := c.gate()
	found, err := c.elb.DescribeLoadBalancerAttributes(t.Context(), &elb.DescribeLoadBalancerAttributesInput{LoadBalancerArn: gate.LoadBalancerArn})
	require.NoError(t, err)
	assert.Contains(t, found.Attributes, elbtypes.LoadBalancerAttribute{
		Key: aws.String("idle_timeout.timeout_seconds"), Value: aws.String("3600"),
	})
	assert.Equal(t, []string{"hub.example.jp"}, keys(c.hosts(listeners[443])))
	assert.Contains(t, c.records(), "hub.example.jp. A")
	groups, err := c.elb.DescribeTargetGroups(t.Context(), &elb.DescribeTargetGroupsInput{})
	require.NoError(t, err)
	require.Len(t, groups.TargetGroups, 1)
	targets := groups.TargetGroups[0]
	assert.Equal(t, elbtypes.TargetTypeEnumInstance, targets.TargetType)
	assert.Equal(t, int32(8000), aws.ToInt32(targets.Port))
	assert.Equal(t, "/hub/health", aws.ToString(targets.HealthCheckPath))
	health, err := c.elb.DescribeTargetHealth(t.Context(), &elb.DescribeTargetHealthInput{TargetGroupArn: targets.TargetGroupArn})
	require.NoError(t, err)
	require.Len(t, health.TargetHealthDescriptions, 1)
	assert.Equal(t, aws.ToString(c.hubInstance().InstanceId), aws.ToString(health.TargetHealthDescriptions[0].Target.Id))

	acl, err := c.waf.GetWebACLForResource(t.Context(), &wafv2.GetWebACLForResourceInput{ResourceArn: gate.LoadBalancerArn})
	require.NoError(t, err)
	rules := acl.WebACL.Rules
	slices.SortFunc(rules, func(a, b waftypes.Rule) int { return int(a.Priority - b.Priority) })
	var names []string
	for _, rule := range rules {
		names = append(names, aws.ToString(rule.Name))
	}
	require.Equal(t, []string{
		"ip-reputation", "common", "body-size", "body-content", "known-bad-inputs", "rate-limit", "allowed-countries",
	}, names)
	var counted []string
	for _, override := range rules[1].Statement.ManagedRuleGroupStatement.RuleActionOverrides {
		assert.NotNil(t, override.ActionToUse.Count, aws.ToString(override.Name))
		counted = append(counted, aws.ToString(override.Name))
	}
	assert.ElementsMatch(t, []string{
		"CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "SizeRestrictions_BODY",
	}, counted)
	for _, rule := range rules[2:4] {
		assert.NotNil(t, rule.Action.Block, aws.ToString(rule.Name))
	}
	size := rules[2].Statement.AndStatement.Statements
	require.Len(t, size, 2)
	assert.Equal(t, "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body", aws.ToString(size[0].LabelMatchStatement.Key))
	assert.Equal(t, "hub.example.jp", string(size[1].NotStatement.Statement.ByteMatchStatement.SearchString))
	content := rules[3].Statement.AndStatement.Statements[1].NotStatement.Statement.AndStatement.Statements
	require.Len(t, content, 2)
	assert.Equal(t, "hub.example.jp", string(content[0].ByteMatchStatement.SearchString))
	assert.Equal(t, "/user/", string(content[1].ByteMatchStatement.SearchString))
}

// checkHubMoved wants another machine and the very same volume, untouched.
func checkHubMoved(t *testing.T, c clients, volume ec2types.Volume, old ec2types.Instance) {
	now, machine := c.hubVolume(), c.hubInstance()
	assert.NotEqual(t, aws.ToString(old.InstanceId), aws.ToString(machine.InstanceId))
	assert.Equal(t, ec2types.InstanceTypeM5Xlarge, machine.InstanceType)
	assert.Equal(t, aws.ToString(volume.VolumeId), aws.ToString(now.VolumeId))
	assert.Equal(t, volume.CreateTime, now.CreateTime)
	assert.Empty(t, aws.ToString(now.SnapshotId))
	assert.Equal(t, ec2types.VolumeStateAvailable, now.State, "the old machine has let go of it")
	assert.Contains(t, c.userData(machine), aws.ToString(volume.VolumeId), "the new machine is told to attach it")
	assert.Equal(t, aws.ToString(old.SubnetId), aws.ToString(machine.SubnetId), "in the volume's zone")
}
