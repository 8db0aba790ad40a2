package edge

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/policy"
)

const networkBalancerToken = "torii:edge:NetworkBalancer"

// NetworkBalancerArgs describes a network load balancer before the instances of one workload.
type NetworkBalancerArgs struct {
	BalancerArgs

	VPCID pulumi.StringInput // Required.
}

// NetworkBalancer is a network load balancer with its one group of targets.
type NetworkBalancer struct {
	pulumi.ResourceState

	TargetGroupARN pulumi.StringOutput
	DNSName        pulumi.StringOutput
	HostedZoneID   pulumi.StringOutput // of DNSName, for alias records

	ARNSuffix            pulumi.StringOutput // names the load balancer in CloudWatch metrics
	TargetGroupARNSuffix pulumi.StringOutput // names its targets there
	CertificateARN       pulumi.StringInput  // that it shows; nil without TLS of its own
}

// networkMaker carries what the parts share while one is made.
type networkMaker struct {
	ctx  *pulumi.Context
	name string
	args *NetworkBalancerArgs
	self *NetworkBalancer
	lb   *lb.LoadBalancer
}

// NewNetworkBalancer makes a network load balancer that faces the internet: with TLS on
// port 443, or TCP there, which passes through, else TCP on 80. It warns of what does not
// guard it. AWS allows its name 32 characters, of which Pulumi takes 8. It fails when TLS is
// to end there and to pass through, and when no port is left for health checks.
func NewNetworkBalancer(
	ctx *pulumi.Context, name string, args *NetworkBalancerArgs, opts ...pulumi.ResourceOption,
) (*NetworkBalancer, error) {
	if err := args.check(name); err != nil {
		return nil, err
	}
	self := &NetworkBalancer{}
	if err := ctx.RegisterComponentResource(networkBalancerToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering network load balancer %s: %w", name, err)
	}
	if err := unguarded(ctx, name, "network", self); err != nil {
		return nil, err
	}
	m := &networkMaker{ctx: ctx, name: name, args: args, self: self}
	if err := m.loadBalancer(); err != nil {
		return nil, err
	}
	targets, err := m.targets()
	if err != nil {
		return nil, err
	}
	if err := m.listener(targets); err != nil {
		return nil, err
	}
	if err := args.alias(ctx, name, self, m.lb.DnsName, m.lb.ZoneId); err != nil {
		return nil, err
	}
	self.TargetGroupARN, self.DNSName, self.HostedZoneID = targets.Arn, m.lb.DnsName, m.lb.ZoneId
	self.ARNSuffix, self.TargetGroupARNSuffix = m.lb.ArnSuffix, targets.ArnSuffix
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{
		"dnsName": self.DNSName, "targetGroupArn": self.TargetGroupARN,
	})
}

func (m *networkMaker) loadBalancer() (err error) {
	args := &lb.LoadBalancerArgs{
		LoadBalancerType:             pulumi.String("network"),
		Internal:                     pulumi.Bool(false),
		IpAddressType:                pulumi.String("ipv4"),
		Subnets:                      m.args.SubnetIDs,
		SecurityGroups:               pulumi.StringArray{m.args.SecurityGroupID},
		EnableCrossZoneLoadBalancing: pulumi.Bool(true), // off unless asked for, other than an application load balancer's
		EnableDeletionProtection:     pulumi.Bool(m.args.Protect),
		Tags:                         m.args.Tags.Named(m.name),
	}
	before := []pulumi.Resource{m.args.InternetGateway}
	// Of TCP AWS writes no log, whatever passes through it. Left out, the provider would leave
	// logging on, to a bucket that is gone.
	args.AccessLogs = &lb.LoadBalancerAccessLogsArgs{Bucket: pulumi.String(""), Enabled: pulumi.Bool(false)}
	if m.args.TLS {
		logs, granted, err := m.accessLogs()
		if err != nil {
			return err
		}
		args.AccessLogs = &lb.LoadBalancerAccessLogsArgs{Bucket: logs.Bucket, Enabled: pulumi.Bool(true)}
		before = append(before, granted)
	}
	m.lb, err = lb.NewLoadBalancer(m.ctx, m.name, args,
		pulumi.Parent(m.self), pulumi.DependsOn(before), pulumi.Protect(m.args.Protect))
	if err != nil {
		return fmt.Errorf("creating network load balancer %s: %w", m.name, err)
	}
	return nil
}

func (m *networkMaker) accessLogs() (*s3.BucketV2, pulumi.Resource, error) {
	return accessLogs{
		writers:  func(arn string) []policy.Statement { return connectionLogWriters(arn, m.args.Cloud) },
		keepDays: m.args.LogRetentionDays, protect: m.args.Protect, role: m.name + "-access-logs", tags: m.args.Tags,
	}.bucket(m.ctx, m.name, m.self)
}

// targets makes the group of instances. Never with a name of its own: Pulumi would then
// delete the old group before the new one is made, and AWS refuses to delete one that a
// listener uses.
func (m *networkMaker) targets() (*lb.TargetGroup, error) {
	made, err := lb.NewTargetGroup(m.ctx, m.name, &lb.TargetGroupArgs{
		VpcId:               m.args.VPCID.ToStringOutput().ToStringPtrOutput(),
		TargetType:          pulumi.String(Instances),
		Protocol:            pulumi.String("TCP"),
		Port:                pulumi.Int(m.args.Port),
		DeregistrationDelay: pulumi.Int(deregistrationSeconds),
		// The network ACLs of private subnets admit the public subnets, where the load
		// balancer has its addresses. With those of its clients instead, which is AWS's
		// default for instances, every packet would be dropped there.
		PreserveClientIp: pulumi.String("false"),
		// A PROXY header (version 2) tells the instances of the client instead, where it is they
		// who speak to it.
		ProxyProtocolV2: pulumi.Bool(m.args.PassThrough),
		HealthCheck: &lb.TargetGroupHealthCheckArgs{
			Port:               pulumi.String(m.healthPort()),
			Protocol:           pulumi.String("HTTP"),
			Path:               pulumi.String(m.args.HealthPath),
			Matcher:            pulumi.String("200-399"),
			Interval:           pulumi.Int(15),
			Timeout:            pulumi.Int(5),
			HealthyThreshold:   pulumi.Int(2),
			UnhealthyThreshold: pulumi.Int(3),
		},
		Tags: m.args.Tags.Named(m.name),
	}, pulumi.Parent(m.self))
	if err != nil {
		return nil, fmt.Errorf("creating target group of %s: %w", m.name, err)
	}
	return made, nil
}

// healthPort is the port of health checks, in AWS's words.
func (m *networkMaker) healthPort() string {
	if port := m.args.healthPort(); port != m.args.Port {
		return strconv.Itoa(port)
	}
	return "traffic-port"
}

// listener makes the one listener. The two ports have names of their own, so that a change
// from one to the other makes the new one first. Whether TLS ends at port 443 or passes
// through cannot be changed on the one listener that a port can have: the provider would ask
// for TLS of a certain kind on TCP, and AWS refuses that. The old one goes first then.
func (m *networkMaker) listener(targets *lb.TargetGroup) error {
	role, args := "tcp", &lb.ListenerArgs{
		LoadBalancerArn: m.lb.Arn,
		Port:            pulumi.Int(80),
		Protocol:        pulumi.String("TCP"),
		DefaultActions: lb.ListenerDefaultActionArray{&lb.ListenerDefaultActionArgs{
			Type: pulumi.String("forward"), TargetGroupArn: targets.Arn,
		}},
	}
	switch {
	case m.args.PassThrough:
		role, args.Port = "tls", pulumi.Int(443)
	case m.args.TLS:
		certificate, err := m.args.certificate(m.ctx, m.name, m.self, false, m.lb.DnsName)
		if err != nil {
			return err
		}
		m.self.CertificateARN = certificate
		role = "tls"
		args.Port, args.Protocol = pulumi.Int(443), pulumi.String("TLS")
		args.SslPolicy, args.CertificateArn = pulumi.String(tlsPolicy), certificate.ToStringOutput()
	}
	args.Tags = m.args.Tags.Named(m.name + "-" + role)
	_, err := lb.NewListener(m.ctx, m.name+"-"+role, args, pulumi.Parent(m.self),
		pulumi.ReplaceOnChanges([]string{"protocol"}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("creating %s listener of %s: %w", role, m.name, err)
	}
	return nil
}
