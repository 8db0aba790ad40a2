package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/fleet"
	"torii/edge"
	"torii/stack/settings"
)

// fleetMade is a fleet and the ways to it.
type fleetMade struct {
	fleet *fleet.Fleet
	urls  map[string]pulumi.StringInput // by what exposes it
}

// fleet makes a fleet of web servers and the load balancers in front of it.
func (d *deployment) fleet(name string, f settings.Fleet) error {
	ready := d.ways()
	args := &fleet.Args{
		InstanceType:      f.InstanceType,
		Image:             d.cloud.fleets[name].image,
		UserData:          d.cloud.fleets[name].userData,
		Min:               f.Min,
		Max:               f.Max,
		GraceSeconds:      f.GraceSeconds,
		CPUPercent:        f.CPUPercent,
		RequestsPerTarget: f.RequestsPerTarget,
		SubnetIDs:         d.vpc.PrivateSubnetIDs,
		SecurityGroupID:   d.groups.GroupIDs[name],
		SessionKeyARN:     d.sessionKey(),
		Cloud:             d.place(),
		Tags:              d.tags,
	}
	made := fleetMade{urls: map[string]pulumi.StringInput{}}
	certificate, err := d.fleetCertificate(name, f)
	if err != nil {
		return err
	}
	for _, by := range f.Expose {
		rule, err := d.expose(name, by, f, certificate, args, made.urls)
		if err != nil {
			return err
		}
		if rule != nil {
			ready = append(ready, rule)
		}
	}
	args.Ready = ready
	if made.fleet, err = fleet.NewFleet(d.ctx, name, args); err != nil {
		return err
	}
	d.fleets[name] = made
	return nil
}

// fleetCertificate is the one certificate of a fleet's host, nil where each load balancer
// signs its own. ACM gives one record to all certificates of a name, so a second one would
// lose its renewal with the first.
func (d *deployment) fleetCertificate(name string, f settings.Fleet) (pulumi.StringInput, error) {
	if d.settings.Edge.Certificate != settings.CertificateACM || f.TLS != settings.TLSEdge || len(f.OwnBalancers()) == 0 {
		return nil, nil
	}
	if f.Exposes(settings.ExposeALB) {
		return d.gateway.CertificateARNs[name], nil
	}
	made, err := edge.NewCertificate(d.ctx, name+"-certificate", &edge.CertificateArgs{
		Kind: edge.CertificateACM, Hosts: []string{f.Host}, ZoneID: d.cloud.zoneID, Role: name + "-certificate", Tags: d.tags,
	})
	if err != nil {
		return nil, err
	}
	return made.ARN, nil
}

// expose puts one kind of load balancer in front of a fleet. Of the gate it returns the
// rule, without which the gate does not ask after anybody's health; the others ask at once.
func (d *deployment) expose(
	name, by string, f settings.Fleet, certificate pulumi.StringInput, args *fleet.Args, urls map[string]pulumi.StringInput,
) (pulumi.Resource, error) {
	// The host leads to the first of them; the others have its certificate all the same.
	zoneID := ""
	if by == f.Expose[0] {
		zoneID = d.cloud.zoneID
	}
	if by == settings.ExposeALB {
		route, err := d.route(edge.Site{Name: name, Host: f.Host}, edge.Instances, f.Port, f.HealthPath)
		if err != nil {
			return nil, err
		}
		args.TargetGroupARNs = append(args.TargetGroupARNs, route.TargetGroupARN)
		args.ALBLabel = pulumi.Sprintf("%s/%s", d.gateway.ARNSuffix, route.TargetGroupARNSuffix)
		urls[by] = d.url(edge.Site{Name: name, Host: f.Host})
		return route.Rule, nil
	}
	common := edge.BalancerArgs{
		SubnetIDs:          d.vpc.PublicSubnetIDs,
		SecurityGroupID:    d.groups.GroupIDs[settings.BalancerParty(name, by)],
		InternetGateway:    d.vpc.InternetGateway,
		Host:               f.Host,
		CertificateARN:     certificate,
		Kind:               edge.CertificateKind(d.settings.Edge.Certificate),
		ZoneID:             zoneID,
		TLS:                f.TLS == settings.TLSEdge,
		Port:               f.Port,
		HealthPath:         f.HealthPath,
		IdleTimeoutSeconds: d.settings.Edge.IdleTimeoutSeconds,
		Protect:            d.settings.Operations.Protect,
		LogRetentionDays:   d.settings.Operations.LogRetentionDays,
		Cloud:              d.place(),
		Tags:               d.tags,
	}
	if by == settings.ExposeCLB {
		made, err := edge.NewClassic(d.ctx, settings.BalancerParty(name, by), &common)
		if err != nil {
			return nil, err
		}
		args.ClassicNames = append(args.ClassicNames, made.Name)
		urls[by] = balancerURL(common, made.DNSName)
		return nil, nil
	}
	made, err := edge.NewNetworkBalancer(d.ctx, settings.BalancerParty(name, by), &edge.NetworkBalancerArgs{
		BalancerArgs: common, VPCID: d.vpc.ID,
	})
	if err != nil {
		return nil, err
	}
	args.TargetGroupARNs = append(args.TargetGroupARNs, made.TargetGroupARN)
	urls[by] = balancerURL(common, made.DNSName)
	return nil, nil
}

// balancerURL is where a load balancer answers.
func balancerURL(args edge.BalancerArgs, dnsName pulumi.StringOutput) pulumi.StringInput {
	scheme := "http"
	if args.TLS {
		scheme = "https"
	}
	if args.ZoneID != "" {
		return pulumi.String(scheme + "://" + args.Host + "/")
	}
	return pulumi.Sprintf("%s://%s/", scheme, dnsName)
}
