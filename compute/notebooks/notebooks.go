// Package notebooks runs Jupyter servers on EC2 that no port leads to, one instance for
// each, and keeps what people write on volumes that outlive the instances.
package notebooks

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ebs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/notebooks/guest"
	"torii/internal/account"
	"torii/internal/machine"
	"torii/internal/tags"
)

const teamToken = "torii:notebooks:Team"

// TeamArgs describes the notebooks of one team.
type TeamArgs struct {
	Settings  guest.Settings      // Required. Can change without new instances.
	Packages  string              // Required. Where instances install from; see guest.Instance.
	Notebooks map[string]Notebook // Required. By name.
	Kept      map[string]Home     // Optional. Homes of notebooks that are no more, by name.

	SecurityGroupID pulumi.StringInput // Required. With no inbound rule.
	SessionKeyARN   pulumi.StringInput // Optional. Of session preferences that encrypt.
	KeyARN          pulumi.StringInput // Optional. Defaults to AWS's own key.
	Ready           []pulumi.Resource  // Optional. What must stand before an instance can install.

	SnapshotDays  int           // Required. Daily snapshots that are kept of each home.
	FinalSnapshot bool          // Optional. Takes a snapshot of a home before it is deleted.
	Protect       bool          // Optional. Refuses deletion of the homes of notebooks.
	Cloud         account.Place // Required.
	Tags          tags.Set      // Required.
}

// Notebook is one person's Jupyter server.
type Notebook struct {
	Person       string             // whose it is, as the settings call them
	Number       int                // which of theirs, from 1
	Owner        string             // the IAM user, or value of the session tag, that may reach it
	LocalPort    int                // TCP port on the owner's own machine that leads to it
	InstanceType string             // a Nitro type; the volume is found the way Nitro shows it
	Image        machine.Image      // for the type's architecture
	Home         Home               // its volume
	SubnetID     pulumi.StringInput // private, in the volume's zone
}

// Home describes a volume.
type Home struct {
	Zone       string // availability zone
	GiB        int
	SnapshotID string // that it was made from; "" for an empty one
}

// Team is a team's notebooks.
type Team struct {
	pulumi.ResourceState

	InstanceIDs map[string]pulumi.StringOutput // of each notebook
	VolumeIDs   map[string]pulumi.StringOutput // of each home, kept ones too

	SnapshotPolicyID pulumi.StringOutput // what takes the homes' snapshots
}

// builder carries what the parts of a team share while they are made.
type builder struct {
	ctx  *pulumi.Context
	name string
	args *TeamArgs
	self *Team

	settings *ssm.Parameter
	images   map[machine.Image]pulumi.StringInput
}

// Path is where a team's parameters are in Parameter Store, without a slash at its end.
func Path(stack tags.Set, team string) string {
	return "/" + stack["Project"] + "/" + stack["Stack"] + "/" + team
}

// TeamTag is the value of the team's tag on instances and tokens, which policies compare.
func TeamTag(stack tags.Set, team string) string { return stack.Prefix() + team }

// TokenParameter is the parameter of a notebook's token. The owner's name is a folder of
// its own: policies end in /*, and ken-* would open ken-1's as well, who is somebody else.
func TokenParameter(path string, n Notebook) string {
	return fmt.Sprintf("%s/%s/%d/token", path, n.Person, n.Number)
}

// NewTeam makes a team's notebooks.
func NewTeam(ctx *pulumi.Context, name string, args *TeamArgs, opts ...pulumi.ResourceOption) (*Team, error) {
	self := &Team{InstanceIDs: map[string]pulumi.StringOutput{}, VolumeIDs: map[string]pulumi.StringOutput{}}
	if err := ctx.RegisterComponentResource(teamToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering notebooks %s: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, self: self, images: map[machine.Image]pulumi.StringInput{}}
	policyID, err := b.maker(self).Snapshots(name, args.SnapshotDays)
	if err != nil {
		return nil, err
	}
	self.SnapshotPolicyID = policyID
	if err := b.teamSettings(); err != nil {
		return nil, err
	}
	for _, each := range slices.Sorted(maps.Keys(args.Notebooks)) {
		notebook := args.Notebooks[each]
		home, err := b.home(each, notebook.Home, args.Protect)
		if err != nil {
			return nil, err
		}
		if err := b.notebook(each, notebook, home); err != nil {
			return nil, err
		}
	}
	// What remains of notebooks that were taken out. They are resources as before, so that
	// nothing is lost by taking a name out of a list, and asked for by name when they go.
	for _, each := range slices.Sorted(maps.Keys(args.Kept)) {
		if _, err := b.home(each, args.Kept[each], false); err != nil {
			return nil, err
		}
	}
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{})
}

func (b *builder) maker(parent pulumi.Resource) machine.Maker {
	return machine.Maker{Ctx: b.ctx, Parent: parent, Cloud: b.args.Cloud, Tags: b.args.Tags, KeyARN: b.args.KeyARN}
}

// home makes the volume of a notebook. Its parent is the team, not the notebook, which
// it outlives.
func (b *builder) home(notebook string, home Home, protect bool) (*ebs.Volume, error) {
	volume, err := b.maker(b.self).Volume(b.name+"-"+notebook+"-home", machine.Volume{
		Zone: home.Zone, GiB: home.GiB, SnapshotID: home.SnapshotID,
		FinalSnapshot: b.args.FinalSnapshot,
		Protect:       protect,
		Workload:      b.name,
		Tags:          pulumi.StringMap{tags.NotebookKey: pulumi.String(notebook)},
	})
	if err != nil {
		return nil, err
	}
	b.self.VolumeIDs[notebook] = volume.ID().ToStringOutput()
	return volume, nil
}

// teamSettings is what notebooks read while they live: a change reaches them within some
// minutes, without a new instance.
func (b *builder) teamSettings() error {
	value, err := b.args.Settings.JSON()
	if err != nil {
		return fmt.Errorf("creating settings of %s: %w", b.name, err)
	}
	b.settings, err = ssm.NewParameter(b.ctx, b.name+"-settings", &ssm.ParameterArgs{
		Name:          pulumi.String(Path(b.args.Tags, b.name) + "/settings"),
		Description:   pulumi.String("Notebooks " + b.name + ": settings that they read while they run"),
		Type:          pulumi.String("String"),
		InsecureValue: pulumi.String(value),
		Tags:          b.args.Tags.Named(b.name + "-settings"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating settings of %s: %w", b.name, err)
	}
	return nil
}

// image is the AMI that an image setting means, written down once for all notebooks.
func (b *builder) image(wanted machine.Image) (pulumi.StringInput, error) {
	if made, there := b.images[wanted]; there {
		return made, nil
	}
	made, err := b.maker(b.self).Image(b.name, wanted)
	if err != nil {
		return nil, err
	}
	b.images[wanted] = made
	return made, nil
}
