package stack

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/machine"
	"torii/stack/settings"
)

// hubFacts is what AWS says of a hub before anything is made, and what follows for it.
type hubFacts struct {
	image      machine.Image
	zone       string // of the volume and so of the instance
	snapshotID string // that the volume is made from, or was
}

// lookUpHubs asks AWS about every hub. It reports all that AWS would refuse, or worse,
// answer with an empty volume.
func lookUpHubs(ctx *pulumi.Context, s settings.Settings, tagValue func(name string) string) (map[string]hubFacts, error) {
	var problems settings.Problems
	all := map[string]hubFacts{}
	for _, name := range s.Names() {
		hub := s.Workloads[name].JupyterHub
		if hub == nil {
			continue
		}
		at := "torii:workloads." + name + "."
		about, err := lookUpInstanceType(ctx, hub.InstanceType)
		if err != nil {
			problems.Add(at+"instanceType", fmt.Sprintf("%s cannot be had in this region: %v", hub.InstanceType, err))
			continue
		}
		checkMachine(&problems, at, about, *hub)
		var facts hubFacts
		if facts.image, err = lookUpImage(ctx, &problems, at+"image", hub.Image, hub.InstanceType, about); err != nil {
			return nil, fmt.Errorf("preparing hub %s: %w", name, err)
		}
		volumes, err := lookUpVolumes(ctx, tagValue(name))
		if err != nil {
			return nil, fmt.Errorf("asking AWS for the data volume of hub %s: %w", name, err)
		}
		wish := hubVolume(name, *hub)
		facts.zone, facts.snapshotID = planVolume(&problems, volumes, wish, s.Network.Zones)
		checkSnapshot(ctx, &problems, volumes, wish)
		all[name] = facts
	}
	return all, problems.Err()
}

// hubVolume is what a hub's settings ask of its volume.
func hubVolume(name string, hub settings.JupyterHub) volumeWish {
	at := "torii:workloads." + name + "."
	return volumeWish{
		gib: at + "homeGiB", zone: at + "zone", restoreFrom: at + "restoreFrom",
		wantGiB: hub.HomeGiB, wantZone: hub.Zone, wantRestore: hub.RestoreFrom, owner: "hub " + name,
	}
}

// hubMemoryMiB is what the hub itself and the system need beside users' servers.
const hubMemoryMiB = 1024

// checkMachine refuses a type that a hub cannot run on, and servers larger than it.
func checkMachine(problems *settings.Problems, at string, about instanceType, hub settings.JupyterHub) {
	if !about.checkNitro(problems, at+"instanceType", hub.InstanceType) {
		return
	}
	if most := about.memoryMiB - hubMemoryMiB; hub.UserMemoryMiB > most {
		problems.Add(at+"userMemoryMiB", fmt.Sprintf("%d is more than %s has to give; choose at most %d, or a larger instanceType",
			hub.UserMemoryMiB, hub.InstanceType, most))
	}
	if hub.UserCPUs > float64(about.vcpus) {
		problems.Add(at+"userCpus", fmt.Sprintf("%v is more than %s has; choose at most %d, or a larger instanceType",
			hub.UserCPUs, hub.InstanceType, about.vcpus))
	}
}
