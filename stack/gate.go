package stack

import (
	"torii/edge"
	"torii/stack/settings"
)

func (d *deployment) gate() (err error) {
	if !d.settings.HasGate() {
		return nil
	}
	e := d.settings.Edge
	trustStore, err := d.trustStore()
	if err != nil {
		return err
	}
	d.gateway, err = edge.NewGateway(d.ctx, "gate", &edge.GatewayArgs{
		SubnetIDs:       d.vpc.PublicSubnetIDs,
		SecurityGroupID: d.groups.GroupIDs[gateway],
		InternetGateway: d.vpc.InternetGateway,
		ZoneID:          d.cloud.zoneID,
		Sites:           sites(d.settings),
		Kind:            edge.CertificateKind(e.Certificate),
		WAF: edge.WAF{
			AllowedCountries: e.AllowedCountries, RateLimit: e.RateLimit, NotebookHosts: notebookHosts(d.settings),
		},
		IdleTimeoutSeconds: e.IdleTimeoutSeconds,
		DualStack:          d.settings.Network.DualStack,
		TrustStoreARN:      trustStore,
		Protect:            d.settings.Operations.Protect,
		LogRetentionDays:   d.settings.Operations.LogRetentionDays,
		KeyARN:             d.keyARN(),
		Cloud:              d.place(),
		Tags:               d.tags,
	})
	return err
}

// route leads from the gate to a workload.
func (d *deployment) route(site edge.Site, targets edge.TargetType, port int, healthPath string) (*edge.Route, error) {
	made, err := edge.NewRoute(d.ctx, site.Name, &edge.RouteArgs{
		Site:       site,
		Gateway:    d.gateway,
		ZoneID:     d.cloud.zoneID,
		DualStack:  d.settings.Network.DualStack,
		VPCID:      d.vpc.ID,
		Targets:    targets,
		Port:       port,
		HealthPath: healthPath,
		Tags:       d.tags,
	})
	if err != nil {
		return nil, err
	}
	d.watchRoute(site.Name, made)
	return made, nil
}

// sites are the hosts that the gate answers for, in the order of the workloads' names.
func sites(s settings.Settings) []edge.Site {
	var all []edge.Site
	for _, name := range s.Names() {
		if host, behindGate := s.Workloads[name].Site(); behindGate {
			all = append(all, edge.Site{Name: name, Host: host})
		}
	}
	return all
}

// notebookHosts are the hosts at which notebooks are saved.
func notebookHosts(s settings.Settings) []string {
	var hosts []string
	for _, name := range s.Names() {
		if hub := s.Workloads[name].JupyterHub; hub != nil {
			hosts = append(hosts, hub.Host)
		}
	}
	return hosts
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
