package authority

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Types of PEM blocks.
const (
	certificateBlock = "CERTIFICATE"
	listBlock        = "X509 CRL"
)

// blocks reads PEM blocks, which must all be of one type, and nothing but blank lines and comments between them.
func blocks(text, kind string) ([][]byte, error) {
	var all [][]byte
	rest := []byte(text)
	for {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			break
		}
		if block.Type != kind {
			return nil, fmt.Errorf("there is a %s where only %s is wanted", block.Type, kind)
		}
		all = append(all, block.Bytes)
	}
	if strings.Contains(string(rest), "-----BEGIN") {
		return nil, errors.New("a PEM block is damaged")
	}
	return all, nil
}

// certificates reads certificates in PEM, at least one.
func certificates(text string) ([]*x509.Certificate, error) {
	found, err := blocks(text, certificateBlock)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errors.New("there is no certificate in PEM")
	}
	var all []*x509.Certificate
	for _, der := range found {
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		all = append(all, parsed)
	}
	return all, nil
}

// revocationLists reads revocation lists in PEM, maybe none.
func revocationLists(text string) ([]*x509.RevocationList, error) {
	found, err := blocks(text, listBlock)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 && strings.TrimSpace(text) != "" {
		return nil, errors.New("there is no revocation list in PEM")
	}
	var all []*x509.RevocationList
	for _, der := range found {
		parsed, err := x509.ParseRevocationList(der)
		if err != nil {
			return nil, err
		}
		all = append(all, parsed)
	}
	return all, nil
}

// privateKey reads a private key in any of the usual forms of PEM, but not an encrypted one.
func privateKey(text string) (crypto.Signer, error) {
	rest := []byte(text)
	for {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			return nil, errors.New("there is no private key in PEM")
		}
		switch {
		case block.Type == "EC PARAMETERS": // OpenSSL puts them before the key
			continue
		case strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != "":
			return nil, errors.New("the private key has a password; take it off, Pulumi encrypts the key")
		case block.Type == "RSA PRIVATE KEY":
			return x509.ParsePKCS1PrivateKey(block.Bytes)
		case block.Type == "EC PRIVATE KEY":
			return x509.ParseECPrivateKey(block.Bytes)
		case block.Type == "PRIVATE KEY":
			return pkcs8(block.Bytes)
		}
		return nil, fmt.Errorf("there is a %s where a private key is wanted", block.Type)
	}
}

func pkcs8(der []byte) (crypto.Signer, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	switch key := parsed.(type) {
	case *rsa.PrivateKey:
		return key, nil
	case *ecdsa.PrivateKey:
		return key, nil
	}
	return nil, errors.New("the private key is neither RSA nor ECDSA")
}

// plainKey writes a private key in the one form that every program reads. How it came, a further line or less, then makes
// no difference to what is signed with it.
func plainKey(text string) (string, error) {
	signer, err := privateKey(text)
	if err != nil {
		return "", fmt.Errorf("reading the authority's key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return "", fmt.Errorf("reading the authority's key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

func encode(certificate *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: certificate.Raw}))
}

func selfSigned(certificate *x509.Certificate) bool {
	return bytes.Equal(certificate.RawSubject, certificate.RawIssuer)
}

// keyID is the identifier of a certificate's key, which those that it signs refer to. Source: RFC 5280, 4.2.1.2.
func keyID(certificate *x509.Certificate) []byte {
	if len(certificate.SubjectKeyId) > 0 {
		return certificate.SubjectKeyId
	}
	var public struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(certificate.RawSubjectPublicKeyInfo, &public); err != nil {
		return nil // cannot be: it was parsed before
	}
	sum := sha1.Sum(public.Key.RightAlign())
	return sum[:]
}
