package operations

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Stands is what stands in a stack and can be watched, each list in the order of alarms and of the dashboard. What a stack
// does not have stays empty.
type Stands struct {
	Gate         *Gate
	Targets      []Targets
	Services     []Service
	Hubs         []Hub
	Fleets       []Fleet
	NATGateways  []NAT
	NATInstances []NAT
	Snapshots    []Snapshots
	Certificates []Certificate
	FlowLogGroup pulumi.StringInput // of the VPC's flow logs; nil without
}

// Gate is the application load balancer that workloads share, with its web ACL.
type Gate struct {
	LoadBalancer   pulumi.StringInput // ARN suffix
	WebACLMetric   string             // what the web ACL's metrics are called
	WebACLLogGroup pulumi.StringInput
}

// Balancer is a kind of load balancer.
type Balancer string

// Kinds of load balancers.
const (
	Application Balancer = "application"
	Network     Balancer = "network"
	Classic     Balancer = "classic"
)

// Targets are what a load balancer leads to for one workload.
type Targets struct {
	Name         string // of the workload, or of a load balancer of its own
	Balancer     Balancer
	LoadBalancer pulumi.StringInput // ARN suffix, or name of a classic one
	TargetGroup  pulumi.StringInput // ARN suffix; nil with a classic one, which has none
	HTTP         bool               // the load balancer speaks HTTP to them, and so knows of errors and times
	Hub          bool               // they are a JupyterHub
}

// Service is an ECS service.
type Service struct {
	Workload string
	Cluster  pulumi.StringInput // name
	Service  pulumi.StringInput // name
}

// Hub is a JupyterHub.
type Hub struct {
	Workload string
	LogGroup pulumi.StringInput // with the streams hub and events
}

// Fleet is an Auto Scaling group of web servers.
type Fleet struct {
	Workload string
	Group    pulumi.StringInput // name
	Min      int                // machines that shall always be there
}

// NAT is a NAT gateway or a NAT instance.
type NAT struct {
	Zone string
	ID   pulumi.StringInput // of the gateway, or name of the instance's Auto Scaling group
}

// Snapshots is a schedule of snapshots.
type Snapshots struct {
	Workload string
	PolicyID pulumi.StringInput // in Data Lifecycle Manager
}

// Certificate is one that ACM has.
type Certificate struct {
	Name       string             // of the site, or of the load balancer
	ARN        pulumi.StringInput // in ACM
	SelfSigned bool               // nobody renews it but `pulumi up`
}
