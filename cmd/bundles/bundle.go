package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// bundle is what one client gets, as the stack's output has it.
type bundle struct {
	PrivateKey  string `json:"privateKey"`  // PEM
	Certificate string `json:"certificate"` // PEM, with what leads to the authority
	Authority   string `json:"authority"`   // PEM
	P12         string `json:"p12"`         // base64
	Password    string `json:"password"`    // of the .p12
	Expires     string `json:"expires"`     // RFC 3339
}

// clientName is what a client may be called, and so what a folder may.
var clientName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// masked is what Pulumi shows in the place of a secret.
const masked = "[secret]"

const asked = "pulumi stack output clientBundles --json --show-secrets"

// read reads the bundles of all clients, and fails unless each is whole.
func read(in io.Reader) (map[string]bundle, error) {
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, fmt.Errorf("reading the bundles: %w", err)
	}
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return nil, fmt.Errorf("there is nothing to write: no bundles came in; they are what this prints: %s", asked)
	}
	if bytes.Contains(text, []byte(`"`+masked+`"`)) {
		return nil, fmt.Errorf("the bundles are hidden (%s); ask for them with --show-secrets: %s", masked, asked)
	}
	// Errors quote nothing of what was read: it has keys in it.
	var bundles map[string]bundle
	var wrongType *json.UnmarshalTypeError
	switch err := json.Unmarshal(text, &bundles); {
	case errors.As(err, &wrongType):
		return nil, fmt.Errorf("these are no bundles: %s is of type %s; expected is the JSON of %s",
			place(wrongType.Field), wrongType.Value, asked)
	case err != nil:
		return nil, fmt.Errorf("these are no bundles, or not all of them (%d bytes came in): %w; expected is the JSON of %s",
			len(text), err, asked)
	}
	if len(bundles) == 0 {
		return nil, errors.New("there is nothing to write: the stack issues no certificates; torii:authority.clients names who gets one")
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(bundles)) {
		if !clientName.MatchString(name) {
			problems = append(problems, fmt.Errorf("%q cannot be a client's name: lower-case letters, digits and -, a letter first", name))
			continue
		}
		for _, problem := range bundles[name].problems() {
			problems = append(problems, fmt.Errorf("%s: %s", name, problem))
		}
	}
	return bundles, errors.Join(problems...)
}

func place(field string) string {
	if field == "" {
		return "the whole"
	}
	return field
}

// problems says what keeps the bundle from being of use, without a word of it.
func (b bundle) problems() []string {
	var all []string
	if _, err := tls.X509KeyPair([]byte(b.Certificate), []byte(b.PrivateKey)); err != nil {
		all = append(all, "privateKey and certificate are not of use together: "+err.Error())
	}
	if !x509.NewCertPool().AppendCertsFromPEM([]byte(b.Authority)) {
		all = append(all, "authority has no certificate")
	}
	if raw, err := base64.StdEncoding.DecodeString(b.P12); err != nil || len(raw) == 0 {
		all = append(all, "p12 is not base64")
	}
	if b.Password == "" || strings.ContainsAny(b.Password, "\r\n") {
		all = append(all, "password is not one line")
	}
	if _, err := time.Parse(time.RFC3339, b.Expires); err != nil {
		all = append(all, "expires is not a time")
	}
	return all
}

// file is a file of a bundle.
type file struct {
	name string
	text []byte
}

// files are the files of a bundle that is whole.
func (b bundle) files() ([]file, error) {
	p12, err := base64.StdEncoding.DecodeString(b.P12)
	return []file{
		{"key.pem", []byte(b.PrivateKey)},
		{"certificate.pem", []byte(b.Certificate)},
		{"authority.pem", []byte(b.Authority)},
		{"client.p12", p12},
		{"password.txt", []byte(b.Password + "\n")}, // a line, which openssl and pk12util read from a file
	}, err
}
