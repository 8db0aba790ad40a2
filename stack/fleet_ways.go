package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/fleet"
	"torii/edge"
	"torii/operations"
	"torii/stack/settings"
)

// fleetWays are the load balancers in front of a fleet, and what making them tells of them.
type fleetWays struct {
	*deployment
	name  string
	fleet settings.Fleet

	args  *fleet.Args                   // in which the load balancers' targets are written
	urls  map[string]pulumi.StringInput // by what exposes the fleet
	names []pulumi.StringInput          // that the fleet's own load balancers have in DNS
}

// make makes the load balancers in the order in which they are named.
func (w *fleetWays) make() error {
	certificate, err := w.certificate()
	if err != nil {
		return err
	}
	for _, by := range w.fleet.Expose {
		// The host leads to the first of them; the others have its certificate all the same.
		zoneID := ""
		if by == w.fleet.Expose[0] {
			zoneID = w.cloud.zoneID
		}
		common := edge.BalancerArgs{
			SubnetIDs:          w.vpc.PublicSubnetIDs,
			SecurityGroupID:    w.groups.GroupIDs[settings.BalancerParty(w.name, by)],
			InternetGateway:    w.vpc.InternetGateway,
			Host:               w.fleet.Host,
			CertificateARN:     certificate,
			Kind:               edge.CertificateKind(w.settings.Edge.Certificate),
			ZoneID:             zoneID,
			TLS:                w.fleet.TLS == settings.TLSEdge,
			PassThrough:        w.fleet.TLS == settings.TLSInstance,
			Port:               w.fleet.Port,
			HealthPort:         healthPort(by, w.fleet),
			HealthPath:         w.fleet.HealthPath,
			IdleTimeoutSeconds: w.settings.Edge.IdleTimeoutSeconds,
			Protect:            w.settings.Operations.Protect,
			LogRetentionDays:   w.settings.Operations.LogRetentionDays,
			Cloud:              w.place(),
			Tags:               w.tags,
		}
		kind := map[string]func(edge.BalancerArgs) error{
			settings.ExposeALB: w.behindGate, settings.ExposeCLB: w.behindClassic, settings.ExposeNLB: w.behindNetwork,
		}[by]
		if err := kind(common); err != nil {
			return err
		}
	}
	return nil
}

// certificate is the one certificate of a fleet's host, nil where each load balancer signs
// its own. ACM gives one record to all certificates of a name, so a second one would lose
// its renewal with the first.
func (w *fleetWays) certificate() (pulumi.StringInput, error) {
	f := w.fleet
	if w.settings.Edge.Certificate != settings.CertificateACM || f.TLS != settings.TLSEdge || len(f.OwnBalancers()) == 0 {
		return nil, nil
	}
	if f.Exposes(settings.ExposeALB) {
		return w.gateway.CertificateARNs[w.name], nil
	}
	made, err := edge.NewCertificate(w.ctx, w.name+"-certificate", &edge.CertificateArgs{
		Kind: edge.CertificateACM, Hosts: []string{f.Host}, ZoneID: w.cloud.zoneID, Role: w.name + "-certificate", Tags: w.tags,
	})
	if err != nil {
		return nil, err
	}
	w.watched.Certificates = append(w.watched.Certificates, operations.Certificate{Name: w.name, ARN: made.ARN})
	return made.ARN, nil
}

// behindGate has the gate lead to the fleet. Without its rule the gate does not ask after
// anybody's health, so machines wait for it; the others ask at once.
func (w *fleetWays) behindGate(edge.BalancerArgs) error {
	site := edge.Site{Name: w.name, Host: w.fleet.Host}
	route, err := w.route(site, edge.Instances, w.fleet.Port, w.fleet.HealthPath)
	if err != nil {
		return err
	}
	w.args.TargetGroupARNs = append(w.args.TargetGroupARNs, route.TargetGroupARN)
	w.args.ALBLabel = pulumi.Sprintf("%s/%s", w.gateway.ARNSuffix, route.TargetGroupARNSuffix)
	w.args.Ready = append(w.args.Ready, route.Rule)
	w.urls[settings.ExposeALB] = w.url(site)
	return nil
}

func (w *fleetWays) behindClassic(common edge.BalancerArgs) error {
	made, err := edge.NewClassic(w.ctx, settings.BalancerParty(w.name, settings.ExposeCLB), &common)
	if err != nil {
		return err
	}
	w.args.ClassicNames = append(w.args.ClassicNames, made.Name)
	w.watched.Targets = append(w.watched.Targets, operations.Targets{
		Name: settings.BalancerParty(w.name, settings.ExposeCLB), Balancer: operations.Classic, LoadBalancer: made.Name,
		HTTP: !common.PassThrough,
	})
	w.answers(settings.ExposeCLB, common, made.DNSName)
	return nil
}

func (w *fleetWays) behindNetwork(common edge.BalancerArgs) error {
	made, err := edge.NewNetworkBalancer(w.ctx, settings.BalancerParty(w.name, settings.ExposeNLB), &edge.NetworkBalancerArgs{
		BalancerArgs: common, VPCID: w.vpc.ID,
	})
	if err != nil {
		return err
	}
	w.args.TargetGroupARNs = append(w.args.TargetGroupARNs, made.TargetGroupARN)
	w.watchNetwork(made, common)
	w.answers(settings.ExposeNLB, common, made.DNSName)
	return nil
}

// answers notes where a load balancer of the fleet's own answers.
func (w *fleetWays) answers(by string, args edge.BalancerArgs, dnsName pulumi.StringOutput) {
	w.names = append(w.names, dnsName)
	scheme := "http"
	if args.TLS || args.PassThrough {
		scheme = "https"
	}
	if args.ZoneID != "" {
		w.urls[by] = pulumi.String(scheme + "://" + args.Host + "/")
		return
	}
	w.urls[by] = pulumi.Sprintf("%s://%s/", scheme, dnsName)
}
