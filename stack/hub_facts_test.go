package stack

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"torii/stack/settings"
)

func TestPlanVolume(t *testing.T) {
	zones := []string{"ap-northeast-1a", "ap-northeast-1c"}
	there := dataVolume{id: "vol-1", zone: "ap-northeast-1c", snapshotID: "snap-old", gib: 100}
	for name, c := range map[string]struct {
		found    []dataVolume
		hub      settings.JupyterHub
		zones    []string
		zone     string
		snapshot string
		problem  string
	}{
		"first deployment":   {hub: settings.JupyterHub{HomeGiB: 100}, zone: "ap-northeast-1a"},
		"first, zone chosen": {hub: settings.JupyterHub{HomeGiB: 100, Zone: "ap-northeast-1c"}, zone: "ap-northeast-1c"},
		"first, from a snapshot": {
			hub: settings.JupyterHub{HomeGiB: 100, RestoreFrom: "snap-new"}, zone: "ap-northeast-1a", snapshot: "snap-new",
		},
		"it stays where it is, and what it is made from": {
			found: []dataVolume{there}, hub: settings.JupyterHub{HomeGiB: 100}, zone: "ap-northeast-1c", snapshot: "snap-old",
		},
		"it grows": {
			found: []dataVolume{there}, hub: settings.JupyterHub{HomeGiB: 200}, zone: "ap-northeast-1c", snapshot: "snap-old",
		},
		"it cannot shrink": {
			found: []dataVolume{there}, hub: settings.JupyterHub{HomeGiB: 50}, zone: "ap-northeast-1c", snapshot: "snap-old",
			problem: "torii:workloads.hub.homeGiB: 50 is less than volume vol-1 of hub hub has, and volumes cannot shrink; choose 100 or more",
		},
		"it cannot move": {
			found: []dataVolume{there}, hub: settings.JupyterHub{HomeGiB: 100, Zone: "ap-northeast-1a"}, zone: "ap-northeast-1c", snapshot: "snap-old",
			problem: "torii:workloads.hub.zone: ap-northeast-1a is not where volume vol-1 of hub hub is, which cannot move; " +
				"give ap-northeast-1c or leave it out",
		},
		"its zone cannot go": {
			found: []dataVolume{there}, hub: settings.JupyterHub{HomeGiB: 100}, zones: zones[:1], zone: "ap-northeast-1c", snapshot: "snap-old",
			problem: "torii:network.zones: [ap-northeast-1a] lacks ap-northeast-1c, where volume vol-1 of hub hub is, which cannot move; add it",
		},
		"another snapshot replaces it, at any size": {
			found: []dataVolume{there}, hub: settings.JupyterHub{HomeGiB: 50, RestoreFrom: "snap-new"},
			zone: "ap-northeast-1c", snapshot: "snap-new",
		},
		"the snapshot it was made from does not": {
			found: []dataVolume{there}, hub: settings.JupyterHub{HomeGiB: 50, RestoreFrom: "snap-old"},
			zone: "ap-northeast-1c", snapshot: "snap-old",
			problem: "torii:workloads.hub.homeGiB: 50 is less than volume vol-1 of hub hub has, and volumes cannot shrink; choose 100 or more",
		},
		"of two, nobody knows which": {
			found: []dataVolume{there, {id: "vol-2"}}, hub: settings.JupyterHub{HomeGiB: 100},
			problem: "torii:workloads.hub.homeGiB: there are 2 volumes for hub hub, vol-1 and vol-2; take the tag ToriiData off all but the right one",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.zones == nil {
				c.zones = zones
			}
			var problems settings.Problems
			zone, snapshot := planVolume(&problems, c.found, hubVolume("hub", c.hub), c.zones)
			assert.Equal(t, []string{c.zone, c.snapshot}, []string{zone, snapshot})
			assert.Equal(t, c.problem, sentences(problems))
		})
	}
}

// sentences are what a person reads of problems, a line each.
func sentences(problems settings.Problems) string {
	var said []string
	for _, problem := range problems {
		said = append(said, problem.String())
	}
	return strings.Join(said, "\n")
}

func TestCheckMachine(t *testing.T) {
	large := instanceType{architecture: "x86_64", memoryMiB: 8192, vcpus: 2, nitro: true}
	hub := settings.JupyterHub{InstanceType: "t3.large", UserMemoryMiB: 7168, UserCPUs: 2}
	said := func(about instanceType, hub settings.JupyterHub) string {
		var problems settings.Problems
		checkMachine(&problems, "torii:workloads.hub.", about, hub)
		if problems == nil {
			return ""
		}
		return problems.Error()
	}
	assert.Empty(t, said(large, hub))
	hub.UserMemoryMiB, hub.UserCPUs = 7169, 2.5
	assert.Equal(t, "2 problems in the settings:\n"+
		"  torii:workloads.hub.userMemoryMiB: 7169 is more than t3.large has to give; choose at most 7168, or a larger instanceType\n"+
		"  torii:workloads.hub.userCpus: 2.5 is more than t3.large has; choose at most 2, or a larger instanceType", said(large, hub))
	hub.InstanceType = "t2.large"
	large.nitro = false
	assert.Equal(t, "1 problem in the settings:\n  torii:workloads.hub.instanceType: t2.large is of an older kind, "+
		"on which the volume could not be found; give one of the Nitro System such as t3.large", said(large, hub))
}
