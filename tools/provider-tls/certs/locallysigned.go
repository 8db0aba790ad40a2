package certs

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// LocallySignedCert is a certificate that a local authority signs for a request.
type LocallySignedCert struct{}

// Annotate sets the token.
func (r *LocallySignedCert) Annotate(a infer.Annotator) {
	a.SetToken("index/locallySignedCert", "LocallySignedCert")
}

// LocallySignedCertArgs are its inputs.
type LocallySignedCertArgs struct {
	AllowedUses         []string `pulumi:"allowedUses"`
	CACertPem           string   `pulumi:"caCertPem"`
	CAPrivateKeyPem     string   `pulumi:"caPrivateKeyPem" provider:"secret"`
	CertRequestPem      string   `pulumi:"certRequestPem"`
	EarlyRenewalHours   int      `pulumi:"earlyRenewalHours,optional"`
	IsCACertificate     bool     `pulumi:"isCaCertificate,optional"`
	SetSubjectKeyID     bool     `pulumi:"setSubjectKeyId,optional"`
	ValidityPeriodHours int      `pulumi:"validityPeriodHours"`
}

// LocallySignedCertState is its outputs.
type LocallySignedCertState struct {
	LocallySignedCertArgs
	CAKeyAlgorithm    string `pulumi:"caKeyAlgorithm"`
	CertPem           string `pulumi:"certPem"`
	ReadyForRenewal   bool   `pulumi:"readyForRenewal"`
	ValidityStartTime string `pulumi:"validityStartTime"`
	ValidityEndTime   string `pulumi:"validityEndTime"`
}

// WireDependencies keeps what is public out of the secrets, although a secret key made it.
func (LocallySignedCert) WireDependencies(f infer.FieldSelector, a *LocallySignedCertArgs, s *LocallySignedCertState) {
	f.OutputField(&s.CAKeyAlgorithm).NeverSecret()
	f.OutputField(&s.CertPem).NeverSecret()
	f.OutputField(&s.ReadyForRenewal).NeverSecret()
	f.OutputField(&s.ValidityStartTime).NeverSecret()
	f.OutputField(&s.ValidityEndTime).NeverSecret()
}

// Check refuses uses there are none of.
func (LocallySignedCert) Check(
	ctx context.Context, req infer.CheckRequest,
) (infer.CheckResponse[LocallySignedCertArgs], error) {
	args, failures, err := infer.DefaultCheck[LocallySignedCertArgs](ctx, req.NewInputs)
	failures = checkCert(failures, req.NewInputs, args.AllowedUses, args.ValidityPeriodHours)
	return infer.CheckResponse[LocallySignedCertArgs]{Inputs: args, Failures: failures}, err
}

// Create signs the certificate.
func (LocallySignedCert) Create(
	_ context.Context, req infer.CreateRequest[LocallySignedCertArgs],
) (infer.CreateResponse[LocallySignedCertState], error) {
	if req.DryRun {
		return infer.CreateResponse[LocallySignedCertState]{
			Output: LocallySignedCertState{LocallySignedCertArgs: req.Inputs},
		}, nil
	}
	id, state, err := signLocally(req.Inputs, time.Now())
	if err != nil {
		return infer.CreateResponse[LocallySignedCertState]{}, fmt.Errorf("making the certificate: %w", err)
	}
	return infer.CreateResponse[LocallySignedCertState]{ID: id, Output: state}, nil
}

// Update takes over a new renewal window; everything else replaces the certificate.
func (LocallySignedCert) Update(
	_ context.Context, req infer.UpdateRequest[LocallySignedCertArgs, LocallySignedCertState],
) (infer.UpdateResponse[LocallySignedCertState], error) {
	state := req.State
	state.LocallySignedCertArgs = req.Inputs
	return infer.UpdateResponse[LocallySignedCertState]{Output: state}, nil
}

// Read says whether the certificate has entered its renewal window.
func (LocallySignedCert) Read(
	_ context.Context, req infer.ReadRequest[LocallySignedCertArgs, LocallySignedCertState],
) (infer.ReadResponse[LocallySignedCertArgs, LocallySignedCertState], error) {
	state := req.State
	state.ReadyForRenewal = readyForRenewal(state.ValidityEndTime, state.EarlyRenewalHours, time.Now())
	return infer.ReadResponse[LocallySignedCertArgs, LocallySignedCertState]{
		ID: req.ID, Inputs: req.Inputs, State: state,
	}, nil
}

// signLocally makes the certificate and its resource id.
func signLocally(args LocallySignedCertArgs, now time.Time) (string, LocallySignedCertState, error) {
	state := LocallySignedCertState{LocallySignedCertArgs: args}
	caKey, algorithm, err := parseKey(args.CAPrivateKeyPem)
	if err != nil {
		return "", state, fmt.Errorf("caPrivateKeyPem: %w", err)
	}
	ca, err := parseCert(args.CACertPem)
	if err != nil {
		return "", state, fmt.Errorf("caCertPem: %w", err)
	}
	request, err := parseRequest(args.CertRequestPem)
	if err != nil {
		return "", state, fmt.Errorf("certRequestPem: %w", err)
	}
	template := &x509.Certificate{
		RawSubject: request.RawSubject, DNSNames: request.DNSNames, IPAddresses: request.IPAddresses,
		URIs: request.URIs, EmailAddresses: request.EmailAddresses,
	}
	if args.SetSubjectKeyID || args.IsCACertificate {
		if template.SubjectKeyId, err = subjectKeyID(request.PublicKey); err != nil {
			return "", state, err
		}
	}
	valid, err := complete(template, args.AllowedUses, args.IsCACertificate, args.ValidityPeriodHours, now)
	if err != nil {
		return "", state, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, request.PublicKey, caKey)
	if err != nil {
		return "", state, fmt.Errorf("signing: %w", err)
	}
	state.CAKeyAlgorithm = algorithm
	state.CertPem = encodePEM("CERTIFICATE", der)
	state.ValidityStartTime = valid.start.Format(time.RFC3339Nano)
	state.ValidityEndTime = valid.end.Format(time.RFC3339Nano)
	state.ReadyForRenewal = readyForRenewal(state.ValidityEndTime, args.EarlyRenewalHours, now)
	return template.SerialNumber.String(), state, nil
}
