package stack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ebs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/machine"
	"torii/internal/tags"
	"torii/stack/settings"
)

// instanceType is what AWS says of a type of instances.
type instanceType struct {
	architecture string // x86_64 or arm64
	memoryMiB    int
	vcpus        int
	nitro        bool
}

// checkNitro refuses types on which a volume could not be found by its id.
func (t instanceType) checkNitro(problems *settings.Problems, path, name string) bool {
	if t.architecture != "" && t.nitro {
		return true
	}
	problems.Add(path, name+" is of an older kind, on which the volume could not be found; "+
		"give one of the Nitro System such as t3.large")
	return false
}

// dataVolume is what AWS says of a volume of homes.
type dataVolume struct {
	id, zone, snapshotID string
	gib                  int
	notebook             string // that it belongs to; "" on a hub's
	inUse                bool   // attached to an instance
}

func lookUpInstanceType(ctx *pulumi.Context, name string) (instanceType, error) {
	found, err := ec2.GetInstanceType(ctx, &ec2.GetInstanceTypeArgs{InstanceType: name})
	if err != nil {
		return instanceType{}, err
	}
	about := instanceType{
		memoryMiB: found.MemorySize, vcpus: found.DefaultVcpus, nitro: found.Hypervisor == "nitro" || found.BareMetal,
	}
	for _, architecture := range []string{"x86_64", "arm64"} {
		if slices.Contains(found.SupportedArchitectures, architecture) {
			about.architecture = architecture
		}
	}
	return about, nil
}

// lookUpImage asks AWS for the image that a setting means, and wants one that the type can
// start.
func lookUpImage(
	ctx *pulumi.Context, problems *settings.Problems, path, image, typeName string, about instanceType,
) (machine.Image, error) {
	word, newest := strings.CutPrefix(image, settings.NewestImage)
	if !newest {
		checkImage(ctx, problems, path, image, typeName, about)
		return machine.Image{ID: image}, nil
	}
	parameter, err := ssm.LookupParameter(ctx, &ssm.LookupParameterArgs{Name: machine.ImageParameter(about.architecture)})
	if err != nil {
		return machine.Image{}, fmt.Errorf("asking AWS for the newest image: %w", err)
	}
	// An architecture of its own needs an image of its own, whatever was written down.
	return machine.Image{Word: word + "-" + about.architecture, Newest: parameter.InsecureValue}, nil
}

// checkImage wants an image that is there, for the type's architecture, and of Amazon Linux
// as far as the name of its disk tells.
func checkImage(ctx *pulumi.Context, problems *settings.Problems, path, image, typeName string, about instanceType) {
	found, err := ec2.LookupAmi(ctx, &ec2.LookupAmiArgs{
		Filters: []ec2.GetAmiFilter{{Name: "image-id", Values: []string{image}}},
		// AWS calls its images deprecated after two years. They start all the same.
		IncludeDeprecated: pulumi.BoolRef(true),
	})
	switch {
	case err != nil:
		problems.Add(path, fmt.Sprintf("%s cannot be found in this region: %v", image, err))
	case found.Architecture != about.architecture:
		problems.Add(path, fmt.Sprintf("%s is for %s, and %s is %s; give an image for that, or %s and a word, which follows the type",
			image, found.Architecture, typeName, about.architecture, settings.NewestImage))
	case found.RootDeviceName != machine.RootDevice:
		problems.Add(path, fmt.Sprintf("%s starts from %s, and Amazon Linux 2023 from %s; give an image of that",
			image, found.RootDeviceName, machine.RootDevice))
	}
}

// lookUpVolumes asks AWS for the volumes of a workload's homes, all in one question, so
// that none is missed that changes its status meanwhile.
func lookUpVolumes(ctx *pulumi.Context, tagValue string) ([]dataVolume, error) {
	withStatus := func(statuses ...string) ([]string, error) {
		found, err := ebs.GetEbsVolumes(ctx, &ebs.GetEbsVolumesArgs{Filters: []ebs.GetEbsVolumesFilter{
			{Name: "tag:" + tags.DataKey, Values: []string{tagValue}},
			{Name: "status", Values: statuses},
		}})
		if err != nil {
			return nil, err
		}
		return found.Ids, nil
	}
	all, err := withStatus("creating", "available", "in-use")
	if err != nil {
		return nil, err
	}
	attached, err := withStatus("in-use")
	if err != nil {
		return nil, err
	}
	var volumes []dataVolume
	for _, id := range all {
		about, err := ebs.LookupVolume(ctx, &ebs.LookupVolumeArgs{Filters: []ebs.GetVolumeFilter{
			{Name: "volume-id", Values: []string{id}},
		}})
		if err != nil {
			return nil, err
		}
		volumes = append(volumes, dataVolume{
			id: about.VolumeId, zone: about.AvailabilityZone, snapshotID: about.SnapshotId, gib: about.Size,
			notebook: about.Tags[tags.NotebookKey], inUse: slices.Contains(attached, id),
		})
	}
	return volumes, nil
}

// volumeWish is what the settings ask of a volume, and where they say so.
type volumeWish struct {
	gib, zone, restoreFrom string // paths of these settings
	wantGiB                int
	wantZone, wantRestore  string // "" where nothing is asked
	owner                  string // in words, for messages
}

// planVolume decides where a volume is and what it is made from. A volume that is there
// decides, so that neither the order of zones nor a setting taken out again can put an
// empty one in its place.
func planVolume(problems *settings.Problems, found []dataVolume, wish volumeWish, zones []string) (zone, snapshotID string) {
	zone, snapshotID = wish.wantZone, wish.wantRestore
	switch len(found) {
	case 0:
		if zone == "" {
			zone = zones[0]
		}
		return zone, snapshotID
	case 1:
	default:
		var ids []string
		for _, volume := range found {
			ids = append(ids, volume.id)
		}
		problems.Add(wish.gib, fmt.Sprintf("there are %d volumes for %s, %s; take the tag %s off all but the right one",
			len(found), wish.owner, strings.Join(ids, " and "), tags.DataKey))
		return zone, snapshotID
	}
	volume := found[0]
	if zone != "" && zone != volume.zone {
		problems.Add(wish.zone, fmt.Sprintf("%s is not where volume %s of %s is, which cannot move; give %s or leave it out",
			zone, volume.id, wish.owner, volume.zone))
	}
	if !slices.Contains(zones, volume.zone) {
		problems.Add("torii:network.zones", fmt.Sprintf("[%s] lacks %s, where volume %s of %s is, which cannot move; add it",
			strings.Join(zones, ", "), volume.zone, volume.id, wish.owner))
	}
	restored := snapshotID != "" && snapshotID != volume.snapshotID
	if !restored {
		snapshotID = volume.snapshotID
	}
	if !restored && wish.wantGiB < volume.gib {
		problems.Add(wish.gib, fmt.Sprintf("%d is less than volume %s of %s has, and volumes cannot shrink; choose %d or more",
			wish.wantGiB, volume.id, wish.owner, volume.gib))
	}
	return volume.zone, snapshotID
}

// checkSnapshot wants a snapshot that is there and fits, when the volume is to be made
// from it.
func checkSnapshot(ctx *pulumi.Context, problems *settings.Problems, found []dataVolume, wish volumeWish) {
	if wish.wantRestore == "" || (len(found) > 0 && wish.wantRestore == found[0].snapshotID) {
		return
	}
	snapshot, err := ebs.LookupSnapshot(ctx, &ebs.LookupSnapshotArgs{
		SnapshotIds: []string{wish.wantRestore}, Owners: []string{"self"},
	})
	if err != nil {
		problems.Add(wish.restoreFrom, fmt.Sprintf("%s cannot be found among this account's snapshots: %v", wish.wantRestore, err))
		return
	}
	if snapshot.VolumeSize > wish.wantGiB {
		problems.Add(wish.gib, fmt.Sprintf("%d is less than snapshot %s has; choose %d or more",
			wish.wantGiB, wish.wantRestore, snapshot.VolumeSize))
	}
}
