// Package edge is what stands between the internet and a stack: the one guarded gate, an
// application load balancer with its certificates, host names, web application firewall
// and access logs, and beside it the classic and network load balancers of single
// workloads, which no web application firewall guards.
package edge

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/policy"
	"torii/internal/tags"
)

const gatewayToken = "torii:edge:Gateway"

// GatewayArgs describes a gate. Plain values decide how many resources there are.
type GatewayArgs struct {
	SubnetIDs       pulumi.StringArrayInput // Required. Public, in two zones or more.
	SecurityGroupID pulumi.StringInput      // Required.
	InternetGateway pulumi.Resource         // Required, for ordering: an internet-facing load balancer needs it attached.

	ZoneID string          // Required with certificates of kind ACM, which are checked in it.
	Sites  []Site          // Required, one or more. What the gate answers for.
	Kind   CertificateKind // Required.

	// TrustStoreARN is the trust store that clients' certificates are compared with: whoever
	// has none that it vouches for gets no connection, and connections are logged. Optional:
	// nobody is asked for one.
	TrustStoreARN pulumi.StringInput

	WAF                WAF           // Required.
	IdleTimeoutSeconds int           // Required. 1 to 4000.
	DualStack          bool          // Optional. IPv6 beside IPv4; the subnets need it too.
	Protect            bool          // Optional. Refuses deletion of the load balancer and keeps its logs.
	LogRetentionDays   int           // Required. Of access, connection and WAF logs.
	Cloud              account.Place // Required.
	Tags               tags.Set      // Required.

	KeyARN pulumi.StringInput // Optional. Of the WAF's logs, which AWS's own key encrypts without; load balancers write with S3's only.
}

// Site is one name that the gate answers for.
type Site struct {
	Name string // of the workload; unique in the stack
	Host string // host name, or "" for the load balancer's own name
}

// Gateway is the gate. A program that finds one in another stack fills in what Route asks for: DNSName, HostedZoneID and
// HTTPSListenerARN.
type Gateway struct {
	pulumi.ResourceState

	LoadBalancerARN  pulumi.StringOutput
	DNSName          pulumi.StringOutput // of the load balancer
	HostedZoneID     pulumi.StringOutput // of the load balancer's name, for alias records
	HTTPSListenerARN pulumi.StringOutput
	WebACLARN        pulumi.StringOutput
	ARNSuffix        pulumi.StringOutput // names the load balancer in CloudWatch metrics
	WebACLMetric     string              // names the web ACL there
	WebACLLogGroup   pulumi.StringOutput // what the web ACL decided

	// CertificateARNs are the sites' certificates in ACM, by the site's name. Empty when one
	// self-signed certificate is for all.
	CertificateARNs map[string]pulumi.StringInput
	SelfSignedARN   pulumi.StringInput // that certificate's, in ACM; nil when each site has its own
}

// builder carries what the parts of a gate share while it is made.
type builder struct {
	ctx  *pulumi.Context
	name string
	args *GatewayArgs
	self *Gateway
	lb   *lb.LoadBalancer
}

// NewGateway makes a gate that answers 404 to everything until routes are added to it.
// It fails when no site is given, or a certificate of kind ACM has no domain to be
// checked by.
func NewGateway(ctx *pulumi.Context, name string, args *GatewayArgs, opts ...pulumi.ResourceOption) (*Gateway, error) {
	if len(args.Sites) == 0 {
		return nil, errors.New("creating gate: no sites are given")
	}
	if args.Kind == CertificateACM && args.ZoneID == "" {
		return nil, errors.New("creating gate: an ACM certificate is checked by DNS and needs a hosted zone")
	}
	self := &Gateway{}
	if err := ctx.RegisterComponentResource(gatewayToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering gate %s: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, self: self}
	if err := b.loadBalancer(); err != nil {
		return nil, err
	}
	certificates, err := b.certificates()
	if err != nil {
		return nil, err
	}
	self.CertificateARNs = map[string]pulumi.StringInput{}
	for _, each := range certificates {
		if each.site == "" {
			self.SelfSignedARN = each.arn
			continue
		}
		self.CertificateARNs[each.site] = each.arn
	}
	listener, err := b.listeners(certificates)
	if err != nil {
		return nil, err
	}
	if err := b.firewall(listener); err != nil {
		return nil, err
	}
	self.HTTPSListenerARN = listener.Arn
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{
		"dnsName":          self.DNSName,
		"httpsListenerArn": self.HTTPSListenerARN,
		"webAclArn":        self.WebACLARN,
	})
}

// loadBalancer makes the load balancer itself.
func (b *builder) loadBalancer() error {
	logs, granted, err := accessLogs{
		writers:  func(arn string) []policy.Statement { return []policy.Statement{accessLogWriter(arn, b.args.Cloud)} },
		keepDays: b.args.LogRetentionDays, protect: b.args.Protect, role: "access-logs", tags: b.args.Tags,
	}.bucket(b.ctx, b.name, b.self)
	if err != nil {
		return err
	}
	addresses := "ipv4"
	if b.args.DualStack {
		addresses = "dualstack"
	}
	// AWS allows load balancers 32 characters, of which Pulumi takes 8.
	made, err := lb.NewLoadBalancer(b.ctx, b.name, &lb.LoadBalancerArgs{
		LoadBalancerType:         pulumi.String("application"),
		Internal:                 pulumi.Bool(false),
		IpAddressType:            pulumi.String(addresses),
		Subnets:                  b.args.SubnetIDs,
		SecurityGroups:           pulumi.StringArray{b.args.SecurityGroupID},
		DropInvalidHeaderFields:  pulumi.Bool(true),
		EnableHttp2:              pulumi.Bool(true),
		IdleTimeout:              pulumi.Int(b.args.IdleTimeoutSeconds),
		EnableDeletionProtection: pulumi.Bool(b.args.Protect),
		AccessLogs: &lb.LoadBalancerAccessLogsArgs{
			Bucket:  logs.Bucket,
			Enabled: pulumi.Bool(true), // a bucket alone does not turn them on
		},
		// Only they tell of clients whose certificate was refused, which never came to send a
		// request. Left out, the provider would leave on what was turned on once.
		ConnectionLogs: &lb.LoadBalancerConnectionLogsArgs{
			Bucket:  logs.Bucket,
			Enabled: pulumi.Bool(b.args.TrustStoreARN != nil),
		},
		Tags: b.args.Tags.Named("gate"),
	},
		pulumi.Parent(b.self),
		pulumi.DependsOn([]pulumi.Resource{granted, b.args.InternetGateway}),
		// AWS's own protection holds when somebody deletes it in the console. Pulumi's stops
		// the preview of a destroy: by the time AWS says no, all that stands on the load
		// balancer would be gone.
		pulumi.Protect(b.args.Protect),
	)
	if err != nil {
		return fmt.Errorf("creating load balancer: %w", err)
	}
	b.lb = made
	b.self.LoadBalancerARN = made.Arn
	b.self.DNSName = made.DnsName
	b.self.HostedZoneID = made.ZoneId
	b.self.ARNSuffix = made.ArnSuffix
	return nil
}
