package certs

import (
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// keyUsages are the allowed uses that are key usages, under the provider's names.
var keyUsages = map[string]x509.KeyUsage{
	"digital_signature":  x509.KeyUsageDigitalSignature,
	"content_commitment": x509.KeyUsageContentCommitment,
	"key_encipherment":   x509.KeyUsageKeyEncipherment,
	"data_encipherment":  x509.KeyUsageDataEncipherment,
	"key_agreement":      x509.KeyUsageKeyAgreement,
	"cert_signing":       x509.KeyUsageCertSign,
	"crl_signing":        x509.KeyUsageCRLSign,
	"encipher_only":      x509.KeyUsageEncipherOnly,
	"decipher_only":      x509.KeyUsageDecipherOnly,
}

// extKeyUsages are the allowed uses that are extended key usages.
var extKeyUsages = map[string]x509.ExtKeyUsage{
	"any_extended":                      x509.ExtKeyUsageAny,
	"server_auth":                       x509.ExtKeyUsageServerAuth,
	"client_auth":                       x509.ExtKeyUsageClientAuth,
	"code_signing":                      x509.ExtKeyUsageCodeSigning,
	"email_protection":                  x509.ExtKeyUsageEmailProtection,
	"ipsec_end_system":                  x509.ExtKeyUsageIPSECEndSystem,
	"ipsec_tunnel":                      x509.ExtKeyUsageIPSECTunnel,
	"ipsec_user":                        x509.ExtKeyUsageIPSECUser,
	"timestamping":                      x509.ExtKeyUsageTimeStamping,
	"ocsp_signing":                      x509.ExtKeyUsageOCSPSigning,
	"microsoft_server_gated_crypto":     x509.ExtKeyUsageMicrosoftServerGatedCrypto,
	"netscape_server_gated_crypto":      x509.ExtKeyUsageNetscapeServerGatedCrypto,
	"microsoft_commercial_code_signing": x509.ExtKeyUsageMicrosoftCommercialCodeSigning,
	"microsoft_kernel_code_signing":     x509.ExtKeyUsageMicrosoftKernelCodeSigning,
}

// checkUses returns one error that names every unknown use and the known ones.
func checkUses(uses []string) error {
	var unknown []string
	for _, use := range uses {
		_, key := keyUsages[use]
		_, ext := extKeyUsages[use]
		if !key && !ext {
			unknown = append(unknown, fmt.Sprintf("%q", use))
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	known := slices.Concat(slices.Collect(maps.Keys(keyUsages)), slices.Collect(maps.Keys(extKeyUsages)))
	slices.Sort(known)
	return fmt.Errorf("unknown uses %s; known are %s", strings.Join(unknown, ", "), strings.Join(known, ", "))
}

// applyUses sets a certificate's key usages; the uses must have been checked.
func applyUses(cert *x509.Certificate, uses []string) {
	for _, use := range uses {
		if k, ok := keyUsages[use]; ok {
			cert.KeyUsage |= k
		} else if e, ok := extKeyUsages[use]; ok {
			cert.ExtKeyUsage = append(cert.ExtKeyUsage, e)
		}
	}
}
