package stack

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"torii/compute/notebooks"
	"torii/stack/settings"
)

// TestPlanKept: who is taken out of people keeps the home until somebody asks for its end.
func TestPlanKept(t *testing.T) {
	volumes := []dataVolume{
		{id: "vol-1", notebook: "aiko-1", zone: "ap-northeast-1a", gib: 50, inUse: true},
		{id: "vol-2", notebook: "ken-1", zone: "ap-northeast-1c", gib: 200, snapshotID: "snap-1"},
		{id: "vol-3", notebook: "ken-2", zone: "ap-northeast-1a", gib: 80, inUse: true},
	}
	ken1 := notebooks.Home{Zone: "ap-northeast-1c", GiB: 200, SnapshotID: "snap-1"}
	ken2 := notebooks.Home{Zone: "ap-northeast-1a", GiB: 80}
	for name, c := range map[string]struct {
		people  map[string]settings.Person
		doomed  []string
		volumes []dataVolume
		kept    map[string]notebooks.Home
		problem string
	}{
		"everybody is there": {
			people: map[string]settings.Person{"aiko": {Notebooks: 1}, "ken": {Notebooks: 2}}, kept: map[string]notebooks.Home{},
		},
		"one notebook less": {
			people: map[string]settings.Person{"aiko": {Notebooks: 1}, "ken": {Notebooks: 1}}, kept: map[string]notebooks.Home{"ken-2": ken2},
		},
		"a person less": {
			people: map[string]settings.Person{"aiko": {Notebooks: 1}}, kept: map[string]notebooks.Home{"ken-1": ken1, "ken-2": ken2},
		},
		"a home is asked to go": {
			people: map[string]settings.Person{"aiko": {Notebooks: 1}}, doomed: []string{"ken-1"}, kept: map[string]notebooks.Home{"ken-2": ken2},
		},
		"one that is gone already": {
			people: map[string]settings.Person{"aiko": {Notebooks: 1}}, doomed: []string{"mina-1"},
			kept: map[string]notebooks.Home{"ken-1": ken1, "ken-2": ken2},
		},
		"not before its notebook": {
			people: map[string]settings.Person{"aiko": {Notebooks: 1}}, doomed: []string{"ken-1", "ken-2"}, kept: map[string]notebooks.Home{"ken-2": ken2},
			problem: "torii:workloads.lab.deleteHomes[1]: ken-2 still has its notebook; take it out of people and run up first, then ask for this",
		},
		"one that nobody can tell": {
			people: map[string]settings.Person{"aiko": {Notebooks: 1}}, volumes: []dataVolume{{id: "vol-9"}}, kept: map[string]notebooks.Home{},
			problem: `torii:workloads.lab.people: volume vol-9 cannot be told from others; its tag ToriiNotebook is ""`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.volumes == nil {
				c.volumes = volumes
			}
			var problems settings.Problems
			kept := planKept(&problems, "lab", c.volumes, settings.Notebooks{People: c.people, DeleteHomes: c.doomed})
			assert.Equal(t, c.kept, kept)
			assert.Equal(t, c.problem, sentences(problems))
		})
	}
}

func TestHomeVolumeNamesTheSettingThatSays(t *testing.T) {
	team := settings.Notebooks{
		HomeGiB: 50, Zone: "ap-northeast-1c", RestoreFrom: map[string]string{"ken-2": "snap-2"},
		People: map[string]settings.Person{"aiko": {Notebooks: 1, HomeGiB: 50}, "ken": {Notebooks: 2, HomeGiB: 200}},
	}
	all := seats(team)
	assert.Equal(t, []string{"aiko-1", "ken-1", "ken-2"}, []string{all[0].name, all[1].name, all[2].name})
	const at = "torii:workloads.lab."
	assert.Equal(t, volumeWish{
		gib: at + "homeGiB", zone: at + "zone", restoreFrom: at + "restoreFrom.aiko-1",
		wantGiB: 50, wantZone: "ap-northeast-1c", owner: "notebook aiko-1",
	}, homeVolume("lab", team, all[0]))
	assert.Equal(t, volumeWish{
		gib: at + "people.ken.homeGiB", zone: at + "zone", restoreFrom: at + "restoreFrom.ken-2",
		wantGiB: 200, wantZone: "ap-northeast-1c", wantRestore: "snap-2", owner: "notebook ken-2",
	}, homeVolume("lab", team, all[2]))
}
