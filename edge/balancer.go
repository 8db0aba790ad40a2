package edge

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/tags"
)

// BalancerArgs describes a load balancer of one workload's own, beside the gate. Plain
// values decide how many resources there are.
type BalancerArgs struct {
	SubnetIDs       pulumi.StringArrayInput // Required. Public, one in each zone.
	SecurityGroupID pulumi.StringInput      // Required. AWS adds one to no network load balancer that was made without.
	InternetGateway pulumi.Resource         // Required, for ordering: an internet-facing load balancer needs it attached.

	Host   string // Optional. Name that the certificate is for.
	ZoneID string // Optional. Hosted zone in which Host is made to lead here; it does not without.

	TLS bool // Optional. TLS, which ends at the load balancer.
	// PassThrough hands what comes to port 443 on as it is, behind a PROXY header that says
	// whose it is: TLS ends on the instances, and nothing answers on port 80. Optional, and not
	// together with TLS.
	PassThrough bool

	Kind CertificateKind // Required with TLS.
	// CertificateARN names the certificate of kind ACM, which is made once for all that Host
	// leads to: two for one host share a validation record, and with the first of them to go
	// the other loses its renewal. A load balancer signs one of its own without. Required with
	// kind ACM.
	CertificateARN pulumi.StringInput

	Port       int    // Required. TCP port of the instances, at which they speak HTTP, or with PassThrough TLS.
	HealthPath string // Required. Answers 200 when an instance is well.
	// HealthPort is the TCP port of the instances that answers health checks over HTTP.
	// Optional, defaults to Port. With PassThrough a network load balancer's checks have a PROXY
	// header as well, which says nothing of a client; a classic one's have none.
	HealthPort int

	IdleTimeoutSeconds int           // Required by a classic one, 1 to 4000. A network one has AWS's 350.
	Protect            bool          // Optional. Refuses deletion, and keeps the logs. Of a classic one, only Pulumi's deletion.
	LogRetentionDays   int           // Required. Of access logs.
	Cloud              account.Place // Required.
	Tags               tags.Set      // Required.
}

// healthPort is where an instance says that it is well.
func (a *BalancerArgs) healthPort() int {
	if a.HealthPort != 0 {
		return a.HealthPort
	}
	return a.Port
}

func (a *BalancerArgs) check(name string) error {
	switch {
	case a.TLS && a.PassThrough:
		return fmt.Errorf("creating load balancer %s: TLS can end there or pass through, not both", name)
	case a.PassThrough && a.healthPort() == a.Port:
		return fmt.Errorf("creating load balancer %s: port %d speaks TLS, and health checks need one that does not", name, a.Port)
	}
	return nil
}

// alias makes Host lead to a load balancer, if it shall.
func (a *BalancerArgs) alias(ctx *pulumi.Context, name string, parent pulumi.Resource, dnsName, hostedZoneID pulumi.StringInput) error {
	if a.ZoneID == "" || a.Host == "" {
		return nil
	}
	leads := alias{zoneID: a.ZoneID, host: a.Host, record: "A", dnsName: dnsName, hostedZoneID: hostedZoneID}
	return leads.make(ctx, name, parent)
}

// certificate is the one handed over, or one that the load balancer signs itself. ownName is
// a further name that such a one is for, or nil.
func (a *BalancerArgs) certificate(
	ctx *pulumi.Context, name string, parent pulumi.Resource, classic bool, ownName pulumi.StringInput,
) (pulumi.StringInput, error) {
	if a.CertificateARN != nil {
		return a.CertificateARN, nil
	}
	if a.Kind == CertificateACM {
		return nil, fmt.Errorf("creating load balancer %s: no certificate of kind %s is given", name, a.Kind)
	}
	args := &CertificateArgs{Kind: a.Kind, OwnName: ownName, Classic: classic, Role: name + "-certificate", Tags: a.Tags}
	if a.Host != "" {
		args.Hosts = []string{a.Host}
	}
	made, err := NewCertificate(ctx, name+"-certificate", args, pulumi.Parent(parent))
	if err != nil {
		return nil, err
	}
	return made.ARN, nil
}

// unguarded says in a preview what a load balancer beside the gate goes without. AWS puts
// web application firewalls before application load balancers only.
func unguarded(ctx *pulumi.Context, name, kind string, self pulumi.Resource) error {
	message := fmt.Sprintf("%s is a %s load balancer, which no web application firewall can guard: "+
		"who comes from which country, how often, and with what attacks is not checked there", name, kind)
	if err := ctx.Log.Warn(message, &pulumi.LogArgs{Resource: self}); err != nil {
		return fmt.Errorf("warning that no firewall guards %s: %w", name, err)
	}
	return nil
}
