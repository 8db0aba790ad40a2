package cost

import "strconv"

// itemKeys are the items that the rules below put on bills; prices.yaml must have them all.
var itemKeys = []string{
	"application-load-balancer", "network-load-balancer", "classic-load-balancer", "trust-store", "public-ipv4",
	"nat-gateway", "interface-endpoint", "fargate-vcpu", "fargate-gb", "fargate-arm-vcpu", "fargate-arm-gb",
	instanceKey, "gp3-gb", "gp3-iops", "gp3-throughput", "gp2-gb", "detailed-metric", "custom-metric", "alarm",
	"composite-alarm", "dashboard", "web-acl", "web-acl-rule", "kms-key", "secret", "advanced-parameter",
	"hosted-zone",
}

// rules put a resource on the bill, by its kind.
var rules = map[string]func(*ledger, Resource){
	"aws:lb/loadBalancer":            (*ledger).loadBalancer,
	"aws:alb/loadBalancer":           (*ledger).loadBalancer,
	"aws:elb/loadBalancer":           (*ledger).classic,
	"aws:lb/trustStore":              hourly("trust-store"),
	"aws:alb/trustStore":             hourly("trust-store"),
	"aws:ec2/eip":                    hourly("public-ipv4"),
	"aws:ec2/natGateway":             hourly("nat-gateway"),
	"aws:ec2/vpcEndpoint":            (*ledger).endpoint,
	"aws:ec2/instance":               (*ledger).instance,
	"aws:ec2/launchTemplate":         func(*ledger, Resource) {}, // counted with its group
	"aws:autoscaling/group":          (*ledger).group,
	"aws:ebs/volume":                 (*ledger).volume,
	"aws:ecs/service":                (*ledger).fargate,
	"aws:ecs/cluster":                (*ledger).cluster,
	"aws:autoscaling/policy":         (*ledger).scalingPolicy,
	"aws:appautoscaling/policy":      (*ledger).scalingPolicy,
	"aws:cloudwatch/metricAlarm":     (*ledger).alarm,
	"aws:cloudwatch/compositeAlarm":  monthly("composite-alarm"),
	"aws:cloudwatch/dashboard":       monthly("dashboard"),
	"aws:cloudwatch/logMetricFilter": monthly("custom-metric"),
	"aws:wafv2/webAcl":               (*ledger).webACL,
	"aws:kms/key":                    monthly("kms-key"),
	"aws:kms/replicaKey":             monthly("kms-key"),
	"aws:secretsmanager/secret":      monthly("secret"),
	"aws:ssm/parameter":              (*ledger).parameter,
	"aws:route53/zone":               monthly("hosted-zone"),
}

// hourly bills one of an item, day and night.
func hourly(key string) func(*ledger, Resource) {
	return func(l *ledger, r Resource) { l.add(key, l.prices.Basis.HoursPerMonth, r.Name) }
}

// monthly bills one of an item.
func monthly(key string) func(*ledger, Resource) {
	return func(l *ledger, r Resource) { l.add(key, 1, r.Name) }
}

func (l *ledger) loadBalancer(r Resource) {
	key := "application-load-balancer"
	switch text(value(r.Inputs, "loadBalancerType")) {
	case "network":
		key = "network-load-balancer"
	case "gateway":
		l.lack(r, "has no price here: it is a gateway load balancer")
		return
	}
	l.add(key, l.prices.Basis.HoursPerMonth, r.Name)
	if isTrue(value(r.Inputs, "internal")) || text(value(r.Inputs, "ipAddressType")) == "dualstack-without-public-ipv4" {
		return
	}
	if mappings := list(value(r.Inputs, "subnetMappings")); mappings != nil {
		own := 0.0
		for i := range mappings {
			if value(r.Inputs, "subnetMappings", i, "allocationId") == nil { // else it is an address that has a line
				own++
			}
		}
		l.addresses(r, own)
		return
	}
	l.addresses(r, l.subnets(r, "subnets"))
}

func (l *ledger) classic(r Resource) {
	l.add("classic-load-balancer", l.prices.Basis.HoursPerMonth, r.Name)
	if !isTrue(value(r.Inputs, "internal")) {
		l.addresses(r, l.subnets(r, "subnets"))
	}
}

// addresses bills public addresses that AWS gives by itself.
func (l *ledger) addresses(r Resource, count float64) {
	if count == 0 {
		l.lack(r, "has public addresses, one for each subnet, and it is not known how many")
		return
	}
	l.add("public-ipv4", count*l.prices.Basis.HoursPerMonth, times(r.Name, count))
}

// endpoint bills interface endpoints; those of the other kind, for S3 and DynamoDB, are free.
func (l *ledger) endpoint(r Resource) {
	if text(value(r.Inputs, "vpcEndpointType")) != "Interface" {
		return
	}
	l.present["aws:ec2/vpcEndpoint:Interface"] = true
	zones := l.subnets(r, "subnetIds")
	if zones == 0 {
		l.lack(r, "costs by the zone, and it is not known in how many it is")
		return
	}
	l.add("interface-endpoint", zones*l.prices.Basis.HoursPerMonth, times(r.Name, zones))
}

// scalingPolicy bills the alarms that AWS makes for a policy of target tracking.
func (l *ledger) scalingPolicy(r Resource) {
	if text(value(r.Inputs, "policyType")) == "TargetTrackingScaling" {
		count := l.prices.Basis.AlarmsPerScalingPolicy
		l.add("alarm", count, times(r.Name, count))
	}
}

// alarm bills each metric that an alarm looks at.
func (l *ledger) alarm(r Resource) {
	metrics := 0.0
	for i := range list(value(r.Inputs, "metricQueries")) {
		if value(r.Inputs, "metricQueries", i, "metric") != nil {
			metrics++
		}
	}
	l.add("alarm", max(metrics, 1), times(r.Name, max(metrics, 1)))
}

func (l *ledger) webACL(r Resource) {
	l.add("web-acl", 1, r.Name)
	given := value(r.Inputs, "rules")
	if count := float64(len(list(given))); count > 0 {
		l.add("web-acl-rule", count, times(r.Name, count))
	} else if given == Unknown {
		l.lack(r, "costs by the rule, and it is not known how many it has")
	}
}

func (l *ledger) parameter(r Resource) {
	if text(value(r.Inputs, "tier")) == "Advanced" {
		l.add("advanced-parameter", 1, r.Name)
	}
}

// volume bills a volume of its own.
func (l *ledger) volume(r Resource) {
	kind := text(value(r.Inputs, "type"))
	if kind == "" {
		kind = "gp2" // what EC2 makes unless it is told
	}
	l.disk(r, kind, value(r.Inputs, "size"), 1, 1)
	if kind == "gp3" {
		l.faster(r, r.Inputs, 1)
	}
}

// disk bills GB of a kind of volume, so many times, for a share of the month.
func (l *ledger) disk(r Resource, kind string, size any, count, share float64) {
	gb, known := number(size)
	switch {
	case kind != "gp3" && kind != "gp2":
		l.lack(r, "has a volume of type "+kind+", which has no price here")
	case !known:
		l.lack(r, "has a volume, and it is not known how large")
	default:
		l.add(kind+"-gb", gb*count*share, times(r.Name+" "+strconv.FormatFloat(gb, 'f', -1, 64), count))
	}
}

// What a gp3 volume has without being asked, in operations and MiB a second.
const (
	includedIOPS       = 3000
	includedThroughput = 125
)

// faster bills what gp3 volumes have beyond that.
func (l *ledger) faster(r Resource, volume map[string]any, count float64) {
	if operations, _ := number(volume["iops"]); operations > includedIOPS {
		l.add("gp3-iops", (operations-includedIOPS)*count, times(r.Name, count))
	}
	if throughput, _ := number(volume["throughput"]); throughput > includedThroughput {
		l.add("gp3-throughput", (throughput-includedThroughput)*count, times(r.Name, count))
	}
}
