// Package settings is everything a stack file may say under torii:…, with its
// defaults and its rules. The structs below are the one source: README's table is
// checked against their names, doc comments and defaults by a test. The package
// needs no Pulumi, so settings can be checked before anything is started.
package settings

// Settings is the whole of what one stack file asks for, with defaults filled in.
type Settings struct {
	Network    Network             `setting:"network"`
	Edge       Edge                `setting:"edge"`
	Workloads  map[string]Workload `setting:"workloads"`
	Operations Operations          `setting:"operations"`
}

// Network is torii:network, the private network.
type Network struct {
	// IPv4 range of the VPC, /16 to /22. Cannot change once workloads stand in it.
	CIDR string `setting:"cidr"`
	// Required. 2 to 4 availability zones by name, such as ap-northeast-1a; a network without a gate may do with 1.
	Zones []string `setting:"zones"`
	// The way out: gateway (one, in the first zone), gateway-per-zone, or none (endpoints only).
	NAT string `setting:"nat"`
	// Private ways into AWS services: ssm, ecr, logs, secretsmanager. With nat none, what the workloads need is required.
	Endpoints []string `setting:"endpoints"`
	// Gives the VPC and the gate IPv6 addresses beside IPv4, and every host an AAAA record.
	DualStack bool `setting:"dualStack"`
}

// Edge is torii:edge, the gate.
type Edge struct {
	// Public Route 53 hosted zone that holds every host; it must exist. Without it the gate answers at the load balancer's own name.
	Domain string `setting:"domain"`
	// acm (default with a domain) or self-signed (default without).
	Certificate string `setting:"certificate"`
	// ISO 3166 codes of the countries that are let in. [] turns the rule off and lets everybody in whom no other rule blocks.
	AllowedCountries []string `setting:"allowedCountries"`
	// Address ranges that may reach the gate at all, at most 8. Default 0.0.0.0/0, and ::/0 with dualStack.
	AllowedCIDRs []string `setting:"allowedCidrs"`
	// Requests per 5 minutes and address before it is blocked, 10 or more. 0 turns the rule off.
	RateLimit int `setting:"rateLimit"`
	// Seconds a silent connection is kept, 1 to 4000. Longer than the servers' own keep-alive (nginx: 75) gives 502s now and then.
	IdleTimeoutSeconds int `setting:"idleTimeoutSeconds"`
}

// Operations is torii:operations, how the stack is kept.
type Operations struct {
	// Refuses to delete the gate and its access logs. Before a destroy, turn it off and run up.
	Protect bool `setting:"protect"`
	// Days that logs are kept; one of the periods CloudWatch Logs knows.
	LogRetentionDays int `setting:"logRetentionDays"`
}

// Workload is one entry of torii:workloads. Kind says which of the others is set.
type Workload struct {
	Kind    string
	Fargate *Fargate
}

// KindFargate is a web service on ECS Fargate.
const KindFargate = "fargate"

// Fargate is a workload of kind fargate: a web service in containers.
type Fargate struct {
	// Required. fargate.
	Kind string `setting:"kind"`
	// Host name it answers at, inside torii:edge.domain. Without a domain, one workload may do without.
	Host string `setting:"host"`
	// Container image, pinned by tag or digest.
	Image string `setting:"image"`
	// TCP port that the container listens on.
	Port int `setting:"port"`
	// CPU units of a task; 1024 are one core. 256, 512, 1024, 2048, 4096, 8192 or 16384.
	CPU int `setting:"cpu"`
	// MiB of memory of a task; what is allowed depends on cpu.
	Memory int `setting:"memory"`
	// Tasks that always run, 1 or more; 2 survive the loss of a zone.
	Min int `setting:"min"`
	// Tasks it may grow to.
	Max int `setting:"max"`
	// Path that answers 200 to 399 when the service is well.
	HealthPath string `setting:"healthPath"`
	// Keeps the container's own file system unwritable but for writablePaths.
	ReadOnly bool `setting:"readOnly"`
	// Folders the container may write to; they start empty and go with the task.
	WritablePaths []string `setting:"writablePaths"`
	// Plain environment variables. Not for secrets.
	Environment map[string]string `setting:"environment"`
	// Environment variables taken from a Secrets Manager secret or an SSM parameter, by ARN.
	Secrets map[string]string `setting:"secrets"`
}

// Values of torii:network.nat.
const (
	NATGateway        = "gateway"
	NATGatewayPerZone = "gateway-per-zone"
	NATNone           = "none"
)

// Values of torii:edge.certificate.
const (
	CertificateACM        = "acm"
	CertificateSelfSigned = "self-signed"
)

// Endpoint names of torii:network.endpoints.
const (
	EndpointSSM            = "ssm"
	EndpointECR            = "ecr"
	EndpointLogs           = "logs"
	EndpointSecretsManager = "secretsmanager"
)

// DefaultImage is what a Fargate workload runs when no image is given: nginx's
// stable release, from the mirror of Docker's official images in ECR Public, which
// asks for no login and has no pull limit that a small team would meet.
const DefaultImage = "public.ecr.aws/docker/library/nginx:1.28.0"

// defaults are the settings of a stack file that says nothing.
func defaults() Settings {
	return Settings{
		Network: Network{
			CIDR: "10.0.0.0/16",
			NAT:  NATGateway,
		},
		Edge: Edge{
			AllowedCountries:   []string{"JP"},
			RateLimit:          2000,
			IdleTimeoutSeconds: 60,
		},
		Operations: Operations{
			Protect:          true,
			LogRetentionDays: 90,
		},
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
	if s.Edge.AllowedCIDRs == nil {
		s.Edge.AllowedCIDRs = []string{"0.0.0.0/0"}
		if s.Network.DualStack {
			s.Edge.AllowedCIDRs = append(s.Edge.AllowedCIDRs, "::/0")
		}
	}
}

// defaultFargate is a Fargate workload that says nothing. The writable paths are
// the ones that the nginx image needs when its own file system is read-only.
func defaultFargate() Fargate {
	return Fargate{
		Image:         DefaultImage,
		Port:          80,
		CPU:           256,
		Memory:        512,
		Min:           2,
		Max:           4,
		HealthPath:    "/",
		ReadOnly:      true,
		WritablePaths: []string{"/run", "/tmp", "/var/cache/nginx"},
	}
}
