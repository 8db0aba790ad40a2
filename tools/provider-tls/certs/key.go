package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// The algorithms of private keys.
const (
	algorithmRSA     = "RSA"
	algorithmECDSA   = "ECDSA"
	algorithmED25519 = "ED25519"
)

// curves are the elliptic curves of ECDSA keys.
var curves = map[string]elliptic.Curve{
	"P224": elliptic.P224(),
	"P256": elliptic.P256(),
	"P384": elliptic.P384(),
	"P521": elliptic.P521(),
}

// generateKey makes a private key.
func generateKey(algorithm, curve string, bits int) (crypto.Signer, error) {
	switch algorithm {
	case algorithmRSA:
		return rsa.GenerateKey(rand.Reader, bits)
	case algorithmECDSA:
		c, ok := curves[curve]
		if !ok {
			return nil, fmt.Errorf("unknown ecdsaCurve %q; known are P224, P256, P384, P521", curve)
		}
		return ecdsa.GenerateKey(c, rand.Reader)
	case algorithmED25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return nil, fmt.Errorf("unknown algorithm %q; known are RSA, ECDSA, ED25519", algorithm)
}

// parseKey reads a private key in any of the usual PEM forms and names its algorithm.
func parseKey(text string) (crypto.Signer, string, error) {
	raw, err := ssh.ParseRawPrivateKey([]byte(text))
	if err != nil {
		return nil, "", fmt.Errorf("reading the private key: %w", err)
	}
	switch key := raw.(type) {
	case *rsa.PrivateKey:
		return key, algorithmRSA, nil
	case *ecdsa.PrivateKey:
		return key, algorithmECDSA, nil
	case ed25519.PrivateKey:
		return key, algorithmED25519, nil
	case *ed25519.PrivateKey:
		return *key, algorithmED25519, nil
	}
	return nil, "", fmt.Errorf("reading the private key: %T is not supported", raw)
}

// traditionalPEM encodes a private key in the form of its kind: PKCS #1, SEC 1, or PKCS #8 for Ed25519.
func traditionalPEM(key crypto.Signer) (string, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return encodePEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), nil
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return "", err
		}
		return encodePEM("EC PRIVATE KEY", der), nil
	}
	return pkcs8PEM(key)
}

func pkcs8PEM(key crypto.Signer) (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return encodePEM("PRIVATE KEY", der), nil
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// decodePEM returns the content of the first block, which must be of the given kind.
func decodePEM(text, kind string) ([]byte, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("no PEM block found, a %s is needed", kind)
	}
	if block.Type != kind {
		return nil, fmt.Errorf("found a PEM block %q, a %s is needed", block.Type, kind)
	}
	return block.Bytes, nil
}

// fingerprint is the SHA-1 of a DER encoding, used as a resource id.
func fingerprint(der []byte) string {
	sum := sha1.Sum(der)
	return hex.EncodeToString(sum[:])
}

// subjectKeyID is the identifier of a public key in certificates (RFC 5280, 4.2.1.2, first method).
func subjectKeyID(public crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("encoding the public key: %w", err)
	}
	bits, err := publicKeyBits(der)
	if err != nil {
		return nil, err
	}
	sum := sha1.Sum(bits)
	return sum[:], nil
}
