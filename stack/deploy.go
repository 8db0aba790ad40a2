// Package stack turns a stack's settings into its components and outputs. It is the
// only place that knows them all: components meet here, through plain values and
// outputs.
package stack

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/fargate"
	"torii/edge"
	"torii/internal/tags"
	"torii/network"
	"torii/security"
	"torii/stack/settings"
)

// Check reports every problem in a stack's configuration (full key to JSON text, as
// Pulumi hands it to a program) without starting anything.
func Check(config map[string]string) error {
	_, err := read(config)
	return err
}

// read is the settings and what only the program as a whole can say against them.
func read(config map[string]string) (settings.Settings, error) {
	chosen, problems := settings.Load(config)
	samePriority(&problems, sites(chosen))
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
	found, err := lookUp(ctx, chosen)
	if err != nil {
		return nil, err
	}
	table := flows(chosen)
	passing, err := traffic(table, chosen.Network.NAT)
	if err != nil {
		return nil, err
	}
	d := &deployment{
		ctx: ctx, settings: chosen, cloud: found, flows: table, tags: tags.ForStack(ctx.Project(), ctx.Stack()),
	}
	if err := d.network(passing); err != nil {
		return nil, err
	}
	if err := d.firewall(); err != nil {
		return nil, err
	}
	if err := d.endpoints(); err != nil {
		return nil, err
	}
	if err := d.gate(); err != nil {
		return nil, err
	}
	return d, d.workloads()
}

// cloud is what AWS says of the account before anything is made in it.
type cloud struct {
	partition, region, accountID string
	zoneID                       string // of edge.domain; "" without
}

// lookUp asks AWS where the stack will stand. It fails when the domain's hosted zone
// does not exist.
func lookUp(ctx *pulumi.Context, s settings.Settings) (cloud, error) {
	caller, err := aws.GetCallerIdentity(ctx, nil)
	if err != nil {
		return cloud{}, fmt.Errorf("asking AWS which account this is: %w", err)
	}
	partition, err := aws.GetPartition(ctx, nil)
	if err != nil {
		return cloud{}, fmt.Errorf("asking AWS which partition this is: %w", err)
	}
	region, err := aws.GetRegion(ctx, nil)
	if err != nil {
		return cloud{}, fmt.Errorf("asking AWS which region this is: %w", err)
	}
	found := cloud{partition: partition.Partition, region: region.Name, accountID: caller.AccountId}
	if wrong := otherRegion(s.Network.Zones, found.region); wrong != "" {
		return cloud{}, fmt.Errorf("torii:network.zones: %s is not in region %s", wrong, found.region)
	}
	if s.Edge.Domain == "" {
		return found, nil
	}
	zone, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{Name: pulumi.StringRef(s.Edge.Domain)})
	if err != nil {
		return cloud{}, fmt.Errorf(
			"torii:edge.domain: %s has no public hosted zone in this account's Route 53; create it first, or leave domain out: %w",
			s.Edge.Domain, err)
	}
	found.zoneID = zone.ZoneId
	return found, nil
}

// otherRegion returns the first zone that is not in a region: settings can check that
// only when the stack file names the region itself.
func otherRegion(zones []string, region string) string {
	for _, zone := range zones {
		if zone[:len(zone)-1] != region { // a zone is its region and a letter; settings saw to that
			return zone
		}
	}
	return ""
}

// deployment gathers the components as they are made.
type deployment struct {
	ctx      *pulumi.Context
	settings settings.Settings
	cloud    cloud
	flows    []security.Flow
	tags     tags.Set

	vpc     *network.VPC
	groups  *security.Firewall
	gateway *edge.Gateway
	cluster *fargate.Cluster
}

func (d *deployment) network(passing []network.Traffic) (err error) {
	n := d.settings.Network
	d.vpc, err = network.NewVPC(d.ctx, "network", &network.VPCArgs{
		CIDR:             n.CIDR,
		Zones:            n.Zones,
		NAT:              network.NAT(n.NAT),
		DualStack:        n.DualStack,
		Traffic:          passing,
		LogRetentionDays: d.settings.Operations.LogRetentionDays,
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
		S3PrefixListID: d.vpc.S3PrefixListID,
		Tags:           d.tags,
	})
	return err
}

func (d *deployment) endpoints() error {
	if len(d.settings.Network.Endpoints) == 0 {
		return nil
	}
	_, err := network.NewEndpoints(d.ctx, "endpoints", &network.EndpointsArgs{
		VPCID:           d.vpc.ID,
		SubnetIDs:       d.vpc.PrivateSubnetIDs,
		SecurityGroupID: d.groups.GroupIDs[endpoints],
		Names:           d.settings.Network.Endpoints,
		Region:          d.cloud.region,
		Tags:            d.tags,
	})
	return err
}

func (d *deployment) gate() (err error) {
	if !d.settings.HasGate() {
		return nil
	}
	e := d.settings.Edge
	d.gateway, err = edge.NewGateway(d.ctx, "gate", &edge.GatewayArgs{
		SubnetIDs:          d.vpc.PublicSubnetIDs,
		SecurityGroupID:    d.groups.GroupIDs[gateway],
		InternetGateway:    d.vpc.InternetGateway,
		ZoneID:             d.cloud.zoneID,
		Sites:              sites(d.settings),
		Kind:               edge.CertificateKind(e.Certificate),
		WAF:                edge.WAF{AllowedCountries: e.AllowedCountries, RateLimit: e.RateLimit},
		IdleTimeoutSeconds: e.IdleTimeoutSeconds,
		DualStack:          d.settings.Network.DualStack,
		Protect:            d.settings.Operations.Protect,
		LogRetentionDays:   d.settings.Operations.LogRetentionDays,
		Cloud:              edge.Cloud{Partition: d.cloud.partition, Region: d.cloud.region, AccountID: d.cloud.accountID},
		Tags:               d.tags,
	})
	return err
}

// sites are the hosts that the gate answers for, in the order of the workloads' names.
func sites(s settings.Settings) []edge.Site {
	var all []edge.Site
	for _, name := range s.Names() {
		if f := s.Workloads[name].Fargate; f != nil {
			all = append(all, edge.Site{Name: name, Host: f.Host})
		}
	}
	return all
}

func (d *deployment) workloads() error {
	for _, name := range d.settings.Names() {
		if f := d.settings.Workloads[name].Fargate; f != nil {
			if err := d.fargate(name, *f); err != nil {
				return err
			}
		}
	}
	return nil
}

// fargate makes one web service, and the cluster with the first.
func (d *deployment) fargate(name string, f settings.Fargate) (err error) {
	if d.cluster == nil {
		d.cluster, err = fargate.NewCluster(d.ctx, "cluster", &fargate.ClusterArgs{Tags: d.tags})
		if err != nil {
			return err
		}
	}
	route, err := edge.NewRoute(d.ctx, name, &edge.RouteArgs{
		Site:       edge.Site{Name: name, Host: f.Host},
		Gateway:    d.gateway,
		ZoneID:     d.cloud.zoneID,
		DualStack:  d.settings.Network.DualStack,
		VPCID:      d.vpc.ID,
		Port:       f.Port,
		HealthPath: f.HealthPath,
		Tags:       d.tags,
	})
	if err != nil {
		return err
	}
	_, err = fargate.NewService(d.ctx, name, &fargate.ServiceArgs{
		Cluster: d.cluster,
		Image:   f.Image, Port: f.Port, CPU: f.CPU, Memory: f.Memory, Min: f.Min, Max: f.Max,
		ReadOnly: f.ReadOnly, WritablePaths: f.WritablePaths, Environment: f.Environment, Secrets: f.Secrets,
		SubnetIDs:            d.vpc.PrivateSubnetIDs,
		SecurityGroupID:      d.groups.GroupIDs[name],
		TargetGroupARN:       route.TargetGroupARN,
		TargetGroupARNSuffix: route.TargetGroupARNSuffix,
		LoadBalancerSuffix:   d.gateway.ARNSuffix,
		ListenerRule:         route.Rule,
		LogRetentionDays:     d.settings.Operations.LogRetentionDays,
		Partition:            d.cloud.partition,
		Region:               d.cloud.region,
		AccountID:            d.cloud.accountID,
		Tags:                 d.tags,
	})
	return err
}

// samePriority refuses two workloads whose names give their rules one priority, which
// AWS would refuse half-way through.
func samePriority(problems *settings.Problems, all []edge.Site) {
	owners := map[int]string{}
	for _, site := range all {
		if site.Host == "" {
			continue // there is one at most, or the settings have said so
		}
		priority := edge.Priority(site)
		if other, taken := owners[priority]; taken {
			problems.Add("torii:workloads."+site.Name,
				"its name gives its rule the same priority as that of "+other+"; choose another name")
		}
		owners[priority] = site.Name
	}
}
