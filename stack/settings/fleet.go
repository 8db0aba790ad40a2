package settings

import "slices"

// Fleet is a workload of kind fleet: web servers that are all alike, in an Auto Scaling group.
type Fleet struct {
	// Required. fleet.
	Kind string `setting:"kind"`
	// The load balancers in front, one or several: alb (the gate, with its web ACL), clb (a classic one of its
	// own) and nlb (a network one of its own). The latter two have no web ACL.
	Expose []string `setting:"expose"`
	// Host name it answers at, inside torii:edge.domain. It leads to the first of expose; the others answer at
	// their own names. Without a domain, one workload may do without.
	Host string `setting:"host"`
	// EC2 instance type, Intel, AMD or Graviton. A change replaces the machines one after another.
	InstanceType string `setting:"instanceType"`
	// newest- and a word of yours: the newest Amazon Linux 2023 on the day that word is first deployed,
	// and that one from then on. Or the id of an AMI. A change replaces the machines one after another.
	Image string `setting:"image"`
	// Machines that always run, 1 to 100; 2 survive the loss of a zone.
	Min int `setting:"min"`
	// Machines it may grow to, up to 100.
	Max int `setting:"max"`
	// TCP port that the web server listens on. Default 80, and 443 with tls instance, where it can be no other.
	Port int `setting:"port"`
	// Path that answers 200 when a machine is well. One that does not is replaced.
	HealthPath string `setting:"healthPath"`
	// edge (browsers come by HTTPS, and load balancers end it), off (plain HTTP on port 80), or instance (TLS passes
	// through the load balancers to nginx on each machine, which lets nobody in without a certificate that
	// torii:authority vouches for). The gate knows edge only: off and instance are without alb.
	TLS string `setting:"tls"`
	// With tls instance: who of torii:authority.clients is let in. Default all of them.
	Clients []string `setting:"clients"`
	// With tls instance: TCP port at which an application of yours, which userData installs, answers HTTP on
	// 127.0.0.1. It gets the requests, and the client's name in headers. Without it nginx has a page that greets clients.
	Application int `setting:"application"`
	// File, relative to the folder of Pulumi.yaml, that is each machine's user data in place of nginx and its
	// page, of at most 16 KiB. It has to serve port and healthPath. With tls instance it is a script that runs
	// beside nginx, which stays in front. No place for secrets.
	UserData string `setting:"userData"`
	// Per cent of processor time, over all machines, that scaling aims at, 10 to 90; 0 turns that off.
	CPUPercent int `setting:"cpuPercent"`
	// With alb: requests a minute and machine that scaling aims at; 0 turns that off.
	RequestsPerTarget int `setting:"requestsPerTarget"`
	// Seconds that a new machine has until it must answer, 30 to 3600.
	GraceSeconds int `setting:"graceSeconds"`
}

// Values of expose: what stands in front of a fleet.
const (
	ExposeALB = "alb"
	ExposeCLB = "clb"
	ExposeNLB = "nlb"
)

// Default ports of a fleet.
const (
	portPlain = 80
	portTLS   = 443
)

// Values of tls: where it ends.
const (
	TLSEdge     = "edge"
	TLSOff      = "off"
	TLSInstance = "instance"
)

// defaultFleet is a fleet that says nothing.
func defaultFleet() Fleet {
	return Fleet{
		Expose:       []string{ExposeALB},
		InstanceType: "t3.micro",
		Image:        NewestImage + "1",
		Min:          2,
		Max:          4,
		Port:         unset,
		HealthPath:   "/",
		TLS:          TLSEdge,
		CPUPercent:   60,
		GraceSeconds: 300,
	}
}

// Exposes says whether one of the load balancers, such as ExposeCLB, stands in front of the fleet.
func (f *Fleet) Exposes(way string) bool { return slices.Contains(f.Expose, way) }

// OwnBalancers are the load balancers in front that are the fleet's own, which no web ACL guards.
func (f *Fleet) OwnBalancers() []string {
	return slices.DeleteFunc(slices.Clone(f.Expose), func(way string) bool { return way != ExposeCLB && way != ExposeNLB })
}

// BalancerParty is what a load balancer of a fleet's own is called, in the flow table and elsewhere, such as web-clb.
func BalancerParty(workload, way string) string { return workload + "-" + way }

func (f *Fleet) site() (string, bool) { return f.Host, f.Exposes(ExposeALB) }

// endpoints are none, as a web server comes from Amazon Linux's own repositories, which the S3 endpoint leads to; but
// certificates come from Parameter Store.
func (f *Fleet) endpoints(Settings) []string {
	if f.TLS == TLSInstance {
		return []string{EndpointSSM}
	}
	return nil
}

// fillPort sets the port, where none is given.
func (f *Fleet) fillPort() {
	switch {
	case f.Port != unset:
	case f.TLS == TLSInstance:
		f.Port = portTLS
	default:
		f.Port = portPlain
	}
}
