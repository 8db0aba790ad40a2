// Package consume reads what a Torii stack tells other stacks: its outputs, typed, through a stack reference. It needs
// Pulumi's SDK and nothing of Torii's, so that a program elsewhere can copy it.
package consume

import "strings"

// Outputs is what a service needs to stand behind the gate of a Torii stack. The values are plain: they are known before
// anything is made, so what is missing stops a preview. Nothing of it is secret.
type Outputs struct {
	Stack string // the stack that it is about: organization/project/stack

	VPCID            string
	PublicSubnetIDs  []string // one in each zone; the gate stands in them
	PrivateSubnetIDs []string // one in each zone; for whatever runs

	LoadBalancerARN        string
	LoadBalancerDNSName    string // where the alias of a host leads
	LoadBalancerZoneID     string // of that name, which alias records ask for
	HTTPSListenerARN       string // where rules and certificates go
	GatewaySecurityGroupID string // of the load balancer

	NATSecurityGroupID       string // of NAT instances; "" where the way out is another
	EndpointsSecurityGroupID string // of private ways into AWS; "" without
	S3PrefixListID           string // of Amazon S3's addresses; "" where they are reached with all others

	ECSClusterARN string // "" where none of the stack's own workloads is on Fargate

	URLs  map[string]string // where the stack's own workloads answer, by name
	Flows []Flow            // who may talk to whom
}

// Flow is one line of a stack's flow table: From may open TCP connections to To on Port.
type Flow struct {
	From, To string
	Port     int
	Why      string
	Ranges   []string // that From stands for, when it is the internet
}

// LoadBalancerSuffix is what CloudWatch's metrics call the load balancer: app/name/id.
func (o *Outputs) LoadBalancerSuffix() string {
	_, suffix, _ := strings.Cut(o.LoadBalancerARN, ":loadbalancer/")
	return suffix
}

// Parties of a flow table that a service has to do with.
const (
	Internet    = "internet"
	Gateway     = "gateway"
	NAT         = "nat"
	Endpoints   = "endpoints"
	S3          = "s3"
	OtherStacks = "other-stacks"
)

// leads says whether some line of the table leads to a party.
func (o *Outputs) leads(to string) bool {
	for _, flow := range o.Flows {
		if flow.To == to {
			return true
		}
	}
	return false
}
