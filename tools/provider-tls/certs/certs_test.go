package certs

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// now is when the tests happen; certificates keep whole seconds.
var now = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

// newKey makes a key's state for a test.
func newKey(t *testing.T, args PrivateKeyArgs) PrivateKeyState {
	t.Helper()
	key, err := generateKey(args.Algorithm, args.ECDSACurve, args.RSABits)
	if err != nil {
		t.Fatalf("generateKey(%+v) = %v, want a key", args, err)
	}
	_, state, err := describeKey(key, args)
	if err != nil {
		t.Fatalf("describeKey(%+v) = %v, want its forms", args, err)
	}
	return state
}

func TestPrivateKeyForms(t *testing.T) {
	for _, test := range []struct {
		name, algorithm, curve string
		bits, wantBits         int
		wantPEM                string
		wantSSH                string // the start of the public key; empty where OpenSSH has none
	}{
		{"rsa", "RSA", "P224", 2048, 2048, "RSA PRIVATE KEY", "ssh-rsa "},
		{"rsa 3072", "RSA", "P224", 3072, 3072, "RSA PRIVATE KEY", "ssh-rsa "},
		{"p224", "ECDSA", "P224", 2048, 224, "EC PRIVATE KEY", ""},
		{"p256", "ECDSA", "P256", 2048, 256, "EC PRIVATE KEY", "ecdsa-sha2-nistp256 "},
		{"p384", "ECDSA", "P384", 2048, 384, "EC PRIVATE KEY", "ecdsa-sha2-nistp384 "},
		{"p521", "ECDSA", "P521", 2048, 521, "EC PRIVATE KEY", "ecdsa-sha2-nistp521 "},
		{"ed25519", "ED25519", "P224", 2048, 256, "PRIVATE KEY", "ssh-ed25519 "},
	} {
		t.Run(test.name, func(t *testing.T) {
			state := newKey(t, PrivateKeyArgs{Algorithm: test.algorithm, ECDSACurve: test.curve, RSABits: test.bits})

			block, rest := pem.Decode([]byte(state.PrivateKeyPem))
			if block == nil || block.Type != test.wantPEM || len(rest) != 0 {
				t.Fatalf("private key PEM = %q, want one block %q", state.PrivateKeyPem, test.wantPEM)
			}
			for name, text := range map[string]string{"privateKeyPem": state.PrivateKeyPem, "pkcs8": state.PrivateKeyPemPkcs8} {
				key, algorithm, err := parseKey(text)
				if err != nil || algorithm != test.algorithm {
					t.Fatalf("parseKey(%s) = %q, %v, want %q", name, algorithm, err, test.algorithm)
				}
				if got := keySize(key.Public()); got != test.wantBits {
					t.Errorf("%s has %d bits, want %d", name, got, test.wantBits)
				}
			}
			if !strings.HasPrefix(state.PublicKeyPem, "-----BEGIN PUBLIC KEY-----\n") {
				t.Errorf("publicKeyPem = %q, want a public key", state.PublicKeyPem)
			}
			if test.wantSSH == "" {
				if got := state.PrivateKeyOpenssh + state.PublicKeyOpenssh + state.PublicKeyFingerprintMD5; got != "" {
					t.Errorf("the OpenSSH forms are %q, want none", got)
				}
				return
			}
			if !strings.HasPrefix(state.PublicKeyOpenssh, test.wantSSH) {
				t.Errorf("publicKeyOpenssh = %q, want it to start with %q", state.PublicKeyOpenssh, test.wantSSH)
			}
			public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(state.PublicKeyOpenssh))
			if err != nil {
				t.Fatalf("ParseAuthorizedKey = %v, want a key", err)
			}
			if got, want := state.PublicKeyFingerprintSHA256, ssh.FingerprintSHA256(public); got != want {
				t.Errorf("publicKeyFingerprintSha256 = %q, want %q", got, want)
			}
			if _, _, err := parseKey(state.PrivateKeyOpenssh); err != nil {
				t.Errorf("parseKey(privateKeyOpenssh) = %v, want a key", err)
			}
		})
	}
}

func keySize(public any) int {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen()
	case *ecdsa.PublicKey:
		return key.Curve.Params().BitSize
	case ed25519.PublicKey:
		return len(key) * 8
	}
	return 0
}

func TestGenerateKeyRefuses(t *testing.T) {
	for _, test := range []struct{ algorithm, curve, want string }{
		{"DSA", "P224", `unknown algorithm "DSA"; known are RSA, ECDSA, ED25519`},
		{"ECDSA", "P192", `unknown ecdsaCurve "P192"; known are P224, P256, P384, P521`},
	} {
		if _, err := generateKey(test.algorithm, test.curve, 2048); err == nil || err.Error() != test.want {
			t.Errorf("generateKey(%s, %s) = %v, want %s", test.algorithm, test.curve, err, test.want)
		}
	}
}

func TestChainVerifies(t *testing.T) {
	for _, caKind := range []PrivateKeyArgs{
		{Algorithm: "RSA", RSABits: 2048}, {Algorithm: "ECDSA", ECDSACurve: "P384"}, {Algorithm: "ED25519"},
	} {
		t.Run(caKind.Algorithm, func(t *testing.T) {
			caKey := newKey(t, caKind)
			caID, ca, err := signSelf(SelfSignedCertArgs{
				AllowedUses: []string{"cert_signing", "crl_signing"}, IsCACertificate: true, SetAuthorityKeyID: true,
				PrivateKeyPem: caKey.PrivateKeyPem, SetSubjectKeyID: true, ValidityPeriodHours: 48,
				Subject: &Subject{CommonName: "Root", Organization: "Example", Country: "JP"},
			}, now)
			if err != nil {
				t.Fatalf("signSelf = %v, want a certificate", err)
			}
			root, err := parseCert(ca.CertPem)
			if err != nil {
				t.Fatalf("parseCert = %v, want a certificate", err)
			}
			if got, want := root.Subject.String(), "CN=Root,O=Example,C=JP"; got != want {
				t.Errorf("the root's subject is %s, want %s", got, want)
			}
			if !root.IsCA || root.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign {
				t.Errorf("the root has IsCA %t and uses %b, want an authority that signs", root.IsCA, root.KeyUsage)
			}
			if string(root.SubjectKeyId) != string(root.AuthorityKeyId) || len(root.SubjectKeyId) != 20 {
				t.Errorf("the root's key ids are %x and %x, want the same 20 bytes", root.SubjectKeyId, root.AuthorityKeyId)
			}
			if caID != root.SerialNumber.String() {
				t.Errorf("the root's id is %s, want its serial number %s", caID, root.SerialNumber)
			}

			leafKey := newKey(t, PrivateKeyArgs{Algorithm: "ECDSA", ECDSACurve: "P256"})
			_, request, err := signRequest(CertRequestArgs{
				PrivateKeyPem: leafKey.PrivateKeyPem, DNSNames: []string{"a.example.com"},
				IPAddresses: []string{"10.0.0.1"}, URIs: []string{"spiffe://example/a"},
				Subject: &Subject{CommonName: "a.example.com", EmailAddress: "a@example.com"},
			})
			if err != nil {
				t.Fatalf("signRequest = %v, want a request", err)
			}
			_, leaf, err := signLocally(LocallySignedCertArgs{
				AllowedUses: []string{"digital_signature", "server_auth"}, CACertPem: ca.CertPem,
				CAPrivateKeyPem: caKey.PrivateKeyPem, CertRequestPem: request.CertRequestPem,
				SetSubjectKeyID: true, ValidityPeriodHours: 24, EarlyRenewalHours: 2,
			}, now)
			if err != nil {
				t.Fatalf("signLocally = %v, want a certificate", err)
			}
			cert, err := parseCert(leaf.CertPem)
			if err != nil {
				t.Fatalf("parseCert = %v, want a certificate", err)
			}
			roots := x509.NewCertPool()
			roots.AddCert(root)
			if _, err := cert.Verify(x509.VerifyOptions{DNSName: "a.example.com", Roots: roots, CurrentTime: now}); err != nil {
				t.Errorf("Verify = %v, want a good chain", err)
			}
			if cert.IPAddresses[0].String() != "10.0.0.1" || cert.URIs[0].String() != "spiffe://example/a" {
				t.Errorf("the certificate is for %v and %v, want what was asked for", cert.IPAddresses, cert.URIs)
			}
			if !cert.NotBefore.Equal(now) || !cert.NotAfter.Equal(now.Add(24*time.Hour)) {
				t.Errorf("the certificate holds %s to %s, want 24 hours", cert.NotBefore, cert.NotAfter)
			}
			if leaf.ValidityStartTime != "2024-03-01T12:00:00Z" || leaf.ValidityEndTime != "2024-03-02T12:00:00Z" {
				t.Errorf("validity is %s to %s, want 24 hours from now", leaf.ValidityStartTime, leaf.ValidityEndTime)
			}
			if leaf.CAKeyAlgorithm != caKind.Algorithm || leaf.ReadyForRenewal {
				t.Errorf("caKeyAlgorithm %q, readyForRenewal %t, want %q and false",
					leaf.CAKeyAlgorithm, leaf.ReadyForRenewal, caKind.Algorithm)
			}
		})
	}
}

// TestAuthoritiesNameTheirKey without being asked to; the ends are told to the nanosecond, as the released provider does.
func TestAuthoritiesNameTheirKey(t *testing.T) {
	key := newKey(t, PrivateKeyArgs{Algorithm: "ECDSA", ECDSACurve: "P256"})
	_, ca, err := signSelf(SelfSignedCertArgs{
		AllowedUses: []string{"cert_signing"}, IsCACertificate: true, PrivateKeyPem: key.PrivateKeyPem, ValidityPeriodHours: 1,
		Subject: &Subject{CommonName: "Root"},
	}, now.Add(time.Nanosecond))
	if err != nil {
		t.Fatalf("signSelf = %v, want a certificate", err)
	}
	root, err := parseCert(ca.CertPem)
	if err != nil {
		t.Fatalf("parseCert = %v, want a certificate", err)
	}
	want, err := subjectKeyID(root.PublicKey)
	if err != nil || string(root.SubjectKeyId) != string(want) {
		t.Errorf("the root's key id is %x, want %x (%v)", root.SubjectKeyId, want, err)
	}
	if want := "2024-03-01T13:00:00.000000001Z"; ca.ValidityEndTime != want {
		t.Errorf("validity ends %s, want %s", ca.ValidityEndTime, want)
	}
}

func TestCheckUses(t *testing.T) {
	if err := checkUses([]string{"server_auth", "key_encipherment"}); err != nil {
		t.Errorf("checkUses(known) = %v, want nil", err)
	}
	want := `unknown uses "serverAuth", "any"; known are any_extended, cert_signing, client_auth, code_signing, ` +
		`content_commitment, crl_signing, data_encipherment, decipher_only, digital_signature, email_protection, ` +
		`encipher_only, ipsec_end_system, ipsec_tunnel, ipsec_user, key_agreement, key_encipherment, ` +
		`microsoft_commercial_code_signing, microsoft_kernel_code_signing, microsoft_server_gated_crypto, ` +
		`netscape_server_gated_crypto, ocsp_signing, server_auth, timestamping`
	if err := checkUses([]string{"serverAuth", "client_auth", "any"}); err == nil || err.Error() != want {
		t.Errorf("checkUses(unknown) = %v, want %s", err, want)
	}
}

func TestBadInputs(t *testing.T) {
	key := newKey(t, PrivateKeyArgs{Algorithm: "ED25519"}).PrivateKeyPem
	good := SelfSignedCertArgs{PrivateKeyPem: key, ValidityPeriodHours: 1, AllowedUses: []string{"client_auth"}}
	for _, test := range []struct {
		name string
		edit func(*SelfSignedCertArgs)
		want string
	}{
		{"key", func(a *SelfSignedCertArgs) { a.PrivateKeyPem = "x" }, "reading the private key: ssh: no key found"},
		{"address", func(a *SelfSignedCertArgs) { a.IPAddresses = []string{"10.0.0"} },
			`reading ipAddresses: "10.0.0" is not an IP address`},
		{"hours", func(a *SelfSignedCertArgs) { a.ValidityPeriodHours = -1 },
			"validityPeriodHours is -1, it must not be negative"},
	} {
		args := good
		test.edit(&args)
		if _, _, err := signSelf(args, now); err == nil || err.Error() != test.want {
			t.Errorf("%s: signSelf = %v, want %s", test.name, err, test.want)
		}
	}
	_, _, err := signLocally(LocallySignedCertArgs{CAPrivateKeyPem: key, CACertPem: key}, now)
	if want := `caCertPem: found a PEM block "PRIVATE KEY", a CERTIFICATE is needed`; err == nil || err.Error() != want {
		t.Errorf("signLocally = %v, want %s", err, want)
	}
}
