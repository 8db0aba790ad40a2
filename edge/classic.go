package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/policy"
)

const classicToken = "torii:edge:Classic"

// Classic is a classic load balancer. An Auto Scaling group registers its instances with it
// by its name.
type Classic struct {
	pulumi.ResourceState

	Name         pulumi.StringOutput // physical
	DNSName      pulumi.StringOutput
	HostedZoneID pulumi.StringOutput // of DNSName, for alias records
}

// classicMaker carries what the parts share while one is made.
type classicMaker struct {
	ctx  *pulumi.Context
	name string
	args *BalancerArgs
	self *Classic
}

// NewClassic makes a classic load balancer that faces the internet: HTTP on 80, and with
// TLS HTTPS on 443 too; or TCP on 443 alone, which passes through. It warns of what does
// not guard it. AWS allows its name 32 characters, of which Pulumi takes 8. It fails when
// TLS is to end there and to pass through, and when no port is left for health checks.
func NewClassic(ctx *pulumi.Context, name string, args *BalancerArgs, opts ...pulumi.ResourceOption) (*Classic, error) {
	if err := args.check(name); err != nil {
		return nil, err
	}
	self := &Classic{}
	if err := ctx.RegisterComponentResource(classicToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering classic load balancer %s: %w", name, err)
	}
	if err := unguarded(ctx, name, "classic", self); err != nil {
		return nil, err
	}
	m := &classicMaker{ctx: ctx, name: name, args: args, self: self}
	certificate, err := m.certificate()
	if err != nil {
		return nil, err
	}
	made, err := m.loadBalancer(certificate)
	if err != nil {
		return nil, err
	}
	if args.TLS {
		if err := m.negotiation(made, certificate); err != nil {
			return nil, err
		}
	}
	self.Name, self.DNSName, self.HostedZoneID = made.Name, made.DnsName, made.ZoneId
	if args.PassThrough {
		if self.Name, err = m.proxyProtocol(made); err != nil {
			return nil, err
		}
	}
	if err := args.alias(ctx, name, self, made.DnsName, made.ZoneId); err != nil {
		return nil, err
	}
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"dnsName": self.DNSName})
}

// certificate makes the one of the HTTPS listener, nil without TLS. AWS invents the load
// balancer's own name as it makes it, listeners and all, so that the certificate cannot be
// for that; without a host it is for a name that is everybody's own, as all of .internal.
func (m *classicMaker) certificate() (pulumi.StringInput, error) {
	if !m.args.TLS {
		return nil, nil
	}
	var ownName pulumi.StringInput
	if m.args.Host == "" {
		ownName = pulumi.String(m.name + ".internal")
	}
	return m.args.certificate(m.ctx, m.name, m.self, true, ownName)
}

// loadBalancer makes the load balancer and its listeners; certificate is nil without TLS.
func (m *classicMaker) loadBalancer(certificate pulumi.StringInput) (*elb.LoadBalancer, error) {
	logs, granted, err := accessLogs{
		writers:  func(arn string) []policy.Statement { return []policy.Statement{accessLogWriter(arn, m.args.Cloud)} },
		keepDays: m.args.LogRetentionDays, protect: m.args.Protect, role: m.name + "-access-logs", tags: m.args.Tags,
	}.bucket(m.ctx, m.name, m.self)
	if err != nil {
		return nil, err
	}
	made, err := elb.NewLoadBalancer(m.ctx, m.name, &elb.LoadBalancerArgs{
		Internal:                  pulumi.Bool(false),
		Subnets:                   m.args.SubnetIDs,
		SecurityGroups:            pulumi.StringArray{m.args.SecurityGroupID},
		Listeners:                 m.listeners(certificate),
		CrossZoneLoadBalancing:    pulumi.Bool(true),
		ConnectionDraining:        pulumi.Bool(true),
		ConnectionDrainingTimeout: pulumi.Int(deregistrationSeconds),
		IdleTimeout:               pulumi.Int(m.args.IdleTimeoutSeconds),
		DesyncMitigationMode:      pulumi.String("defensive"),
		HealthCheck: &elb.LoadBalancerHealthCheckArgs{ // only 200 counts, other than with the newer kinds
			Target:             pulumi.Sprintf("HTTP:%d%s", m.args.healthPort(), m.args.HealthPath),
			Interval:           pulumi.Int(15),
			Timeout:            pulumi.Int(5),
			HealthyThreshold:   pulumi.Int(2),
			UnhealthyThreshold: pulumi.Int(3),
		},
		AccessLogs: &elb.LoadBalancerAccessLogsArgs{
			Bucket:   logs.Bucket,
			Enabled:  pulumi.Bool(true),
			Interval: pulumi.Int(5), // minutes, as the gate does
		},
		Tags: m.args.Tags.Named(m.name),
	},
		pulumi.Parent(m.self),
		pulumi.DependsOn([]pulumi.Resource{granted, m.args.InternetGateway}),
		pulumi.Protect(m.args.Protect),
	)
	if err != nil {
		return nil, fmt.Errorf("creating classic load balancer %s: %w", m.name, err)
	}
	return made, nil
}

// listeners are the ports at which it answers. It tells the instances by a header
// (X-Forwarded-Proto) which of the two a request came by; who is to be sent to HTTPS, they
// must send there, since a classic load balancer redirects nobody.
func (m *classicMaker) listeners(certificate pulumi.StringInput) elb.LoadBalancerListenerArray {
	if m.args.PassThrough {
		return elb.LoadBalancerListenerArray{&elb.LoadBalancerListenerArgs{
			LbPort: pulumi.Int(443), LbProtocol: pulumi.String("tcp"),
			InstancePort: pulumi.Int(m.args.Port), InstanceProtocol: pulumi.String("tcp"),
		}}
	}
	all := elb.LoadBalancerListenerArray{&elb.LoadBalancerListenerArgs{
		LbPort: pulumi.Int(80), LbProtocol: pulumi.String("http"),
		InstancePort: pulumi.Int(m.args.Port), InstanceProtocol: pulumi.String("http"),
	}}
	if certificate == nil {
		return all
	}
	return append(all, &elb.LoadBalancerListenerArgs{
		LbPort: pulumi.Int(443), LbProtocol: pulumi.String("https"),
		InstancePort: pulumi.Int(m.args.Port), InstanceProtocol: pulumi.String("http"),
		SslCertificateId: certificate.ToStringOutput().ToStringPtrOutput(),
	})
}
