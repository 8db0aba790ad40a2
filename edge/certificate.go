package edge

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/tags"
)

const certificateToken = "torii:edge:Certificate"

// CertificateKind is where certificates come from.
type CertificateKind string

// Kinds of certificates.
const (
	CertificateACM        CertificateKind = "acm"         // issued by AWS, checked by DNS, renewed by AWS
	CertificateSelfSigned CertificateKind = "self-signed" // made here; browsers warn
)

// CertificateArgs describes the certificate of one load balancer's listener.
type CertificateArgs struct {
	Kind CertificateKind // Required.

	// Hosts are the names that it is for, the main one first. Required with kind ACM. No two
	// certificates of that kind may share one: their validation record is the same.
	Hosts   []string
	OwnName pulumi.StringInput // Optional. A further name, which only a self-signed one can be for: the load balancer's own.
	ZoneID  string             // Required with kind ACM, which is checked in it.

	// Classic says that it is for a classic load balancer. A self-signed one is then uploaded
	// to IAM, which makes a new ARN each time, and has an RSA key; else it is imported into
	// ACM, where a new one takes the place of the old under the same ARN.
	Classic bool

	// Formerly is the component that its parts stood in before certificates were components.
	// Optional. Pulumi then keeps those parts.
	Formerly pulumi.Resource

	Role string   // Required. What its Name tag says it is.
	Tags tags.Set // Required.
}

// Certificate is a certificate that a load balancer can use.
type Certificate struct {
	pulumi.ResourceState

	ARN pulumi.StringOutput // in ACM or IAM; known once the certificate can be used
}

// NewCertificate makes a certificate whose parts are all named name. It fails when a kind
// does not exist, when ACM is given no host or no zone, and when there is no name to sign.
func NewCertificate(ctx *pulumi.Context, name string, args *CertificateArgs, opts ...pulumi.ResourceOption) (*Certificate, error) {
	if err := args.check(); err != nil {
		return nil, fmt.Errorf("creating certificate %s: %w", name, err)
	}
	self := &Certificate{}
	if err := ctx.RegisterComponentResource(certificateToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering certificate %s: %w", name, err)
	}
	m := &certificateMaker{ctx: ctx, name: name, args: args, self: self}
	kind := m.issued
	if args.Kind == CertificateSelfSigned {
		kind = m.selfSigned
	}
	arn, err := kind()
	if err != nil {
		return nil, err
	}
	self.ARN = arn
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"arn": arn})
}

func (a *CertificateArgs) check() error {
	switch {
	case a.Kind != CertificateACM && a.Kind != CertificateSelfSigned:
		return fmt.Errorf("%q is not a kind of certificate", a.Kind)
	case a.Kind == CertificateACM && len(a.Hosts) == 0:
		return errors.New("ACM issues certificates for host names, and none is given")
	case a.Kind == CertificateACM && a.ZoneID == "":
		return errors.New("an ACM certificate is checked by DNS and needs a hosted zone")
	case len(a.Hosts) == 0 && a.OwnName == nil:
		return errors.New("no name is given that it is for")
	}
	return nil
}

// certificateMaker carries what the parts of a certificate share while it is made.
type certificateMaker struct {
	ctx  *pulumi.Context
	name string
	args *CertificateArgs
	self *Certificate
}

// part are the options of a part, which keep it when it stood elsewhere before.
func (m *certificateMaker) part(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	opts := append([]pulumi.ResourceOption{pulumi.Parent(m.self)}, more...)
	if m.args.Formerly != nil {
		opts = append(opts, pulumi.Aliases([]pulumi.Alias{{Parent: m.args.Formerly}}))
	}
	return opts
}
