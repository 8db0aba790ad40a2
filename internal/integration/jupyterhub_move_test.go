//go:build integration && exhaustive

package integration

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
)

// TestHubMovesToAnotherRegion walks through "Move to another region" of the handbook, step by step.
func TestHubMovesToAnotherRegion(t *testing.T) {
	t.Parallel()
	here := newSite(t, "tokyo", "example.jp")
	chosen := stackFile(t, "examples/Pulumi.jupyterhub.yaml")
	up := here.up("the old stack", chosen)
	hub := up.Outputs["hubs"].Value.(map[string]any)["hub"].(map[string]any)

	// 1. A stack file of its own.
	there := *here
	there.name, there.region = "osaka", "ap-northeast-3"
	moved := stackFile(t, "examples/Pulumi.jupyterhub.yaml")
	moved.set("aws:region", there.region)
	moved.set("torii:network/zones", []string{"ap-northeast-3a", "ap-northeast-3c"})
	c, d := here.ask(), there.ask()

	// 3. The hub is stopped.
	_, err := c.groups.UpdateAutoScalingGroup(t.Context(), &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(hub["autoScalingGroup"].(string)), MinSize: aws.Int32(0), DesiredCapacity: aws.Int32(0),
	})
	require.NoError(t, err)

	// 4. A snapshot, and a copy of it in the new region.
	taken, err := c.ec2.CreateSnapshot(t.Context(), &ec2.CreateSnapshotInput{VolumeId: aws.String(hub["volumeId"].(string))})
	require.NoError(t, err)
	copied, err := d.ec2.CopySnapshot(t.Context(), &ec2.CopySnapshotInput{
		SourceRegion: aws.String(here.region), SourceSnapshotId: taken.SnapshotId, Encrypted: aws.Bool(true),
	})
	require.NoError(t, err)

	// 5. The old hub gives its host away, the new one is made from the copy.
	chosen.set("torii:workloads/hub/host", "old.example.jp")
	here.up("under another host", chosen)
	moved.set("torii:workloads/hub/restoreFrom", aws.ToString(copied.SnapshotId))
	result := there.up("the new stack", moved)
	assert.Equal(t, map[string]any{"hub": "https://hub.example.jp/"}, result.Outputs["urls"].Value)
	volume := d.hubVolume()
	assert.Equal(t, copied.SnapshotId, volume.SnapshotId)
	assert.Equal(t, int32(100), aws.ToInt32(volume.Size))
	assert.True(t, aws.ToBool(volume.Encrypted))
	assert.Equal(t, "ap-northeast-3a", aws.ToString(volume.AvailabilityZone))
	there.unchanged(moved)
	here.unchanged(chosen)

	// 6. The old stack goes, and the new one stands.
	_, err = localdeploy.Destroy(t.Context(), here.spec(chosen))
	require.NoError(t, err)
	there.unchanged(moved)
	gone, err := c.ec2.DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{Filters: []ec2types.Filter{
		{Name: aws.String("tag-key"), Values: []string{"ToriiData"}},
	}})
	require.NoError(t, err)
	assert.Empty(t, gone.Volumes)
	assert.Equal(t, volume.VolumeId, d.hubVolume().VolumeId)
}
