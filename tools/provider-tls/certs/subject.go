package certs

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net"
	"net/url"
)

// Subject is the name a certificate or request is for.
type Subject struct {
	CommonName         string   `pulumi:"commonName,optional"`
	Country            string   `pulumi:"country,optional"`
	EmailAddress       string   `pulumi:"emailAddress,optional"`
	Locality           string   `pulumi:"locality,optional"`
	Organization       string   `pulumi:"organization,optional"`
	OrganizationalUnit string   `pulumi:"organizationalUnit,optional"`
	PostalCode         string   `pulumi:"postalCode,optional"`
	Province           string   `pulumi:"province,optional"`
	SerialNumber       string   `pulumi:"serialNumber,optional"`
	StreetAddresses    []string `pulumi:"streetAddresses,optional"`
}

// emailOID is the object identifier of the e-mail address in a name (PKCS #9).
var emailOID = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

// name converts a subject; nil is the empty name.
func (s *Subject) name() pkix.Name {
	if s == nil {
		return pkix.Name{}
	}
	n := pkix.Name{
		CommonName:         s.CommonName,
		Country:            one(s.Country),
		Locality:           one(s.Locality),
		Organization:       one(s.Organization),
		OrganizationalUnit: one(s.OrganizationalUnit),
		PostalCode:         one(s.PostalCode),
		Province:           one(s.Province),
		SerialNumber:       s.SerialNumber,
		StreetAddress:      s.StreetAddresses,
	}
	if s.EmailAddress != "" {
		n.ExtraNames = append(n.ExtraNames, pkix.AttributeTypeAndValue{
			Type:  emailOID,
			Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(s.EmailAddress)},
		})
	}
	return n
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// addresses parses IP addresses and URIs.
func addresses(ips, uris []string) ([]net.IP, []*url.URL, error) {
	var parsedIPs []net.IP
	for _, s := range ips {
		ip := net.ParseIP(s)
		if ip == nil {
			return nil, nil, fmt.Errorf("reading ipAddresses: %q is not an IP address", s)
		}
		parsedIPs = append(parsedIPs, ip)
	}
	var parsedURIs []*url.URL
	for _, s := range uris {
		u, err := url.Parse(s)
		if err != nil {
			return nil, nil, fmt.Errorf("reading uris: %w", err)
		}
		parsedURIs = append(parsedURIs, u)
	}
	return parsedIPs, parsedURIs, nil
}
