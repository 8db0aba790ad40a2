package certs

import (
	"crypto/x509"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// complete sets what all certificates have: serial number, validity, constraints and uses.
func complete(cert *x509.Certificate, uses []string, ca bool, hours int, now time.Time) (validity, error) {
	valid, err := validFor(hours, now)
	if err != nil {
		return validity{}, err
	}
	if err := checkUses(uses); err != nil {
		return validity{}, err
	}
	if cert.SerialNumber, err = serialNumber(); err != nil {
		return validity{}, err
	}
	cert.NotBefore, cert.NotAfter = valid.start, valid.end
	cert.BasicConstraintsValid, cert.IsCA = true, ca
	applyUses(cert, uses)
	return valid, nil
}

// checkCert adds failures for uses there are none of and for a negative period, where these are known.
func checkCert(failures []p.CheckFailure, inputs property.Map, uses []string, hours int) []p.CheckFailure {
	if given := inputs.Get("allowedUses"); given.IsArray() && !given.HasComputed() {
		if err := checkUses(uses); err != nil {
			failures = append(failures, p.CheckFailure{Property: "allowedUses", Reason: err.Error()})
		}
	}
	if hours < 0 {
		failures = append(failures, p.CheckFailure{
			Property: "validityPeriodHours", Reason: "validityPeriodHours must not be negative",
		})
	}
	return failures
}
