package authority

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"software.sslmate.com/src/go-pkcs12"
)

// bundle is what a client is given with its certificate.
func (m *maker) bundle(of leaf) Bundle {
	b := Bundle{
		PrivateKey:  of.key,
		Certificate: with(of.certificate, m.clients.between),
		Authority:   m.servers.trusted,
		Expires:     of.expires,
	}
	b.Password = of.key.ApplyT(password).(pulumi.StringOutput)
	b.P12 = pulumi.All(of.key, of.certificate, m.clients.trusted).ApplyT(func(of []any) (string, error) {
		return p12(of[0].(string), of[1].(string), of[2].(string))
	}).(pulumi.StringOutput)
	return b
}

// password is what opens the .p12 of a private key. It comes from the key, so that it stays as long as the key does and
// nothing else has to be kept; the way back is no shorter than guessing its 120 bits.
func password(key string) (string, error) {
	secret, err := derived(key, "torii client.p12 password", 15)
	if err != nil {
		return "", err
	}
	letters := strings.ToLower(base32.StdEncoding.EncodeToString(secret))
	return strings.Join(slices.Collect(quarters(letters)), "-"), nil
}

// quarters cuts a text into groups of four.
func quarters(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for group := range slices.Chunk([]byte(text), 4) {
			if !yield(string(group)) {
				return
			}
		}
	}
}

// p12 packs a key, its certificate and the authorities. The same three make the same bytes, as no change would ever be
// seen otherwise: salts come from the key, and are others for another certificate.
func p12(key, certificate, authorities string) (string, error) {
	signer, err := privateKey(key)
	if err != nil {
		return "", fmt.Errorf("reading a client's key: %w", err)
	}
	own, err := certificates(certificate)
	if err != nil {
		return "", fmt.Errorf("reading a client's certificate: %w", err)
	}
	above, err := certificates(authorities)
	if err != nil {
		return "", fmt.Errorf("reading the authority: %w", err)
	}
	opener, err := password(key)
	if err != nil {
		return "", err
	}
	fingerprint := sha256.Sum256([]byte(certificate + authorities))
	salts, err := derived(key, "torii client.p12 salts "+string(fingerprint[:]), 256)
	if err != nil {
		return "", err
	}
	packed, err := pkcs12.Modern2023.WithRand(bytes.NewReader(salts)).Encode(signer, own[0], above, opener)
	if err != nil {
		return "", fmt.Errorf("packing a client's certificate: %w", err)
	}
	return base64.StdEncoding.EncodeToString(packed), nil
}

// derived makes bytes from a private key that say nothing about it.
func derived(key, purpose string, length int) ([]byte, error) {
	signer, err := privateKey(key)
	if err != nil {
		return nil, fmt.Errorf("reading a client's key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, fmt.Errorf("reading a client's key: %w", err)
	}
	made, err := hkdf.Key(sha256.New, der, nil, purpose, length)
	if err != nil {
		return nil, fmt.Errorf("deriving from a client's key: %w", err)
	}
	return made, nil
}
