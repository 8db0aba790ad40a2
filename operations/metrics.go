package operations

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// metric is a metric of CloudWatch's and the statistic that is looked at.
type metric struct {
	namespace, name string
	dimensions      []dimension // in the order in which the dashboard names them
	stat            string      // Sum, Average, Minimum, Maximum, or a percentile such as p95
	label           string      // on the dashboard
}

type dimension struct {
	name  string
	value pulumi.StringInput
}

// percentile says whether the statistic is one, which CloudWatch's alarms name apart.
func (m metric) percentile() bool { return m.stat[0] == 'p' }

func (m metric) called(label string) metric { m.label = label; return m }

// metric is a metric of the gate as a whole.
func (g Gate) metric(name, stat string) metric {
	return metric{"AWS/ApplicationELB", name, []dimension{{"LoadBalancer", g.LoadBalancer}}, stat, ""}
}

// firewall is a metric of the web ACL over all its rules. Source: "AWS WAF metrics and dimensions" in the WAF guide; the
// web ACL is known by the name of its metric.
func (g Gate) firewall(name string, at pulumi.StringInput) metric {
	of := []dimension{{"WebACL", pulumi.String(g.WebACLMetric)}, {"Region", at}, {"Rule", pulumi.String("ALL")}}
	return metric{"AWS/WAFV2", name, of, "Sum", ""}
}

// names are what the three kinds of load balancers call the same things. Sources: the pages on CloudWatch metrics in the
// guides of application, network and classic load balancers.
var names = map[Balancer]struct{ namespace, requests, errors, time string }{
	Application: {"AWS/ApplicationELB", "RequestCount", "HTTPCode_Target_5XX_Count", "TargetResponseTime"},
	Network:     {namespace: "AWS/NetworkELB"},
	Classic:     {"AWS/ELB", "RequestCount", "HTTPCode_Backend_5XX", "Latency"},
}

func (t Targets) metric(name, stat string) metric {
	of := names[t.Balancer]
	if t.Balancer == Classic {
		return metric{of.namespace, name, []dimension{{"LoadBalancerName", t.LoadBalancer}}, stat, t.Name}
	}
	return metric{of.namespace, name, []dimension{{"TargetGroup", t.TargetGroup}, {"LoadBalancer", t.LoadBalancer}}, stat, t.Name}
}

func (t Targets) requests() metric { return t.metric(names[t.Balancer].requests, "Sum") }
func (t Targets) errors() metric   { return t.metric(names[t.Balancer].errors, "Sum") }

// time is how long targets take until they begin to answer: until the headers of the answer, so that a hub's websockets,
// which stay open for hours, count by their first moment.
func (t Targets) time() metric { return t.metric(names[t.Balancer].time, "p95") }

// Healthy and unhealthy targets are told by each zone of a load balancer; the most that any zone says is looked at.
func (t Targets) healthy() metric   { return t.metric("HealthyHostCount", "Maximum") }
func (t Targets) unhealthy() metric { return t.metric("UnHealthyHostCount", "Maximum") }

// metric is one that Container Insights has of a service.
func (s Service) metric(name string) metric {
	return metric{"ECS/ContainerInsights", name, []dimension{{"ClusterName", s.Cluster}, {"ServiceName", s.Service}}, "Average", ""}
}

// metric is one that the hub's machine reports.
func (h Hub) metric(stack, name, stat string) metric {
	return metric{"Torii", name, []dimension{{"Stack", pulumi.String(stack)}, {"Workload", pulumi.String(h.Workload)}}, stat, h.Workload}
}

// inService is how many machines of an Auto Scaling group do their work.
func inService(group pulumi.StringInput, label string) metric {
	return metric{"AWS/AutoScaling", "GroupInServiceInstances", []dimension{{"AutoScalingGroupName", group}}, "Minimum", label}
}

func (n NAT) gateway(name string) metric {
	return metric{"AWS/NATGateway", name, []dimension{{"NatGatewayId", n.ID}}, "Sum", n.Zone}
}

// metric is one of Data Lifecycle Manager, whose namespace is that of EBS. Source: "Monitor your policies using Amazon
// CloudWatch" in the EBS guide.
func (s Snapshots) metric(name string) metric {
	return metric{"AWS/EBS", name, []dimension{{"DLMPolicyId", s.PolicyID}}, "Sum", s.Workload}
}

func (c Certificate) days() metric {
	return metric{"AWS/CertificateManager", "DaysToExpiry", []dimension{{"CertificateArn", c.ARN}}, "Minimum", c.Name}
}
