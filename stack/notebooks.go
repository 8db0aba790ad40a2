package stack

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/notebooks"
	"torii/compute/notebooks/guest"
	"torii/operations"
	"torii/security/access"
	"torii/stack/settings"
)

// team is a team's notebooks and who may reach them.
type team struct {
	notebooks *notebooks.Team
	access    *access.Team
	seats     map[string]notebooks.Notebook // by name
}

// team makes a team's notebooks.
func (d *deployment) team(name string, n settings.Notebooks) error {
	facts := d.cloud.teams[name]
	ports := d.settings.LocalPorts()[name]
	all := map[string]notebooks.Notebook{}
	for _, seat := range seats(n) {
		home := facts.homes[seat.name]
		subnet := slices.Index(d.settings.Network.Zones, home.Zone)
		all[seat.name] = notebooks.Notebook{
			Person:       seat.person,
			Number:       seat.number,
			Owner:        seat.of.Identity,
			LocalPort:    ports[seat.name],
			InstanceType: seat.of.InstanceType,
			Image:        facts.images[seat.of.InstanceType],
			Home:         home,
			SubnetID:     d.vpc.PrivateSubnetIDs.Index(pulumi.Int(subnet)),
		}
	}
	made, err := notebooks.NewTeam(d.ctx, name, &notebooks.TeamArgs{
		Settings:        guest.Settings{IdleMinutes: n.IdleMinutes},
		Packages:        n.Packages,
		Notebooks:       all,
		Kept:            facts.kept,
		SecurityGroupID: d.groups.GroupIDs[name],
		SessionKeyARN:   d.sessionKey(),
		KeyARN:          d.keyARN(),
		Ready:           d.ways(),
		SnapshotDays:    n.SnapshotDays,
		FinalSnapshot:   n.FinalSnapshot,
		Protect:         d.settings.Operations.Protect,
		Cloud:           d.place(),
		Tags:            d.tags,
	})
	if err != nil {
		return err
	}
	d.watched.Snapshots = append(d.watched.Snapshots, operations.Snapshots{Workload: name, PolicyID: made.SnapshotPolicyID})
	granted, err := d.teamAccess(name, n)
	if err != nil {
		return err
	}
	d.teams[name] = team{notebooks: made, access: granted, seats: all}
	return nil
}

// teamAccess lets people reach their notebooks.
func (d *deployment) teamAccess(name string, n settings.Notebooks) (*access.Team, error) {
	by := access.Users
	if n.Access == settings.AccessSessionTags {
		by = access.SessionTags
	}
	people := map[string]access.Person{}
	for person, of := range n.People {
		people[person] = access.Person{Identity: of.Identity}
	}
	return access.NewTeam(d.ctx, name, &access.TeamArgs{
		By:            by,
		People:        people,
		TeamTag:       notebooks.TeamTag(d.tags, name),
		ParameterPath: notebooks.Path(d.tags, name),
		Shell:         n.Shell,
		SessionKeyARN: d.sessionKey(),
		Cloud:         d.place(),
		Tags:          d.tags,
	})
}
