//go:build integration

package integration

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/stretchr/testify/require"
)

// What one asks AWS about notebooks.

func named(notebook string) []ec2types.Filter {
	return []ec2types.Filter{{Name: aws.String("tag:ToriiNotebook"), Values: []string{notebook}}}
}

// notebook is the instance of a name that was not terminated.
func (c clients) notebook(name string) ec2types.Instance {
	c.t.Helper()
	found, err := c.ec2.DescribeInstances(c.t.Context(), &ec2.DescribeInstancesInput{Filters: append(named(name), ec2types.Filter{
		Name: aws.String("instance-state-name"), Values: []string{"pending", "running", "stopping", "stopped"},
	})})
	require.NoError(c.t, err)
	require.Len(c.t, found.Reservations, 1)
	require.Len(c.t, found.Reservations[0].Instances, 1)
	return found.Reservations[0].Instances[0]
}

func (c clients) notebookID(name string) string { return aws.ToString(c.notebook(name).InstanceId) }

func (c clients) instance(id string) ec2types.Instance {
	c.t.Helper()
	found, err := c.ec2.DescribeInstances(c.t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
	require.NoError(c.t, err)
	require.Len(c.t, found.Reservations, 1)
	return found.Reservations[0].Instances[0]
}

// otherImage is one of the same architecture as a notebook's.
func (c clients) otherImage(notebook string) string {
	c.t.Helper()
	machine := c.notebook(notebook)
	images, err := c.ec2.DescribeImages(c.t.Context(), &ec2.DescribeImagesInput{Filters: []ec2types.Filter{
		{Name: aws.String("architecture"), Values: []string{string(machine.Architecture)}},
		{Name: aws.String("root-device-name"), Values: []string{aws.ToString(machine.RootDeviceName)}},
	}})
	require.NoError(c.t, err)
	for _, image := range images.Images {
		if id := aws.ToString(image.ImageId); id != aws.ToString(machine.ImageId) {
			return id
		}
	}
	require.Fail(c.t, "there is no other image")
	return ""
}

// homesNamed are the volumes with a notebook's tag.
func (c clients) homesNamed(notebook string) []ec2types.Volume {
	c.t.Helper()
	found, err := c.ec2.DescribeVolumes(c.t.Context(), &ec2.DescribeVolumesInput{Filters: append(named(notebook), ec2types.Filter{
		Name: aws.String("tag-key"), Values: []string{"ToriiData"},
	})})
	require.NoError(c.t, err)
	return found.Volumes
}

func (c clients) home(notebook string) ec2types.Volume {
	c.t.Helper()
	homes := c.homesNamed(notebook)
	require.Len(c.t, homes, 1)
	return homes[0]
}

func (c clients) homeID(notebook string) string { return aws.ToString(c.home(notebook).VolumeId) }

// volumesOf are the volumes on a notebook's instance, but for the one it starts from.
func (c clients) volumesOf(notebook string) []string {
	c.t.Helper()
	var ids []string
	machine := c.notebook(notebook)
	for _, disk := range machine.BlockDeviceMappings {
		if aws.ToString(disk.DeviceName) != aws.ToString(machine.RootDeviceName) {
			ids = append(ids, aws.ToString(disk.Ebs.VolumeId))
		}
	}
	return ids
}

func (c clients) token(path string) string {
	c.t.Helper()
	found, err := c.ssm.GetParameter(c.t.Context(), &ssm.GetParameterInput{
		Name: aws.String("/torii/notebooks/lab/" + path + "/token"), WithDecryption: aws.Bool(true),
	})
	require.NoError(c.t, err)
	return aws.ToString(found.Parameter.Value)
}

func (c clients) parametersBelow(path string) []string {
	c.t.Helper()
	found, err := c.ssm.GetParametersByPath(c.t.Context(), &ssm.GetParametersByPathInput{Path: aws.String(path), Recursive: aws.Bool(true)})
	require.NoError(c.t, err)
	var names []string
	for _, parameter := range found.Parameters {
		names = append(names, aws.ToString(parameter.Name))
	}
	return names
}

// group is the only IAM group.
func (c clients) group() string {
	c.t.Helper()
	found, err := c.iam.ListGroups(c.t.Context(), &iam.ListGroupsInput{})
	require.NoError(c.t, err)
	require.Len(c.t, found.Groups, 1)
	return aws.ToString(found.Groups[0].GroupName)
}

// members are the users in the group, sorted.
func (c clients) members() []string {
	c.t.Helper()
	found, err := c.iam.GetGroup(c.t.Context(), &iam.GetGroupInput{GroupName: aws.String(c.group())})
	require.NoError(c.t, err)
	var names []string
	for _, user := range found.Users {
		names = append(names, aws.ToString(user.UserName))
	}
	slices.Sort(names)
	return names
}

// policiesOf are all policies that hold for a user, directly and through groups, by name.
func (c clients) policiesOf(user string) map[string]string {
	c.t.Helper()
	attached := map[string]string{}
	own, err := c.iam.ListAttachedUserPolicies(c.t.Context(), &iam.ListAttachedUserPoliciesInput{UserName: aws.String(user)})
	require.NoError(c.t, err)
	for _, each := range own.AttachedPolicies {
		attached[aws.ToString(each.PolicyName)] = aws.ToString(each.PolicyArn)
	}
	groups, err := c.iam.ListGroupsForUser(c.t.Context(), &iam.ListGroupsForUserInput{UserName: aws.String(user)})
	require.NoError(c.t, err)
	for _, group := range groups.Groups {
		shared, err := c.iam.ListAttachedGroupPolicies(c.t.Context(), &iam.ListAttachedGroupPoliciesInput{GroupName: group.GroupName})
		require.NoError(c.t, err)
		for _, each := range shared.AttachedPolicies {
			attached[aws.ToString(each.PolicyName)] = aws.ToString(each.PolicyArn)
		}
	}
	texts := map[string]string{}
	for name, arn := range attached {
		texts[name] = c.policyText(arn)
	}
	return texts
}

// policyText is what a managed policy says today.
func (c clients) policyText(arn string) string {
	c.t.Helper()
	policy, err := c.iam.GetPolicy(c.t.Context(), &iam.GetPolicyInput{PolicyArn: aws.String(arn)})
	require.NoError(c.t, err)
	version, err := c.iam.GetPolicyVersion(c.t.Context(), &iam.GetPolicyVersionInput{
		PolicyArn: aws.String(arn), VersionId: policy.Policy.DefaultVersionId,
	})
	require.NoError(c.t, err)
	return decoded(c.t, version.PolicyVersion.Document)
}
