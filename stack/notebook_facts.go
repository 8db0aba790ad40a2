package stack

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/notebooks"
	"torii/internal/machine"
	"torii/stack/settings"
)

// teamFacts is what AWS says of a team's notebooks before anything is made, and what
// follows for them.
type teamFacts struct {
	images map[string]machine.Image  // by instance type
	homes  map[string]notebooks.Home // by notebook
	kept   map[string]notebooks.Home // of notebooks that are no more, by name
}

// seat is one notebook as the settings have it.
type seat struct {
	name   string // person-number
	person string
	number int
	of     settings.Person
}

// seats are a team's notebooks, by person and then by number.
func seats(team settings.Notebooks) []seat {
	var all []seat
	for _, person := range slices.Sorted(maps.Keys(team.People)) {
		for i := range team.People[person].Notebooks {
			number := i + 1
			all = append(all, seat{
				name: settings.NotebookName(person, number), person: person, number: number, of: team.People[person],
			})
		}
	}
	return all
}

// lookUpTeams asks AWS about every team of notebooks. It reports all that AWS would
// refuse, or worse, answer with an empty home.
func lookUpTeams(ctx *pulumi.Context, s settings.Settings, tagValue func(name string) string) (map[string]teamFacts, error) {
	var problems settings.Problems
	all := map[string]teamFacts{}
	for _, name := range s.Names() {
		team := s.Workloads[name].Notebooks
		if team == nil {
			continue
		}
		checkUsers(ctx, &problems, teamUsers(name, *team))
		volumes, err := lookUpVolumes(ctx, tagValue(name))
		if err != nil {
			return nil, fmt.Errorf("asking AWS for the homes of notebooks %s: %w", name, err)
		}
		facts := teamFacts{kept: planKept(&problems, name, volumes, *team)}
		if facts.images, err = lookUpTeamImages(ctx, &problems, name, *team); err != nil {
			return nil, fmt.Errorf("preparing notebooks %s: %w", name, err)
		}
		facts.homes = map[string]notebooks.Home{}
		for _, seat := range seats(*team) {
			own := slices.DeleteFunc(slices.Clone(volumes), func(v dataVolume) bool { return v.notebook != seat.name })
			wish := homeVolume(name, *team, seat)
			zone, snapshotID := planVolume(&problems, own, wish, s.Network.Zones)
			checkSnapshot(ctx, &problems, own, wish)
			facts.homes[seat.name] = notebooks.Home{Zone: zone, GiB: seat.of.HomeGiB, SnapshotID: snapshotID}
		}
		all[name] = facts
	}
	return all, problems.Err()
}

// lookUpTeamImages looks up, for each instance type that a team uses, the image of its
// architecture.
func lookUpTeamImages(
	ctx *pulumi.Context, problems *settings.Problems, name string, team settings.Notebooks,
) (map[string]machine.Image, error) {
	images := map[string]machine.Image{}
	for _, person := range slices.Sorted(maps.Keys(team.People)) {
		wanted := team.People[person].InstanceType
		if _, known := images[wanted]; known {
			continue
		}
		images[wanted] = machine.Image{} // asked once, whatever the answer
		path := ownOrTeams(name, person, "instanceType", wanted == team.InstanceType)
		about, err := lookUpInstanceType(ctx, wanted)
		if err != nil {
			problems.Add(path, fmt.Sprintf("%s cannot be had in this region: %v", wanted, err))
			continue
		}
		if !about.checkNitro(problems, path, wanted) {
			continue
		}
		at := "torii:workloads." + name + ".image"
		if images[wanted], err = lookUpImage(ctx, problems, at, team.Image, wanted, about); err != nil {
			return nil, err
		}
	}
	return images, nil
}

// ownOrTeams is the path of a setting that a person may have for themselves.
func ownOrTeams(name, person, setting string, teams bool) string {
	if teams {
		return "torii:workloads." + name + "." + setting
	}
	return "torii:workloads." + name + ".people." + person + "." + setting
}

// homeVolume is what a team's settings ask of one notebook's home.
func homeVolume(name string, team settings.Notebooks, s seat) volumeWish {
	at := "torii:workloads." + name + "."
	return volumeWish{
		gib:  ownOrTeams(name, s.person, "homeGiB", s.of.HomeGiB == team.HomeGiB),
		zone: at + "zone", restoreFrom: at + "restoreFrom." + s.name,
		wantGiB: s.of.HomeGiB, wantZone: team.Zone, wantRestore: team.RestoreFrom[s.name], owner: "notebook " + s.name,
	}
}

// planKept finds the homes whose notebooks are no more: they stay as they are until the
// settings ask for their deletion.
func planKept(problems *settings.Problems, name string, volumes []dataVolume, team settings.Notebooks) map[string]notebooks.Home {
	current := team.Names()
	kept := map[string]notebooks.Home{}
	at := "torii:workloads." + name + "."
	for _, volume := range volumes {
		if slices.Contains(current, volume.notebook) {
			continue
		}
		doomed := slices.Index(team.DeleteHomes, volume.notebook)
		if _, twice := kept[volume.notebook]; twice || volume.notebook == "" {
			problems.Add(at+"people", fmt.Sprintf("volume %s cannot be told from others; its tag ToriiNotebook is %q", volume.id, volume.notebook))
			continue
		}
		if doomed >= 0 && !volume.inUse {
			continue
		}
		if doomed >= 0 {
			// Deleted in the same step as the notebook it would go while it is protected, and unread.
			problems.Add(fmt.Sprintf("%sdeleteHomes[%d]", at, doomed),
				fmt.Sprintf("%s still has its notebook; take it out of people and run up first, then ask for this", volume.notebook))
		}
		kept[volume.notebook] = notebooks.Home{Zone: volume.zone, GiB: volume.gib, SnapshotID: volume.snapshotID}
	}
	return kept
}

// iamUser is an IAM user that the settings name, and where.
type iamUser struct{ path, name, instead string }

// teamUsers are the users of a team; none where people come with session tags.
func teamUsers(name string, team settings.Notebooks) []iamUser {
	if team.Access != settings.AccessUsers {
		return nil
	}
	var users []iamUser
	for _, person := range slices.Sorted(maps.Keys(team.People)) {
		users = append(users, iamUser{
			path: "torii:workloads." + name + ".people." + person, name: team.People[person].Identity,
			instead: ", name theirs with identity, or set access to " + settings.AccessSessionTags,
		})
	}
	return users
}

// bastionUsers are the users who may use the bastion.
func bastionUsers(b settings.Bastion) []iamUser {
	var users []iamUser
	for i, name := range b.Users {
		users = append(users, iamUser{path: fmt.Sprintf("torii:bastion.users[%d]", i), name: name})
	}
	return users
}

// checkUsers wants every user to be there: Torii grants rights to people, and makes none.
func checkUsers(ctx *pulumi.Context, problems *settings.Problems, users []iamUser) {
	for _, user := range users {
		if _, err := iam.LookupUser(ctx, &iam.LookupUserArgs{UserName: user.name}); err != nil {
			problems.Add(user.path, fmt.Sprintf("AWS gives no IAM user %s: %v; create the user first%s", user.name, err, user.instead))
		}
	}
}
