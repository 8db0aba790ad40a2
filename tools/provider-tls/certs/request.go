package certs

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// CertRequest is a request to sign a certificate.
type CertRequest struct{}

// Annotate sets the token.
func (r *CertRequest) Annotate(a infer.Annotator) {
	a.SetToken("index/certRequest", "CertRequest")
}

// CertRequestArgs are its inputs.
type CertRequestArgs struct {
	DNSNames      []string `pulumi:"dnsNames,optional"`
	IPAddresses   []string `pulumi:"ipAddresses,optional"`
	PrivateKeyPem string   `pulumi:"privateKeyPem" provider:"secret"`
	Subject       *Subject `pulumi:"subject,optional"`
	URIs          []string `pulumi:"uris,optional"`
}

// CertRequestState is its outputs.
type CertRequestState struct {
	CertRequestArgs
	CertRequestPem string `pulumi:"certRequestPem"`
	KeyAlgorithm   string `pulumi:"keyAlgorithm"`
}

// WireDependencies keeps what is public out of the secrets, although a secret key made it.
func (CertRequest) WireDependencies(f infer.FieldSelector, a *CertRequestArgs, s *CertRequestState) {
	f.OutputField(&s.CertRequestPem).NeverSecret()
	f.OutputField(&s.KeyAlgorithm).NeverSecret()
}

// Create signs the request.
func (CertRequest) Create(
	_ context.Context, req infer.CreateRequest[CertRequestArgs],
) (infer.CreateResponse[CertRequestState], error) {
	if req.DryRun {
		return infer.CreateResponse[CertRequestState]{Output: CertRequestState{CertRequestArgs: req.Inputs}}, nil
	}
	id, state, err := signRequest(req.Inputs)
	if err != nil {
		return infer.CreateResponse[CertRequestState]{}, fmt.Errorf("making the certificate request: %w", err)
	}
	return infer.CreateResponse[CertRequestState]{ID: id, Output: state}, nil
}

// signRequest makes the request and its resource id.
func signRequest(args CertRequestArgs) (string, CertRequestState, error) {
	state := CertRequestState{CertRequestArgs: args}
	key, algorithm, err := parseKey(args.PrivateKeyPem)
	if err != nil {
		return "", state, err
	}
	ips, uris, err := addresses(args.IPAddresses, args.URIs)
	if err != nil {
		return "", state, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: args.Subject.name(), DNSNames: args.DNSNames, IPAddresses: ips, URIs: uris,
	}, key)
	if err != nil {
		return "", state, fmt.Errorf("signing: %w", err)
	}
	state.CertRequestPem = encodePEM("CERTIFICATE REQUEST", der)
	state.KeyAlgorithm = algorithm
	return fingerprint(der), state, nil
}
