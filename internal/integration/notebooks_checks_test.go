//go:build integration

package integration

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dlm"
	dlmtypes "github.com/aws/aws-sdk-go-v2/service/dlm/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
)

// What AWS must say of system D, part by part.

// decoded is a policy document as people write it.
func decoded(t *testing.T, document *string) string {
	t.Helper()
	text, err := url.QueryUnescape(aws.ToString(document))
	require.NoError(t, err)
	return text
}

// checkUnreachable wants no rule, route, address or balancer that leads to any notebook.
func checkUnreachable(t *testing.T, c clients, names ...string) {
	for _, name := range names {
		machine := c.notebook(name)
		assert.Empty(t, aws.ToString(machine.PublicIpAddress), name)
		assert.Empty(t, aws.ToString(machine.Ipv6Address), name)
		assert.Empty(t, aws.ToString(machine.KeyName), name)
		require.Len(t, machine.NetworkInterfaces, 1, name)
		assert.Nil(t, machine.NetworkInterfaces[0].Association, "%s has no elastic address", name)
		require.Len(t, machine.SecurityGroups, 1, name)
		groups, err := c.ec2.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{
			GroupIds: []string{aws.ToString(machine.SecurityGroups[0].GroupId)},
		})
		require.NoError(t, err)
		assert.Empty(t, groups.SecurityGroups[0].IpPermissions, "%s admits nobody", name)
		for _, way := range groups.SecurityGroups[0].IpPermissionsEgress {
			assert.Equal(t, "tcp 443 443", fmt.Sprint(aws.ToString(way.IpProtocol), " ", aws.ToInt32(way.FromPort), " ", aws.ToInt32(way.ToPort)))
		}
		assert.NotEmpty(t, groups.SecurityGroups[0].IpPermissionsEgress, "%s can be reached through its own call only", name)
		for _, route := range c.routesOf(aws.ToString(machine.SubnetId)) {
			assert.NotContains(t, aws.ToString(route.GatewayId), "igw-", "%s has no way to or from the internet but NAT", name)
		}
		subnets, err := c.ec2.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{SubnetIds: []string{aws.ToString(machine.SubnetId)}})
		require.NoError(t, err)
		assert.False(t, aws.ToBool(subnets.Subnets[0].MapPublicIpOnLaunch))
	}
	balancers, err := c.elb.DescribeLoadBalancers(t.Context(), &elb.DescribeLoadBalancersInput{})
	require.NoError(t, err)
	assert.Empty(t, balancers.LoadBalancers)
}

func checkNotebook(t *testing.T, c clients) {
	machine := c.notebook("ken-2")
	assert.Equal(t, ec2types.HttpTokensStateRequired, machine.MetadataOptions.HttpTokens)
	assert.Equal(t, ec2types.InstanceMetadataEndpointStateEnabled, machine.MetadataOptions.HttpEndpoint)
	assert.Equal(t, int32(1), aws.ToInt32(machine.MetadataOptions.HttpPutResponseHopLimit))
	tags := map[string]string{}
	for _, tag := range machine.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	assert.Equal(t, map[string]string{
		"Project": "torii", "Stack": "notebooks", "ManagedBy": "pulumi", "Name": "torii-notebooks-lab-ken-2",
		"ToriiTeam": "torii-notebooks-lab", "ToriiOwner": "ken", "ToriiNotebook": "ken-2",
		"ToriiLocalPort": "58889", "ToriiTokenParameter": "/torii/notebooks/lab/ken/2/token",
	}, tags)
	end, err := c.ec2.DescribeInstanceAttribute(t.Context(), &ec2.DescribeInstanceAttributeInput{
		InstanceId: machine.InstanceId, Attribute: ec2types.InstanceAttributeNameInstanceInitiatedShutdownBehavior,
	})
	require.NoError(t, err)
	assert.Equal(t, "stop", aws.ToString(end.InstanceInitiatedShutdownBehavior.Value), "idle is not the end")
	text := c.userData(machine)
	assert.Contains(t, text, `"VolumeID":"`+c.homeID("ken-2")+`"`)
	assert.Contains(t, text, `"TokenParameter":"/torii/notebooks/lab/ken/2/token"`)

	volumes, err := c.ec2.DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{Filters: []ec2types.Filter{
		{Name: aws.String("attachment.instance-id"), Values: []string{aws.ToString(machine.InstanceId)}},
	}})
	require.NoError(t, err)
	require.Len(t, volumes.Volumes, 2)
	for _, volume := range volumes.Volumes {
		assert.True(t, aws.ToBool(volume.Encrypted), aws.ToString(volume.VolumeId))
	}
}

func checkHomes(t *testing.T, c clients) {
	for _, name := range []string{"aiko-1", "ken-1", "ken-2"} {
		home := c.home(name)
		assert.True(t, aws.ToBool(home.Encrypted), name)
		assert.Equal(t, ec2types.VolumeTypeGp3, home.VolumeType)
		assert.Equal(t, []string{aws.ToString(home.VolumeId)}, c.volumesOf(name))
		require.Len(t, home.Attachments, 1)
		assert.False(t, aws.ToBool(home.Attachments[0].DeleteOnTermination), "%s outlives its machine", name)
	}
	policies, err := c.dlm.GetLifecyclePolicies(t.Context(), &dlm.GetLifecyclePoliciesInput{})
	require.NoError(t, err)
	require.Len(t, policies.Policies, 1)
	schedule, err := c.dlm.GetLifecyclePolicy(t.Context(), &dlm.GetLifecyclePolicyInput{PolicyId: policies.Policies[0].PolicyId})
	require.NoError(t, err)
	assert.Equal(t, dlmtypes.GettablePolicyStateValuesEnabled, schedule.Policy.State)
	require.Len(t, schedule.Policy.PolicyDetails.TargetTags, 1)
	target := schedule.Policy.PolicyDetails.TargetTags[0]
	assert.Equal(t, "ToriiData=torii-notebooks-lab", aws.ToString(target.Key)+"="+aws.ToString(target.Value))
}

func checkTokens(t *testing.T, c clients) {
	assert.ElementsMatch(t, []string{
		"/torii/notebooks/lab/aiko/1/token", "/torii/notebooks/lab/ken/1/token", "/torii/notebooks/lab/ken/2/token", "/torii/notebooks/lab/settings",
	}, c.parametersBelow("/torii/notebooks/"))
	found, err := c.ssm.GetParameter(t.Context(), &ssm.GetParameterInput{Name: aws.String("/torii/notebooks/lab/ken/2/token")})
	require.NoError(t, err)
	assert.Equal(t, ssmtypes.ParameterTypeSecureString, found.Parameter.Type)
	assert.Equal(t, "unset", c.token("ken/2"), "until the machine has made one up")
}

// checkNotebookRole wants the instance's only policy to be its own.
func checkNotebookRole(t *testing.T, c clients) {
	profile := c.notebook("ken-2").IamInstanceProfile
	require.NotNil(t, profile)
	profiles, err := c.iam.ListInstanceProfiles(t.Context(), &iam.ListInstanceProfilesInput{})
	require.NoError(t, err)
	require.Len(t, profiles.InstanceProfiles, 3, "one for each notebook")
	for _, each := range profiles.InstanceProfiles {
		if aws.ToString(each.Arn) != aws.ToString(profile.Arn) {
			continue
		}
		role := each.Roles[0].RoleName
		managed, err := c.iam.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: role})
		require.NoError(t, err)
		assert.Empty(t, managed.AttachedPolicies)
		inline, err := c.iam.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: role})
		require.NoError(t, err)
		require.Len(t, inline.PolicyNames, 1)
		policy, err := c.iam.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: role, PolicyName: aws.String(inline.PolicyNames[0])})
		require.NoError(t, err)
		const parameters = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/torii/notebooks/lab"
		assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[`+
			`{"Sid":"ReadSettings","Effect":"Allow","Action":["ssm:GetParameter"],"Resource":["`+parameters+`/settings"]},`+
			`{"Sid":"KeepOwnToken","Effect":"Allow","Action":["ssm:GetParameter","ssm:PutParameter"],"Resource":["`+parameters+`/ken/2/token"]},`+
			`{"Sid":"RegisterWithSessionManager","Effect":"Allow","Action":["ssm:UpdateInstanceInformation"],"Resource":[`+
			`"arn:aws:ec2:ap-northeast-1:123456789012:instance/*"]},`+
			`{"Sid":"SessionManagerChannels","Effect":"Allow","Action":["ssmmessages:CreateControlChannel",`+
			`"ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":["*"]}]}`,
			decoded(t, policy.PolicyDocument))
		return
	}
	t.Fatal("the instance's profile is not there")
}

// checkNotebookOutputs wants commands that can be typed as they stand.
func checkNotebookOutputs(t *testing.T, c clients, up localdeploy.Result) {
	lab, _ := up.Outputs["notebooks"].Value.(map[string]any)["lab"].(map[string]any)
	require.Len(t, lab, 3)
	id := c.notebookID("ken-2")
	assert.Equal(t, map[string]any{
		"owner": "ken", "instanceId": id, "volumeId": c.homeID("ken-2"), "localPort": 58889.0, "url": "http://127.0.0.1:58889/lab",
		"command": "aws ssm start-session --region ap-northeast-1 --target " + id + " --document-name AWS-StartPortForwardingSession " +
			`--parameters '{"portNumber":["8888"],"localPortNumber":["58889"]}'`,
		"start": "aws ec2 start-instances --region ap-northeast-1 --instance-ids " + id,
		"token": "aws ssm get-parameter --region ap-northeast-1 --name /torii/notebooks/lab/ken/2/token " +
			"--with-decryption --query Parameter.Value --output text",
	}, lab["ken-2"])
	assert.Equal(t, c.group(), up.Outputs["notebookAccess"].Value.(map[string]any)["lab"].(map[string]any)["group"])
}
