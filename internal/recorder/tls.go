package recorder

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// sealed is what the TLS provider would have made: real keys, requests and certificates, as programs look into them. It
// is nothing for resources of other providers.
func sealed(args pulumi.MockResourceArgs) (resource.PropertyMap, error) {
	switch args.TypeToken {
	case "tls:index/privateKey:PrivateKey":
		return newKey(args)
	case "tls:index/certRequest:CertRequest":
		return newRequest(args.Inputs)
	case "tls:index/selfSignedCert:SelfSignedCert":
		return selfSigned(args.Inputs)
	case "tls:index/locallySignedCert:LocallySignedCert":
		return locallySigned(args.Inputs)
	}
	return nil, nil
}

// keys are those made so far, by name and kind: large RSA keys take a second each, and programs are recorded many times.
var keys sync.Map

func newKey(args pulumi.MockResourceArgs) (resource.PropertyMap, error) {
	bits := 2048
	if given := args.Inputs["rsaBits"]; given.IsNumber() {
		bits = int(given.NumberValue())
	}
	algorithm := text(args.Inputs, "algorithm")
	wanted := fmt.Sprint(args.Name, algorithm, bits)
	made, found := keys.Load(wanted)
	if !found {
		var key crypto.Signer
		var err error
		if algorithm == "RSA" {
			key, err = rsa.GenerateKey(rand.Reader, bits)
		} else {
			key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		}
		if err != nil {
			return nil, fmt.Errorf("recorder: making key %s: %w", args.Name, err)
		}
		made, _ = keys.LoadOrStore(wanted, key)
	}
	private, err := x509.MarshalPKCS8PrivateKey(made)
	if err != nil {
		return nil, fmt.Errorf("recorder: writing key %s: %w", args.Name, err)
	}
	public, err := x509.MarshalPKIXPublicKey(made.(crypto.Signer).Public())
	if err != nil {
		return nil, fmt.Errorf("recorder: writing key %s: %w", args.Name, err)
	}
	return resource.PropertyMap{
		"privateKeyPem": resource.MakeSecret(block("PRIVATE KEY", private)), "publicKeyPem": block("PUBLIC KEY", public),
	}, nil
}

func newRequest(inputs resource.PropertyMap) (resource.PropertyMap, error) {
	key, err := keyIn(inputs, "privateKeyPem")
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: subject(inputs), DNSNames: texts(inputs, "dnsNames"),
	}, key)
	if err != nil {
		return nil, fmt.Errorf("recorder: asking for a certificate: %w", err)
	}
	return resource.PropertyMap{"certRequestPem": block("CERTIFICATE REQUEST", der)}, nil
}

func selfSigned(inputs resource.PropertyMap) (resource.PropertyMap, error) {
	key, err := keyIn(inputs, "privateKeyPem")
	if err != nil {
		return nil, err
	}
	wanted := &x509.Certificate{Subject: subject(inputs), DNSNames: texts(inputs, "dnsNames")}
	return sign(inputs, wanted, wanted, key.Public(), key)
}

func locallySigned(inputs resource.PropertyMap) (resource.PropertyMap, error) {
	key, err := keyIn(inputs, "caPrivateKeyPem")
	if err != nil {
		return nil, err
	}
	issuer, err := x509.ParseCertificate(der(inputs, "caCertPem"))
	if err != nil {
		return nil, fmt.Errorf("recorder: reading an authority: %w", err)
	}
	asked, err := x509.ParseCertificateRequest(der(inputs, "certRequestPem"))
	if err != nil {
		return nil, fmt.Errorf("recorder: reading a request: %w", err)
	}
	wanted := &x509.Certificate{RawSubject: asked.RawSubject, DNSNames: asked.DNSNames}
	return sign(inputs, wanted, issuer, asked.PublicKey, key)
}

// usages are the uses that programs here name.
var usages = map[string]x509.KeyUsage{
	"digital_signature": x509.KeyUsageDigitalSignature, "key_encipherment": x509.KeyUsageKeyEncipherment,
	"cert_signing": x509.KeyUsageCertSign, "crl_signing": x509.KeyUsageCRLSign,
}

var extendedUsages = map[string]x509.ExtKeyUsage{"server_auth": x509.ExtKeyUsageServerAuth, "client_auth": x509.ExtKeyUsageClientAuth}

func sign(
	inputs resource.PropertyMap, wanted, issuer *x509.Certificate, public crypto.PublicKey, by crypto.Signer,
) (resource.PropertyMap, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, fmt.Errorf("recorder: numbering a certificate: %w", err)
	}
	wanted.SerialNumber = serial
	wanted.NotBefore = time.Now().Truncate(time.Second)
	if hours := inputs["validityPeriodHours"]; hours.IsNumber() {
		wanted.NotAfter = wanted.NotBefore.Add(time.Duration(hours.NumberValue()) * time.Hour)
	}
	wanted.BasicConstraintsValid = true
	wanted.IsCA = inputs["isCaCertificate"].IsBool() && inputs["isCaCertificate"].BoolValue()
	for _, use := range texts(inputs, "allowedUses") {
		usage, simple := usages[use]
		extended, known := extendedUsages[use]
		switch {
		case simple:
			wanted.KeyUsage |= usage
		case known:
			wanted.ExtKeyUsage = append(wanted.ExtKeyUsage, extended)
		default:
			return nil, fmt.Errorf("recorder: %q is no use that certificates have here", use)
		}
	}
	if chosen := inputs["setSubjectKeyId"]; chosen.IsBool() && chosen.BoolValue() {
		spki, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			return nil, fmt.Errorf("recorder: naming a key: %w", err)
		}
		sum := sha1.Sum(spki)
		wanted.SubjectKeyId = sum[:]
	}
	made, err := x509.CreateCertificate(rand.Reader, wanted, issuer, public, by)
	if err != nil {
		return nil, fmt.Errorf("recorder: signing a certificate: %w", err)
	}
	return resource.PropertyMap{
		"certPem":           block("CERTIFICATE", made),
		"validityStartTime": resource.NewStringProperty(wanted.NotBefore.Format(time.RFC3339)),
		"validityEndTime":   resource.NewStringProperty(wanted.NotAfter.Format(time.RFC3339)),
		"readyForRenewal":   resource.NewBoolProperty(false),
	}, nil
}

func subject(inputs resource.PropertyMap) pkix.Name {
	given := inputs["subject"]
	if !given.IsObject() {
		return pkix.Name{}
	}
	name := pkix.Name{CommonName: text(given.ObjectValue(), "commonName")}
	if organization := text(given.ObjectValue(), "organization"); organization != "" {
		name.Organization = []string{organization}
	}
	return name
}

func keyIn(inputs resource.PropertyMap, name resource.PropertyKey) (crypto.Signer, error) {
	raw := der(inputs, name)
	if parsed, err := x509.ParsePKCS8PrivateKey(raw); err == nil {
		return parsed.(crypto.Signer), nil // the kinds made here
	}
	if parsed, err := x509.ParseECPrivateKey(raw); err == nil {
		return parsed, nil
	}
	parsed, err := x509.ParsePKCS1PrivateKey(raw)
	if err != nil {
		return nil, fmt.Errorf("recorder: %s is no private key", name)
	}
	return parsed, nil
}

// der is the first PEM block of an input, or nothing.
func der(inputs resource.PropertyMap, name resource.PropertyKey) []byte {
	found, _ := pem.Decode([]byte(text(inputs, name)))
	if found == nil {
		return nil
	}
	return found.Bytes
}

func block(kind string, der []byte) resource.PropertyValue {
	return resource.NewStringProperty(string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
}

// text is an input, secret or not.
func text(inputs resource.PropertyMap, name resource.PropertyKey) string {
	value := inputs[name]
	if value.IsSecret() {
		value = value.SecretValue().Element
	}
	if !value.IsString() {
		return ""
	}
	return value.StringValue()
}

func texts(inputs resource.PropertyMap, name resource.PropertyKey) []string {
	var all []string
	if inputs[name].IsArray() {
		for _, each := range inputs[name].ArrayValue() {
			if each.IsString() {
				all = append(all, each.StringValue())
			}
		}
	}
	return all
}
