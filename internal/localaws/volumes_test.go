//go:build integration

package localaws_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// data makes a volume of homes in a zone.
func (w *world) data(zone string) *ec2.CreateVolumeOutput {
	w.Helper()
	return ask(w.T, w.ec2.CreateVolume, &ec2.CreateVolumeInput{
		AvailabilityZone: aws.String(region + zone), Size: aws.Int32(20), VolumeType: types.VolumeTypeGp3, Encrypted: aws.Bool(true),
		TagSpecifications: []types.TagSpecification{{
			ResourceType: types.ResourceTypeVolume, Tags: []types.Tag{{Key: aws.String("Name"), Value: aws.String("data")}},
		}},
	})
}

func TestVolumeOfAGroupOutlivesItsInstances(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	template := w.createTemplate(w.template())
	w.create(w.group(template, "1"))
	_, instance := w.member()
	volume := w.data("a").VolumeId
	attach := func(volume, device string) error {
		_, err := w.ec2.AttachVolume(t.Context(), &ec2.AttachVolumeInput{
			VolumeId: &volume, InstanceId: instance.InstanceId, Device: &device,
		})
		return err
	}
	refused(t, attach(*w.data("c").VolumeId, "/dev/sdf"), "InvalidVolume.ZoneMismatch", "availability zone")
	refused(t, attach(*volume, "/dev/xvda"), "InvalidParameterValue", "/dev/xvda is already in use")
	if err := attach(*volume, "/dev/sdf"); err != nil {
		t.Fatal(err)
	}
	refused(t, attach(*volume, "/dev/sdg"), "VolumeInUse", "already attached")
	_, err := w.ec2.DeleteVolume(t.Context(), &ec2.DeleteVolumeInput{VolumeId: volume})
	refused(t, err, "VolumeInUse", *volume)

	root := w.instance(*instance.InstanceId).BlockDeviceMappings[0].Ebs.VolumeId
	ask(t, w.scaling.StartInstanceRefresh, w.refresh(template, "1", nil))
	if v := w.volume(*volume); v.State != types.VolumeStateAvailable || len(v.Attachments) != 0 {
		t.Errorf("after the refresh the data volume is %s at %+v", v.State, v.Attachments)
	}
	_, err = w.ec2.DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{VolumeIds: []string{*root}})
	refused(t, err, "InvalidVolume.NotFound", *root)
	refused(t, attach(*volume, "/dev/sdf"), "IncorrectState", *instance.InstanceId)

	_, instance = w.member()
	if err := attach(*volume, "/dev/sdf"); err != nil {
		t.Fatal(err)
	}
	ask(t, w.scaling.DeleteAutoScalingGroup, &autoscaling.DeleteAutoScalingGroupInput{
		AutoScalingGroupName: aws.String("hub"), ForceDelete: aws.Bool(true),
	})
	if v := w.volume(*volume); v.State != types.VolumeStateAvailable {
		t.Errorf("after the group's end the data volume is %s", v.State)
	}
}

func TestVolumeGrowsAndLeavesASnapshot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before, err := w.server.Resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	made := w.data("a")
	if *made.Iops != 3000 || aws.ToInt32(made.Throughput) != 125 || !*made.Encrypted || made.KmsKeyId == nil {
		t.Errorf("made %+v", made)
	}
	for _, size := range []int32{30, 40} {
		ask(t, w.ec2.ModifyVolume, &ec2.ModifyVolumeInput{VolumeId: made.VolumeId, Size: &size})
		all := ask(t, w.ec2.DescribeVolumesModifications, &ec2.DescribeVolumesModificationsInput{VolumeIds: []string{*made.VolumeId}}).VolumesModifications
		if len(all) != 1 || *all[0].TargetSize != size || *all[0].OriginalSize != size-10 || all[0].ModificationState != "completed" {
			t.Errorf("modifications: %+v", all)
		}
	}
	_, err = w.ec2.ModifyVolume(t.Context(), &ec2.ModifyVolumeInput{VolumeId: made.VolumeId, Size: aws.Int32(30)})
	refused(t, err, "InvalidParameterValue", "New size cannot be smaller than existing size")
	if v := w.volume(*made.VolumeId); *v.Size != 40 || aws.ToInt32(v.Throughput) != 125 {
		t.Errorf("%d GiB, %d MiB/s", *v.Size, aws.ToInt32(v.Throughput))
	}

	snapshot := ask(t, w.ec2.CreateSnapshot, &ec2.CreateSnapshotInput{
		VolumeId: made.VolumeId, TagSpecifications: []types.TagSpecification{{
			ResourceType: types.ResourceTypeSnapshot, Tags: []types.Tag{{Key: aws.String("Name"), Value: aws.String("data")}},
		}},
	}).SnapshotId
	ids := &ec2.DescribeSnapshotsInput{SnapshotIds: []string{*snapshot}}
	if err := ec2.NewSnapshotCompletedWaiter(w.ec2).Wait(t.Context(), ids, time.Minute); err != nil {
		t.Fatal(err)
	}
	ask(t, w.ec2.DeleteVolume, &ec2.DeleteVolumeInput{VolumeId: made.VolumeId})
	kept := ask(t, w.ec2.DescribeSnapshots, ids).Snapshots[0]
	if *kept.VolumeSize != 40 || *kept.VolumeId != *made.VolumeId || !*kept.Encrypted || names(kept.Tags) != "data" {
		t.Errorf("snapshot: %+v", kept)
	}
	// Neither the volume nor the key that AWS made for it is anybody's to delete.
	after, err := w.server.Resources(t.Context())
	if left := after.Without(before); err != nil || left.String() != "ec2 Snapshot: "+*snapshot {
		t.Errorf("left: %v, %v", left, err)
	}
	again := ask(t, w.ec2.CreateVolume, &ec2.CreateVolumeInput{
		AvailabilityZone: aws.String(region + "a"), SnapshotId: snapshot, VolumeType: types.VolumeTypeGp3,
	})
	if *again.Size != 40 || !*again.Encrypted {
		t.Errorf("made from the snapshot: %+v", again)
	}
}
