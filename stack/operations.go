package stack

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/edge"
	"torii/operations"
	"torii/stack/settings"
)

// operations makes what watches all the rest, and so comes last.
func (d *deployment) operations() (err error) {
	o := d.settings.Operations
	d.watchNetwork()
	if d.gateway != nil {
		d.watchGate()
	}
	d.watch, err = operations.New(d.ctx, "operations", &operations.Args{
		Stands:    d.watched,
		Alarms:    o.Alarms,
		Dashboard: o.Dashboard,
		Budget:    operations.Budget{MonthlyUSD: o.MonthlyBudgetUSD, StackOnly: o.BudgetScope == settings.BudgetStack},
		Emails:    o.AlertEmails,
		KeyARN:    d.keyARN(),
		Cloud:     d.place(),
		Tags:      d.tags,
	})
	return err
}

func (d *deployment) watchNetwork() {
	d.watched.FlowLogGroup = d.vpc.FlowLogGroup
	d.watched.NATGateways = watchedNAT(d.wayOut.GatewayIDs)
	d.watched.NATInstances = watchedNAT(d.wayOut.GroupNames)
}

// watchedNAT is in the order of zones, as a map is in none.
func watchedNAT(byZone map[string]pulumi.StringOutput) []operations.NAT {
	var all []operations.NAT
	for _, zone := range slices.Sorted(maps.Keys(byZone)) {
		all = append(all, operations.NAT{Zone: zone, ID: byZone[zone]})
	}
	return all
}

func (d *deployment) watchGate() {
	d.watched.Gate = &operations.Gate{
		LoadBalancer: d.gateway.ARNSuffix, WebACLMetric: d.gateway.WebACLMetric, WebACLLogGroup: d.gateway.WebACLLogGroup,
	}
	if d.gateway.SelfSignedARN != nil {
		d.watched.Certificates = append(d.watched.Certificates, operations.Certificate{
			Name: "gate", ARN: d.gateway.SelfSignedARN, SelfSigned: true,
		})
	}
	for _, site := range slices.Sorted(maps.Keys(d.gateway.CertificateARNs)) {
		d.watched.Certificates = append(d.watched.Certificates, operations.Certificate{Name: site, ARN: d.gateway.CertificateARNs[site]})
	}
}

// watchRoute watches what the gate leads to.
func (d *deployment) watchRoute(name string, made *edge.Route) {
	d.watched.Targets = append(d.watched.Targets, operations.Targets{
		Name: name, Balancer: operations.Application, HTTP: true, Hub: d.settings.Workloads[name].JupyterHub != nil,
		LoadBalancer: d.gateway.ARNSuffix, TargetGroup: made.TargetGroupARNSuffix,
	})
}

// watchNetwork watches a network load balancer, and the certificate that it signed itself: one of ACM's serves others too
// and is watched with those.
func (w *fleetWays) watchNetwork(made *edge.NetworkBalancer, common edge.BalancerArgs) {
	name := settings.BalancerParty(w.name, settings.ExposeNLB)
	w.watched.Targets = append(w.watched.Targets, operations.Targets{
		Name: name, Balancer: operations.Network, LoadBalancer: made.ARNSuffix, TargetGroup: made.TargetGroupARNSuffix,
	})
	if made.CertificateARN != nil && common.CertificateARN == nil {
		w.watched.Certificates = append(w.watched.Certificates, operations.Certificate{Name: name, ARN: made.CertificateARN, SelfSigned: true})
	}
}

// operationsOutputs is where one reads on.
func (d *deployment) operationsOutputs() pulumi.Map {
	all := pulumi.Map{}
	if d.settings.Operations.Alarms || d.settings.Operations.MonthlyBudgetUSD > 0 {
		all["alarmTopicArn"] = d.watch.TopicARN
	}
	if name := d.watch.DashboardName; name != "" {
		all["dashboard"] = pulumi.String(fmt.Sprintf("https://%s.console.aws.amazon.com/cloudwatch/home?region=%s#dashboards/dashboard/%s",
			d.cloud.region, d.cloud.region, name))
	}
	return all
}
