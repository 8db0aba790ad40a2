// Package settings is everything a stack file may say under torii:…, with its
// defaults and its rules. The structs below are the one source: README's table is
// checked against their names, doc comments and defaults by a test. The package
// needs no Pulumi, so settings can be checked before anything is started.
package settings

import (
	"math"
	"slices"
)

// Settings is the whole of what one stack file asks for, with defaults filled in.
type Settings struct {
	Network    Network             `setting:"network"`
	Security   Security            `setting:"security"`
	Edge       Edge                `setting:"edge"`
	Authority  Authority           `setting:"authority"`
	Workloads  map[string]Workload `setting:"workloads"`
	Bastion    Bastion             `setting:"bastion"`
	Operations Operations          `setting:"operations"`
}

// Network is torii:network, the private network.
type Network struct {
	// IPv4 range of the VPC, /16 to /22. Cannot change once workloads stand in it.
	CIDR string `setting:"cidr"`
	// Required. 2 to 4 availability zones by name, such as ap-northeast-1a; a network without a gate may do with 1.
	Zones []string `setting:"zones"`
	// The way out: gateway (one, in the first zone), gateway-per-zone, instance (one, on a small machine of the
	// stack's own), instance-per-zone, or none (endpoints only). Can change at any time.
	NAT string `setting:"nat"`
	// With nat instance or instance-per-zone: EC2 instance type, Intel, AMD or Graviton. A change replaces the
	// machines: connections break and there is no way out for one to three minutes; its addresses stay.
	NATInstanceType string `setting:"natInstanceType"`
	// With nat instance or instance-per-zone: newest- and a word of yours, which is the newest Amazon Linux 2023
	// on the day that word is first deployed, or the id of an AMI of it. A change replaces the machines.
	NATImage string `setting:"natImage"`
	// Private ways into AWS services: ssm, ecr, logs, secretsmanager, kms, autoscaling. With nat none, what the workloads need is required.
	Endpoints []string `setting:"endpoints"`
	// Gives the VPC and the gate IPv6 addresses beside IPv4, and every host an AAAA record.
	DualStack bool `setting:"dualStack"`
}

// Edge is torii:edge, the gate.
type Edge struct {
	// Public Route 53 hosted zone that holds every host; it must exist. Without it the gate answers at the
	// load balancer's own name.
	Domain string `setting:"domain"`
	// acm (default with a domain) or self-signed (default without).
	Certificate string `setting:"certificate"`
	// ISO 3166 codes of the countries that the gate lets in. [] turns the rule off and lets everybody in whom
	// no other rule blocks. Default JP. Load balancers of a fleet's own have no such rule.
	AllowedCountries []string `setting:"allowedCountries"`
	// Address ranges that may reach the gate, and load balancers of a fleet's own, at all; at most 8. Default
	// 0.0.0.0/0, and ::/0 with dualStack.
	AllowedCIDRs []string `setting:"allowedCidrs"`
	// Requests per 5 minutes and address before the gate blocks it, 10 or more; 0 turns the rule off. Default
	// 2000, and 10000 with a JupyterHub, whose pages ask often and whose users may share an office's
	// address. Load balancers of a fleet's own have no such rule.
	RateLimit int `setting:"rateLimit"`
	// Seconds a silent connection is kept, 1 to 4000. Default 60, and 3600 with a JupyterHub, which needs
	// that. Longer than a server's own keep-alive (nginx: 75) gives 502s now and then.
	IdleTimeoutSeconds int `setting:"idleTimeoutSeconds"`
	// TCP ports of services that other stacks put behind the gate, such as [8080], at most 5: the network ACLs let the
	// gate through to them. The ports of workloads here are open too, as long as those are there.
	OtherStackPorts []int `setting:"otherStackPorts"`
	// off or verify: the gate lets nobody in who does not show a certificate that torii:authority vouches for,
	// whatever the host. Workloads learn who it is from headers; see README.
	ClientAuth string `setting:"clientAuth"`
}

// Values of torii:network.nat.
const (
	NATGateway         = "gateway"
	NATGatewayPerZone  = "gateway-per-zone"
	NATInstance        = "instance"
	NATInstancePerZone = "instance-per-zone"
	NATNone            = "none"
)

// nats are the values of torii:network.nat, and waysOut those that lead to the internet.
var (
	waysOut = []string{NATGateway, NATGatewayPerZone, NATInstance, NATInstancePerZone}
	nats    = append(slices.Clone(waysOut), NATNone)
)

// NATInstances says whether the way out is by machines of the stack's own.
func (n Network) NATInstances() bool { return n.NAT == NATInstance || n.NAT == NATInstancePerZone }

// Values of torii:edge.certificate.
const (
	CertificateACM        = "acm"
	CertificateSelfSigned = "self-signed"
)

// Values of torii:edge.clientAuth.
const (
	ClientAuthOff    = "off"
	ClientAuthVerify = "verify"
)

// Endpoint names of torii:network.endpoints.
const (
	EndpointSSM            = "ssm"
	EndpointECR            = "ecr"
	EndpointLogs           = "logs"
	EndpointSecretsManager = "secretsmanager"
	EndpointKMS            = "kms"
	EndpointAutoScaling    = "autoscaling"
)

// unset stands where the default depends on other settings. Nobody writes this number.
const unset = math.MinInt

// defaults are the settings of a stack file that says nothing.
func defaults() Settings {
	return Settings{
		Network: Network{
			CIDR:            "10.0.0.0/16",
			NAT:             NATGateway,
			NATInstanceType: "t4g.nano",
			NATImage:        NewestImage + "1",
		},
		Security: defaultSecurity(),
		Edge: Edge{
			RateLimit:          unset,
			IdleTimeoutSeconds: unset,
			ClientAuth:         ClientAuthOff,
		},
		Authority:  defaultAuthority(),
		Bastion:    defaultBastion(),
		Operations: defaultOperations(),
	}
}

// fillDerived sets the defaults that depend on other settings, where nothing is given.
func (s *Settings) fillDerived() {
	if s.Edge.Certificate == "" {
		s.Edge.Certificate = CertificateSelfSigned
		if s.Edge.Domain != "" {
			s.Edge.Certificate = CertificateACM
		}
	}
	for _, workload := range s.Workloads {
		if workload.Notebooks != nil {
			workload.Notebooks.fillPeople()
		}
		if workload.Fleet != nil {
			workload.Fleet.fillPort()
		}
	}
	rate, idle := 2000, 60
	if s.HasJupyterHub() {
		rate, idle = 10000, minHubIdleSeconds
	}
	// Without a gate nothing holds to these two, so that nobody is told that they do.
	if !s.HasGate() {
		rate = 0
	} else if s.Edge.AllowedCountries == nil {
		s.Edge.AllowedCountries = []string{"JP"}
	}
	if s.Edge.RateLimit == unset {
		s.Edge.RateLimit = rate
	}
	if s.Edge.IdleTimeoutSeconds == unset {
		s.Edge.IdleTimeoutSeconds = idle
	}
	if s.Edge.AllowedCIDRs == nil {
		s.Edge.AllowedCIDRs = []string{"0.0.0.0/0"}
		if s.Network.DualStack {
			s.Edge.AllowedCIDRs = append(s.Edge.AllowedCIDRs, "::/0")
		}
	}
}
