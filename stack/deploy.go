// Package stack turns a stack's settings into its components and outputs. It is the
// only place that knows them all: components meet here, through plain values and
// outputs.
package stack

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/fargate"
	"torii/compute/jupyterhub"
	"torii/edge"
	"torii/edge/authority"
	"torii/internal/account"
	"torii/internal/tags"
	"torii/network"
	"torii/operations"
	"torii/security"
	"torii/security/audit"
	"torii/security/encryption"
	"torii/security/session"
	"torii/stack/settings"
)

// read is the settings and what only the program as a whole can say against them.
func read(config map[string]string) (settings.Settings, error) {
	chosen, problems := settings.Load(config)
	samePriority(&problems, sites(chosen))
	checkAuthority(&problems, chosen.Authority)
	tooManyPeople(&problems, chosen)
	return chosen, problems.Err()
}

// Deploy is the whole program: settings, components, outputs. Nothing is registered
// when the settings have a problem.
func Deploy(ctx *pulumi.Context) error {
	d, err := build(ctx)
	if err != nil {
		return err
	}
	for name, value := range d.outputs() {
		ctx.Export(name, value)
	}
	// In every preview and update, so that a reviewer sees what a change lets through.
	if err := ctx.Log.Info("who may talk to whom\n\n"+security.Table(d.flows), nil); err != nil {
		return fmt.Errorf("printing the flow table: %w", err)
	}
	return nil
}

// build makes every component that the settings ask for.
func build(ctx *pulumi.Context) (*deployment, error) {
	chosen, err := read(configuration(ctx))
	if err != nil {
		return nil, err
	}
	if err := checkSecrets(ctx, chosen); err != nil {
		return nil, err
	}
	found, err := lookUp(ctx, chosen)
	if err != nil {
		return nil, err
	}
	table := flows(chosen)
	passing, err := traffic(table, chosen)
	if err != nil {
		return nil, err
	}
	d := &deployment{
		ctx: ctx, settings: chosen, cloud: found, flows: table, tags: tags.ForStack(ctx.Project(), ctx.Stack()),
		hubs: map[string]*jupyterhub.Hub{}, teams: map[string]team{}, fleets: map[string]fleetMade{},
	}
	if err := d.bound(); err != nil {
		return nil, err
	}
	if err := d.encryption(); err != nil {
		return nil, err
	}
	if err := d.network(passing); err != nil {
		return nil, err
	}
	if err := d.firewall(); err != nil {
		return nil, err
	}
	if err := d.sessions(); err != nil {
		return nil, err
	}
	if err := d.way(); err != nil {
		return nil, err
	}
	if err := d.endpoints(); err != nil {
		return nil, err
	}
	if err := d.authority(); err != nil {
		return nil, err
	}
	if err := d.gate(); err != nil {
		return nil, err
	}
	if err := d.bastion(); err != nil {
		return nil, err
	}
	if err := d.workloads(); err != nil {
		return nil, err
	}
	return d, d.operations()
}

// deployment gathers the components as they are made.
type deployment struct {
	ctx      *pulumi.Context
	settings settings.Settings
	cloud    cloud
	flows    []security.Flow
	tags     tags.Set

	key     *encryption.Key // nil with AWS's own keys
	vpc     *network.VPC
	wayOut  *network.WayOut
	groups  *security.Firewall
	private *network.Endpoints   // nil without
	vouches *authority.Authority // nil without client certificates
	gateway *edge.Gateway
	cluster *fargate.Cluster
	hubs    map[string]*jupyterhub.Hub
	teams   map[string]team
	fleets  map[string]fleetMade
	watched operations.Stands
	watch   *operations.Operations
	door    *door // nil without a bastion

	audit       *audit.Sessions      // nil without
	preferences *session.Preferences // nil without
}

// place is where the stack stands.
func (d *deployment) place() account.Place {
	return account.Place{Partition: d.cloud.partition, Region: d.cloud.region, AccountID: d.cloud.accountID}
}

func (d *deployment) network(passing []network.Traffic) (err error) {
	n := d.settings.Network
	d.vpc, err = network.NewVPC(d.ctx, "network", &network.VPCArgs{
		CIDR:             n.CIDR,
		Zones:            n.Zones,
		DualStack:        n.DualStack,
		Traffic:          passing,
		LogRetentionDays: d.settings.Operations.LogRetentionDays,
		KeyARN:           d.keyARN(),
		Region:           d.cloud.region,
		AccountID:        d.cloud.accountID,
		Tags:             d.tags,
	})
	return err
}

func (d *deployment) firewall() (err error) {
	d.groups, err = security.NewFirewall(d.ctx, "firewall", &security.FirewallArgs{
		VPCID:          d.vpc.ID,
		Groups:         groups(d.settings),
		Flows:          d.flows,
		Network:        d.settings.Network.CIDR,
		S3PrefixListID: d.vpc.S3PrefixListID,
		Tags:           d.tags,
	})
	return err
}

func (d *deployment) endpoints() (err error) {
	if len(d.settings.Network.Endpoints) == 0 {
		return nil
	}
	d.private, err = network.NewEndpoints(d.ctx, "endpoints", &network.EndpointsArgs{
		VPCID:           d.vpc.ID,
		SubnetIDs:       d.vpc.PrivateSubnetIDs,
		SecurityGroupID: d.groups.GroupIDs[endpoints],
		Names:           d.settings.Network.Endpoints,
		Region:          d.cloud.region,
		AccountID:       d.cloud.accountID,
		Tags:            d.tags,
	})
	return err
}

func (d *deployment) workloads() error {
	for _, name := range d.settings.Names() {
		workload := d.settings.Workloads[name]
		var err error
		switch {
		case workload.Fargate != nil:
			err = d.fargate(name, *workload.Fargate)
		case workload.JupyterHub != nil:
			err = d.hub(name, *workload.JupyterHub)
		case workload.Notebooks != nil:
			err = d.team(name, *workload.Notebooks)
		case workload.Fleet != nil:
			err = d.fleet(name, *workload.Fleet)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
