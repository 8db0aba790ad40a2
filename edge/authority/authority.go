// Package authority runs the certificate authority of a stack: it signs the certificates of clients and of the servers
// that ask for them, and keeps the list of the ones that were taken back. Its key is in Pulumi's state, encrypted, and
// nowhere else.
package authority

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Type is the type of an authority in Pulumi's state. Its output IssuedOutput holds what was issued as soon as it is, so
// that a deployment which fails later on has not forgotten it.
const (
	Type         = "torii:edge:Authority"
	IssuedOutput = "issuedCertificates"
)

// Algorithm is the kind of all keys that are made here.
type Algorithm string

// Kinds of keys.
const (
	ECDSA Algorithm = "ECDSA" // on the curve P-256
	RSA   Algorithm = "RSA"   // 2048 bits, the authority's own 3072; for old clients
)

// Args describes an authority.
type Args struct {
	// Clients are the names that hold a certificate each: 1 to 64 small letters, digits and hyphens, which no subject or
	// configuration has to quote; each of them once. A name that is taken out has all certificates revoked that it ever had;
	// put back, it is given a new one. Must be empty when an authority is brought without its key.
	Clients []string
	Issued  []Issued // What earlier deployments handed out: Authority.Issued as it last was. Optional.

	Brought *Brought // Optional. An authority that exists; without it the stack makes one.

	Algorithm      Algorithm // Required.
	ValidDays      int       // Required. Life of the certificates of clients and servers.
	RenewDays      int       // Required, less than ValidDays. The first `pulumi up` in the last so many days makes a new one.
	AuthorityYears int       // Required, longer than ValidDays and RenewDays together. Life of the stack's own authority.
	Organization   string    // Required, at most 64 characters. The organization in all subjects.
	Protect        bool      // Pulumi then refuses to delete the authority's key.
}

// Brought is an authority that exists. Check says what is wrong with one.
type Brought struct {
	// Certificates are in PEM: first the one that signs, then those above it up to the root. Required.
	Certificates string
	// Key of the first certificate, in PEM. Without it the clients' certificates come from elsewhere, and the stack has an
	// authority of its own that signs servers only.
	Key pulumi.StringInput
	// RevocationLists are those of the certificates that Key does not sign for, in PEM. Optional.
	RevocationLists string
}

// Authority signs certificates.
type Authority struct {
	pulumi.ResourceState

	ClientAuthorities pulumi.StringOutput // in PEM: clients with a certificate of one of these are to be admitted
	// RevocationLists are one PEM each, first the one that is made here. There is one, maybe without an entry, unless the
	// authority was brought without its key; with lists that were brought there are more.
	RevocationLists pulumi.StringArray
	Revoked         bool                // some certificate is revoked, or lists were brought
	Certificate     pulumi.StringOutput // in PEM: what the certificates of servers are checked against
	Bundles         map[string]Bundle   // by client; all keys but these and the servers' stay here
	Issued          pulumi.Output       // []Issued, which the next deployment needs; without secrets

	m *maker
}

// Bundle is what a client is given.
type Bundle struct {
	PrivateKey  pulumi.StringOutput // secret, in PEM
	Certificate pulumi.StringOutput // in PEM, with those between it and the root
	Authority   pulumi.StringOutput // in PEM: what to check the servers' certificates against
	P12         pulumi.StringOutput // secret: all these for browsers, PKCS #12 in base64
	Password    pulumi.StringOutput // secret, of the P12
	Expires     pulumi.StringOutput // RFC 3339
}

// New makes an authority and a certificate for each client; its parts are named after it. It fails when a name is none or
// given twice, when lives do not fit into each other, when there is nothing to sign clients' certificates with, and
// when what was brought or issued cannot be read.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Authority, error) {
	if err := args.check(); err != nil {
		return nil, fmt.Errorf("creating authority %s: %w", name, err)
	}
	ledger, err := settle(args.Issued, args.Clients, time.Now())
	if err != nil {
		return nil, fmt.Errorf("creating authority %s: %w", name, err)
	}
	self := &Authority{Bundles: map[string]Bundle{}, RevocationLists: pulumi.StringArray{}}
	if err := ctx.RegisterComponentResource(Type, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering authority %s: %w", name, err)
	}
	m := &maker{ctx: ctx, name: name, args: args, self: self}
	self.m = m
	if err := m.signers(); err != nil {
		return nil, err
	}
	certificates := pulumi.StringArray{}
	for _, client := range slices.Sorted(slices.Values(args.Clients)) {
		leaf, err := m.client(client, round(ledger, client))
		if err != nil {
			return nil, err
		}
		self.Bundles[client] = m.bundle(leaf)
		certificates = append(certificates, leaf.certificate)
	}
	if err := m.lists(ledger); err != nil {
		return nil, err
	}
	self.Certificate = m.servers.trusted
	self.Issued = m.issued(ledger, certificates)
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{
		"certificate": self.Certificate, "clientAuthorities": self.ClientAuthorities, IssuedOutput: self.Issued,
	})
}

const longestName = 64 // X.509's upper bound of common and organization names

var clientName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

func (a *Args) check() error {
	years := a.AuthorityYears * daysPerYear
	switch {
	case a.Algorithm != ECDSA && a.Algorithm != RSA:
		return fmt.Errorf("%q is not a kind of key", a.Algorithm)
	case a.ValidDays < 1 || a.RenewDays < 0 || a.RenewDays >= a.ValidDays:
		return errors.New("certificates live for a day at least, and longer than the time in which they are renewed")
	case years <= a.ValidDays+a.RenewDays:
		return errors.New("the authority does not outlive what it signs")
	case a.Organization == "" || len(a.Organization) > longestName:
		return fmt.Errorf("organization %q has not 1 to %d characters", a.Organization, longestName)
	case a.Brought != nil && a.Brought.Key == nil && len(a.Clients) > 0:
		return errors.New("there are clients, and no key to sign their certificates with")
	}
	seen := map[string]bool{}
	for _, client := range a.Clients {
		if !clientName.MatchString(client) {
			return fmt.Errorf("client %q has not 1 to %d small letters, digits and hyphens", client, longestName)
		}
		if seen[client] {
			return fmt.Errorf("client %s is there twice", client)
		}
		seen[client] = true
	}
	return nil
}

// maker carries what the parts of an authority share while it is made.
type maker struct {
	ctx  *pulumi.Context
	name string
	args *Args
	self *Authority

	clients *signer // nil: clients' certificates come from elsewhere
	servers *signer
}

// ClientBundles are the bundles as a stack's output, by client. The output is secret.
func (a *Authority) ClientBundles() pulumi.Output {
	all := pulumi.Map{}
	for _, client := range slices.Sorted(maps.Keys(a.Bundles)) {
		b := a.Bundles[client]
		all[client] = pulumi.StringMap{
			"privateKey": b.PrivateKey, "certificate": b.Certificate, "authority": b.Authority,
			"p12": b.P12, "password": b.Password, "expires": b.Expires,
		}
	}
	return pulumi.ToSecret(all)
}
