package certs

import (
	"crypto/x509"
	"fmt"
)

func parseCert(text string) (*x509.Certificate, error) {
	der, err := decodePEM(text, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate: %w", err)
	}
	return cert, nil
}

// parseRequest reads a certificate request and checks that its own key signed it.
func parseRequest(text string) (*x509.CertificateRequest, error) {
	der, err := decodePEM(text, "CERTIFICATE REQUEST")
	if err != nil {
		return nil, err
	}
	request, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	if err := request.CheckSignature(); err != nil {
		return nil, fmt.Errorf("checking the request's signature: %w", err)
	}
	return request, nil
}
