package certs

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// SelfSignedCert is a certificate signed with its own key.
type SelfSignedCert struct{}

// Annotate sets the token.
func (r *SelfSignedCert) Annotate(a infer.Annotator) {
	a.SetToken("index/selfSignedCert", "SelfSignedCert")
}

// SelfSignedCertArgs are its inputs.
type SelfSignedCertArgs struct {
	AllowedUses         []string `pulumi:"allowedUses"`
	DNSNames            []string `pulumi:"dnsNames,optional"`
	EarlyRenewalHours   int      `pulumi:"earlyRenewalHours,optional"`
	IPAddresses         []string `pulumi:"ipAddresses,optional"`
	IsCACertificate     bool     `pulumi:"isCaCertificate,optional"`
	PrivateKeyPem       string   `pulumi:"privateKeyPem" provider:"secret"`
	SetAuthorityKeyID   bool     `pulumi:"setAuthorityKeyId,optional"`
	SetSubjectKeyID     bool     `pulumi:"setSubjectKeyId,optional"`
	Subject             *Subject `pulumi:"subject,optional"`
	URIs                []string `pulumi:"uris,optional"`
	ValidityPeriodHours int      `pulumi:"validityPeriodHours"`
}

// SelfSignedCertState is its outputs.
type SelfSignedCertState struct {
	SelfSignedCertArgs
	CertPem           string `pulumi:"certPem"`
	KeyAlgorithm      string `pulumi:"keyAlgorithm"`
	ReadyForRenewal   bool   `pulumi:"readyForRenewal"`
	ValidityStartTime string `pulumi:"validityStartTime"`
	ValidityEndTime   string `pulumi:"validityEndTime"`
}

// WireDependencies keeps what is public out of the secrets, although a secret key made it.
func (SelfSignedCert) WireDependencies(f infer.FieldSelector, a *SelfSignedCertArgs, s *SelfSignedCertState) {
	f.OutputField(&s.CertPem).NeverSecret()
	f.OutputField(&s.KeyAlgorithm).NeverSecret()
	f.OutputField(&s.ReadyForRenewal).NeverSecret()
	f.OutputField(&s.ValidityStartTime).NeverSecret()
	f.OutputField(&s.ValidityEndTime).NeverSecret()
}

// Check refuses uses there are none of.
func (SelfSignedCert) Check(
	ctx context.Context, req infer.CheckRequest,
) (infer.CheckResponse[SelfSignedCertArgs], error) {
	args, failures, err := infer.DefaultCheck[SelfSignedCertArgs](ctx, req.NewInputs)
	failures = checkCert(failures, req.NewInputs, args.AllowedUses, args.ValidityPeriodHours)
	return infer.CheckResponse[SelfSignedCertArgs]{Inputs: args, Failures: failures}, err
}

// Create signs the certificate.
func (SelfSignedCert) Create(
	_ context.Context, req infer.CreateRequest[SelfSignedCertArgs],
) (infer.CreateResponse[SelfSignedCertState], error) {
	if req.DryRun {
		return infer.CreateResponse[SelfSignedCertState]{Output: SelfSignedCertState{SelfSignedCertArgs: req.Inputs}}, nil
	}
	id, state, err := signSelf(req.Inputs, time.Now())
	if err != nil {
		return infer.CreateResponse[SelfSignedCertState]{}, fmt.Errorf("making the self-signed certificate: %w", err)
	}
	return infer.CreateResponse[SelfSignedCertState]{ID: id, Output: state}, nil
}

// Update takes over a new renewal window; everything else replaces the certificate.
func (SelfSignedCert) Update(
	_ context.Context, req infer.UpdateRequest[SelfSignedCertArgs, SelfSignedCertState],
) (infer.UpdateResponse[SelfSignedCertState], error) {
	state := req.State
	state.SelfSignedCertArgs = req.Inputs
	return infer.UpdateResponse[SelfSignedCertState]{Output: state}, nil
}

// Read says whether the certificate has entered its renewal window.
func (SelfSignedCert) Read(
	_ context.Context, req infer.ReadRequest[SelfSignedCertArgs, SelfSignedCertState],
) (infer.ReadResponse[SelfSignedCertArgs, SelfSignedCertState], error) {
	state := req.State
	state.ReadyForRenewal = readyForRenewal(state.ValidityEndTime, state.EarlyRenewalHours, time.Now())
	return infer.ReadResponse[SelfSignedCertArgs, SelfSignedCertState]{ID: req.ID, Inputs: req.Inputs, State: state}, nil
}

// signSelf makes the certificate and its resource id.
func signSelf(args SelfSignedCertArgs, now time.Time) (string, SelfSignedCertState, error) {
	state := SelfSignedCertState{SelfSignedCertArgs: args}
	key, algorithm, err := parseKey(args.PrivateKeyPem)
	if err != nil {
		return "", state, err
	}
	ips, uris, err := addresses(args.IPAddresses, args.URIs)
	if err != nil {
		return "", state, err
	}
	template := &x509.Certificate{
		Subject: args.Subject.name(), DNSNames: args.DNSNames, IPAddresses: ips, URIs: uris,
	}
	keyID, err := subjectKeyID(key.Public())
	if err != nil {
		return "", state, err
	}
	if args.SetSubjectKeyID || args.IsCACertificate {
		template.SubjectKeyId = keyID
	}
	if args.SetAuthorityKeyID {
		template.AuthorityKeyId = keyID
	}
	valid, err := complete(template, args.AllowedUses, args.IsCACertificate, args.ValidityPeriodHours, now)
	if err != nil {
		return "", state, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return "", state, fmt.Errorf("signing: %w", err)
	}
	state.CertPem = encodePEM("CERTIFICATE", der)
	state.KeyAlgorithm = algorithm
	state.ValidityStartTime = valid.start.Format(time.RFC3339Nano)
	state.ValidityEndTime = valid.end.Format(time.RFC3339Nano)
	state.ReadyForRenewal = readyForRenewal(state.ValidityEndTime, args.EarlyRenewalHours, now)
	return template.SerialNumber.String(), state, nil
}
