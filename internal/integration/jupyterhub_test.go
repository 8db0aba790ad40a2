//go:build integration

package integration

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
)

// TestJupyterHub is system B: up, what AWS says, again without change, the changes that
// users make, new machines on the old volume, and down to nothing.
func TestJupyterHub(t *testing.T) {
	t.Parallel()
	s := newSite(t, "jupyterhub", "example.jp")
	chosen := stackFile(t, "examples/Pulumi.jupyterhub.yaml")
	first := s.up("first up", chosen)
	c := s.ask()

	t.Run("machine", func(t *testing.T) { c.t = t; checkHubMachine(t, c) })
	t.Run("volume", func(t *testing.T) { c.t = t; checkHubVolume(t, c) })
	t.Run("secrets and settings", func(t *testing.T) { c.t = t; checkHubSettings(t, c, first) })
	t.Run("role", func(t *testing.T) { c.t = t; checkHubRole(t, c) })
	t.Run("firewall", func(t *testing.T) { c.t = t; checkHubFirewall(t, c) })
	t.Run("gate", func(t *testing.T) { c.t = t; checkHubGate(t, c) })
	t.Run("key", func(t *testing.T) { c.t = t; checkKey(t, c, "jupyterhub") })
	t.Run("operations", func(t *testing.T) { c.t = t; checkHubOperations(t, c) })
	c.t = t
	s.unchanged(chosen)
	s.complete()

	volume, machine := c.hubVolume(), c.hubInstance()
	// What the machine itself does when it starts.
	_, err := c.ec2.AttachVolume(t.Context(), &ec2.AttachVolumeInput{
		VolumeId: volume.VolumeId, InstanceId: machine.InstanceId, Device: aws.String("/dev/sdf"),
	})
	require.NoError(t, err)
	const made = `{"cookieSecret": "made by the machine"}`
	_, err = c.ssm.PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: c.hubSecrets().Name, Value: aws.String(made), Type: ssmtypes.ParameterTypeSecureString,
		Tier: ssmtypes.ParameterTierIntelligentTiering, KeyId: aws.String(c.stackKey("jupyterhub")), Overwrite: aws.Bool(true),
	})
	require.NoError(t, err)
	s.unchanged(chosen)

	chosen.set("torii:workloads/hub/users", []string{"ken"})
	people := s.up("one more person", chosen)
	assert.Equal(t, []string{"aws:ssm/parameter:Parameter hub-settings"}, updated(people), "the machine is left alone")
	assert.Empty(t, replaced(people))
	assert.Contains(t, c.hubSettings(), `"users":["ken"]`)

	chosen.set("torii:workloads/hub/homeGiB", 200)
	grown := s.up("a larger volume", chosen)
	assert.Equal(t, []string{"aws:ebs/volume:Volume hub-data"}, updated(grown))
	assert.Empty(t, replaced(grown))
	assert.Equal(t, int32(200), aws.ToInt32(c.hubVolume().Size))
	assert.Equal(t, machine.InstanceId, c.hubInstance().InstanceId)

	chosen.set("torii:workloads/hub/instanceType", "m5.xlarge")
	chosen.set("torii:workloads/hub/image", "newest-2")
	moved := s.up("another type and image", chosen)
	assert.Equal(t, []string{"aws:ec2/launchTemplate:LaunchTemplate hub", "aws:autoscaling/group:Group hub"}, updated(moved))
	assert.Equal(t, []string{"delete aws:ssm/parameter:Parameter hub-image-1-x86_64"}, replaced(moved))
	t.Run("another machine, the same volume", func(t *testing.T) { c.t = t; checkHubMoved(t, c, volume, machine) })
	c.t = t
	assert.Equal(t, made, aws.ToString(c.hubSecrets().Value), "the new machine finds what the old one made")
	s.unchanged(chosen)

	t.Run("what would lose homes is refused", func(t *testing.T) { refusesToLoseHomes(t, s, c, chosen) })
	s.destroyed(chosen)
}

// refusesToLoseHomes tries what AWS would answer with an empty volume, or not at all.
func refusesToLoseHomes(t *testing.T, s *site, c clients, chosen settings) {
	id := aws.ToString(c.hubVolume().VolumeId)
	refused := func(key string, value any, want string) {
		t.Helper()
		before := chosen["torii:workloads"].(settings)["hub"].(settings)[key]
		chosen.set("torii:workloads/hub/"+key, value)
		_, err := localdeploy.Up(t.Context(), s.spec(chosen))
		require.ErrorContains(t, err, want)
		if before == nil {
			delete(chosen["torii:workloads"].(settings)["hub"].(settings), key)
		} else {
			chosen.set("torii:workloads/hub/"+key, before)
		}
	}
	standing, err := s.server.Resources(t.Context())
	require.NoError(t, err)
	refused("homeGiB", 50, "torii:workloads.hub.homeGiB: 50 is less than volume "+id+" of hub hub has, and volumes cannot shrink; choose 200 or more")
	refused("zone", "ap-northeast-1c", "torii:workloads.hub.zone: ap-northeast-1c is not where volume "+id+
		" of hub hub is, which cannot move; give ap-northeast-1a or leave it out")
	refused("instanceType", "t9.large", "torii:workloads.hub.instanceType: t9.large cannot be had in this region")
	refused("userMemoryMiB", 16384, "torii:workloads.hub.userMemoryMiB: 16384 is more than m5.xlarge has to give; "+
		"choose at most 15360, or a larger instanceType")
	refused("restoreFrom", "snap-0123456789abcdef0", "torii:workloads.hub.restoreFrom: snap-0123456789abcdef0 cannot be found")

	after, err := s.server.Resources(t.Context())
	require.NoError(t, err)
	assert.Equal(t, standing, after, "a refused change changes nothing")
	s.refusesDestroy(chosen)
}

// TestHubComesBackFromItsSnapshot takes a hub down with a last snapshot, and makes
// another from that.
func TestHubComesBackFromItsSnapshot(t *testing.T) {
	t.Parallel()
	s := newSite(t, "restore", "example.jp")
	chosen := stackFile(t, "examples/Pulumi.jupyterhub.yaml")
	chosen.set("torii:workloads/hub/finalSnapshot", true)
	s.up("first up", chosen)
	c := s.ask()
	first := aws.ToString(c.hubVolume().VolumeId)
	_, err := localdeploy.Destroy(t.Context(), s.spec(chosen))
	require.NoError(t, err)

	snapshots, err := c.ec2.DescribeSnapshots(t.Context(), &ec2.DescribeSnapshotsInput{
		OwnerIds: []string{"self"}, Filters: []ec2types.Filter{{Name: aws.String("volume-id"), Values: []string{first}}},
	})
	require.NoError(t, err)
	require.Len(t, snapshots.Snapshots, 1, "the last snapshot stays")
	snapshot := snapshots.Snapshots[0]
	left, err := s.server.Resources(t.Context())
	require.NoError(t, err)
	rest := left.Without(s.baseline)
	s.keptKeys(rest, 1)
	assert.Equal(t, 1, rest.Count(), "and nothing else but its key:\n%s", rest)

	chosen.set("torii:workloads/hub/restoreFrom", aws.ToString(snapshot.SnapshotId))
	chosen.set("torii:workloads/hub/finalSnapshot", false)
	s.up("restored", chosen)
	restored := c.hubVolume()
	assert.Equal(t, aws.ToString(snapshot.SnapshotId), aws.ToString(restored.SnapshotId))
	assert.NotEqual(t, first, aws.ToString(restored.VolumeId))

	delete(chosen["torii:workloads"].(settings)["hub"].(settings), "restoreFrom")
	s.unchanged(chosen)
	assert.Equal(t, restored.VolumeId, c.hubVolume().VolumeId, "the setting may go, the volume stays")

	t.Run("the key goes and comes", func(t *testing.T) { keyGoesAndComes(t, s, c, chosen) })
	c.t, s.t = t, t

	// The handbook's way back, on a stack that stands.
	yesterday, err := c.ec2.CreateSnapshot(t.Context(), &ec2.CreateSnapshotInput{VolumeId: restored.VolumeId})
	require.NoError(t, err)
	chosen.set("torii:workloads/hub/restoreFrom", aws.ToString(yesterday.SnapshotId))
	back := s.up("a day back", chosen)
	for _, step := range replaced(back) {
		assert.Contains(t, step, "aws:ebs/volume:Volume hub-data")
	}
	assert.NotEmpty(t, replaced(back))
	assert.Equal(t, aws.ToString(yesterday.SnapshotId), aws.ToString(c.hubVolume().SnapshotId))
	assert.Contains(t, c.userData(c.hubInstance()), aws.ToString(c.hubVolume().VolumeId), "a new machine is told of the new volume")
	delete(chosen["torii:workloads"].(settings)["hub"].(settings), "restoreFrom")
	s.unchanged(chosen)

	_, err = localdeploy.Destroy(t.Context(), s.spec(chosen))
	require.NoError(t, err)
	for _, id := range []*string{snapshot.SnapshotId, yesterday.SnapshotId} {
		_, err = c.ec2.DeleteSnapshot(t.Context(), &ec2.DeleteSnapshotInput{SnapshotId: id})
		require.NoError(t, err)
	}
	left, err = s.server.Resources(t.Context())
	require.NoError(t, err)
	rest = left.Without(s.baseline)
	s.keptKeys(rest, 3) // of the first stack, of the one restored, and of that after it had gone without
	require.Empty(t, rest, "left in AWS:\n%s", rest)
}
