package edge

import (
	"fmt"
	"hash/fnv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/tags"
)

const routeToken = "torii:edge:Route"

// Priorities of listener rules, 1 to 50000 at AWS. The lower part is Torii's; the upper
// is left to other stacks that put services behind the same gate.
const (
	firstPriority    = 1000
	lastPriority     = 39999
	catchAllPriority = 50000
)

// RouteArgs describes the way from the gate to one workload.
type RouteArgs struct {
	Site       Site               // Required.
	Gateway    *Gateway           // Required.
	ZoneID     string             // Optional. Hosted zone in which Site.Host gets its alias; none without.
	DualStack  bool               // Optional. An AAAA alias beside the A one.
	VPCID      pulumi.StringInput // Required.
	Targets    TargetType         // Required.
	Port       int                // Required. TCP port of the targets.
	HealthPath string             // Required. Answers 200 to 399 when a target is well.
	Priority   int                // Optional. Of the listener rule; a stack of its own has others. Defaults to Priority(Site).
	Tags       tags.Set           // Required.
}

// TargetType is how a target group names its targets.
type TargetType string

// How a target group names its targets.
const (
	Addresses TargetType = "ip"       // as Fargate tasks register
	Instances TargetType = "instance" // as Auto Scaling groups register
)

// Route leads one host to one group of targets.
type Route struct {
	pulumi.ResourceState

	TargetGroupARN       pulumi.StringOutput
	TargetGroupARNSuffix pulumi.StringOutput // names the target group in CloudWatch metrics

	// Rule is for ordering: AWS refuses to register a service's tasks with a target group
	// that no load balancer uses yet.
	Rule pulumi.Resource
}

// Priority is the place of a workload's rule on the listener. It comes from the name
// alone, so that no workload's rule moves when another comes or goes. Hosts differ, so
// the order among them means nothing.
func Priority(site Site) int {
	if site.Host == "" {
		return catchAllPriority
	}
	hash := fnv.New32a()
	hash.Write([]byte(site.Name)) //nolint:errcheck // a hash never fails to write
	return firstPriority + int(hash.Sum32()%(lastPriority-firstPriority+1))
}

// NewRoute makes a target group, the listener rule that leads a host to it, and the
// host's alias records.
func NewRoute(ctx *pulumi.Context, name string, args *RouteArgs, opts ...pulumi.ResourceOption) (*Route, error) {
	self := &Route{}
	if err := ctx.RegisterComponentResource(routeToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering route %s: %w", name, err)
	}
	// Never with a name of its own: Pulumi would then delete the old group before the new
	// one is made, and AWS refuses to delete one that a rule uses.
	targets, err := lb.NewTargetGroup(ctx, name+"-tg", &lb.TargetGroupArgs{
		VpcId:               args.VPCID.ToStringOutput().ToStringPtrOutput(),
		TargetType:          pulumi.String(args.Targets),
		Protocol:            pulumi.String("HTTP"),
		Port:                pulumi.Int(args.Port),
		DeregistrationDelay: pulumi.Int(deregistrationSeconds),
		HealthCheck: &lb.TargetGroupHealthCheckArgs{
			Protocol:           pulumi.String("HTTP"),
			Path:               pulumi.String(args.HealthPath),
			Matcher:            pulumi.String("200-399"),
			Interval:           pulumi.Int(15),
			Timeout:            pulumi.Int(5),
			HealthyThreshold:   pulumi.Int(2),
			UnhealthyThreshold: pulumi.Int(3),
		},
		Tags: args.Tags.Named(name),
	}, pulumi.Parent(self))
	if err != nil {
		return nil, fmt.Errorf("creating target group of %s: %w", name, err)
	}
	priority := args.Priority
	if priority == 0 {
		priority = Priority(args.Site)
	}
	rule, err := lb.NewListenerRule(ctx, name, &lb.ListenerRuleArgs{
		ListenerArn: args.Gateway.HTTPSListenerARN,
		Priority:    pulumi.Int(priority),
		Conditions:  lb.ListenerRuleConditionArray{condition(args.Site.Host)},
		Actions: lb.ListenerRuleActionArray{&lb.ListenerRuleActionArgs{
			Type:           pulumi.String("forward"),
			TargetGroupArn: targets.Arn,
		}},
		Tags: args.Tags.Named(name),
		// Two rules cannot have one priority.
	}, pulumi.Parent(self), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("creating listener rule of %s: %w", name, err)
	}
	if args.ZoneID != "" && args.Site.Host != "" {
		if err := aliases(ctx, name, self, args); err != nil {
			return nil, err
		}
	}
	self.TargetGroupARN = targets.Arn
	self.TargetGroupARNSuffix = targets.ArnSuffix
	self.Rule = rule
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"targetGroupArn": targets.Arn})
}

// deregistrationSeconds is how long a target that goes may finish what it is answering.
const deregistrationSeconds = 30

// condition matches one host, or everything when there is none.
func condition(host string) *lb.ListenerRuleConditionArgs {
	if host == "" {
		return &lb.ListenerRuleConditionArgs{PathPattern: &lb.ListenerRuleConditionPathPatternArgs{
			Values: pulumi.ToStringArray([]string{"/*"}),
		}}
	}
	return &lb.ListenerRuleConditionArgs{HostHeader: &lb.ListenerRuleConditionHostHeaderArgs{
		Values: pulumi.ToStringArray([]string{host}),
	}}
}

// aliases points the host at the load balancer.
func aliases(ctx *pulumi.Context, name string, self *Route, args *RouteArgs) error {
	types := []string{"A"}
	if args.DualStack {
		types = append(types, "AAAA")
	}
	for _, each := range types {
		leads := alias{
			zoneID: args.ZoneID, host: args.Site.Host, record: each,
			dnsName: args.Gateway.DNSName, hostedZoneID: args.Gateway.HostedZoneID,
		}
		if err := leads.make(ctx, name, self); err != nil {
			return err
		}
	}
	return nil
}
