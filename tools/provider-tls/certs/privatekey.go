package certs

import (
	"context"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"golang.org/x/crypto/ssh"
)

// PrivateKey is a private key that lives in the stack's state.
type PrivateKey struct{}

// Annotate sets the token.
func (r *PrivateKey) Annotate(a infer.Annotator) {
	a.SetToken("index/privateKey", "PrivateKey")
}

// PrivateKeyArgs are its inputs.
type PrivateKeyArgs struct {
	Algorithm  string `pulumi:"algorithm"`
	ECDSACurve string `pulumi:"ecdsaCurve,optional"`
	RSABits    int    `pulumi:"rsaBits,optional"`
}

// Annotate sets the defaults.
func (a *PrivateKeyArgs) Annotate(an infer.Annotator) {
	an.SetDefault(&a.ECDSACurve, "P224")
	an.SetDefault(&a.RSABits, 2048)
}

// PrivateKeyState is its outputs.
type PrivateKeyState struct {
	PrivateKeyArgs
	PrivateKeyPem              string `pulumi:"privateKeyPem" provider:"secret"`
	PrivateKeyPemPkcs8         string `pulumi:"privateKeyPemPkcs8" provider:"secret"`
	PrivateKeyOpenssh          string `pulumi:"privateKeyOpenssh" provider:"secret"`
	PublicKeyPem               string `pulumi:"publicKeyPem"`
	PublicKeyOpenssh           string `pulumi:"publicKeyOpenssh"`
	PublicKeyFingerprintMD5    string `pulumi:"publicKeyFingerprintMd5"`
	PublicKeyFingerprintSHA256 string `pulumi:"publicKeyFingerprintSha256"`
}

// Check refuses algorithms and curves there are none of.
func (PrivateKey) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[PrivateKeyArgs], error) {
	args, failures, err := infer.DefaultCheck[PrivateKeyArgs](ctx, req.NewInputs)
	if err != nil || len(failures) > 0 {
		return infer.CheckResponse[PrivateKeyArgs]{Inputs: args, Failures: failures}, err
	}
	known := map[string]bool{algorithmRSA: true, algorithmECDSA: true, algorithmED25519: true}
	if req.NewInputs.Get("algorithm").IsString() && !known[args.Algorithm] {
		failures = append(failures, p.CheckFailure{Property: "algorithm",
			Reason: fmt.Sprintf("unknown algorithm %q; known are RSA, ECDSA, ED25519", args.Algorithm)})
	}
	if _, ok := curves[args.ECDSACurve]; req.NewInputs.Get("ecdsaCurve").IsString() && !ok {
		failures = append(failures, p.CheckFailure{Property: "ecdsaCurve",
			Reason: fmt.Sprintf("unknown ecdsaCurve %q; known are P224, P256, P384, P521", args.ECDSACurve)})
	}
	return infer.CheckResponse[PrivateKeyArgs]{Inputs: args, Failures: failures}, nil
}

// Create generates the key.
func (PrivateKey) Create(
	_ context.Context, req infer.CreateRequest[PrivateKeyArgs],
) (infer.CreateResponse[PrivateKeyState], error) {
	if req.DryRun {
		return infer.CreateResponse[PrivateKeyState]{Output: PrivateKeyState{PrivateKeyArgs: req.Inputs}}, nil
	}
	key, err := generateKey(req.Inputs.Algorithm, req.Inputs.ECDSACurve, req.Inputs.RSABits)
	if err != nil {
		return infer.CreateResponse[PrivateKeyState]{}, fmt.Errorf("generating the private key: %w", err)
	}
	id, state, err := describeKey(key, req.Inputs)
	if err != nil {
		return infer.CreateResponse[PrivateKeyState]{}, fmt.Errorf("encoding the private key: %w", err)
	}
	return infer.CreateResponse[PrivateKeyState]{ID: id, Output: state}, nil
}

// describeKey encodes a key in all its forms.
func describeKey(key crypto.Signer, args PrivateKeyArgs) (string, PrivateKeyState, error) {
	state := PrivateKeyState{PrivateKeyArgs: args}
	var err error
	if state.PrivateKeyPem, err = traditionalPEM(key); err != nil {
		return "", state, err
	}
	if state.PrivateKeyPemPkcs8, err = pkcs8PEM(key); err != nil {
		return "", state, err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return "", state, err
	}
	state.PublicKeyPem = encodePEM("PUBLIC KEY", der)

	// OpenSSH has no keys on the curve P224; its forms stay empty for those.
	if public, err := ssh.NewPublicKey(key.Public()); err == nil {
		block, err := ssh.MarshalPrivateKey(key, "")
		if err != nil {
			return "", state, err
		}
		state.PrivateKeyOpenssh = string(pem.EncodeToMemory(block))
		state.PublicKeyOpenssh = string(ssh.MarshalAuthorizedKey(public))
		state.PublicKeyFingerprintMD5 = ssh.FingerprintLegacyMD5(public)
		state.PublicKeyFingerprintSHA256 = ssh.FingerprintSHA256(public)
	}
	return fingerprint(der), state, nil
}

// publicKeyBits returns the bare key inside a public key's DER encoding.
func publicKeyBits(der []byte) ([]byte, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, fmt.Errorf("reading the public key: %w", err)
	}
	return info.Key.RightAlign(), nil
}
