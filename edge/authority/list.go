package authority

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// lists makes the list of revoked certificates, and takes over the ones that were brought.
func (m *maker) lists(ledger []Issued) error {
	var brought []string
	if m.args.Brought != nil {
		parsed, err := revocationLists(m.args.Brought.RevocationLists)
		if err != nil {
			return fmt.Errorf("reading the revocation lists of %s: %w", m.name, err)
		}
		for _, each := range parsed {
			brought = append(brought, string(pem.EncodeToMemory(&pem.Block{Type: listBlock, Bytes: each.Raw})))
		}
	}
	m.self.Revoked = anyRevoked(ledger) || len(brought) > 0
	if m.clients != nil {
		own := pulumi.All(m.clients.certificate, m.clients.key).ApplyT(func(of []any) (string, error) {
			return revocationList(of[0].(string), of[1].(string), ledger)
		}).(pulumi.StringOutput)
		m.self.RevocationLists = append(m.self.RevocationLists, public(own))
	} else {
		m.self.Revoked = len(brought) > 0
	}
	for _, each := range brought {
		m.self.RevocationLists = append(m.self.RevocationLists, pulumi.String(each))
	}
	return nil
}

// slow is how far the clock of a server may be behind. Servers turn everybody away while their list is from the future.
const slow = time.Hour

// revocationList is the list, in PEM, of the revoked certificates that an authority has signed. The same ledger makes the
// same bytes. It is good for as long as the authority: nginx turns everybody away once a list is out of date, and nobody
// deploys for the sake of a date.
func revocationList(authority, key string, ledger []Issued) (string, error) {
	parsed, err := certificates(authority)
	if err != nil {
		return "", fmt.Errorf("reading the authority: %w", err)
	}
	signer, err := privateKey(key)
	if err != nil {
		return "", fmt.Errorf("reading the authority's key: %w", err)
	}
	issuer := *parsed[0]
	// Go insists on both, which certificates may lack.
	issuer.SubjectKeyId = keyID(&issuer)
	if issuer.KeyUsage == 0 {
		issuer.KeyUsage = x509.KeyUsageCRLSign
	}
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: issuer.NotBefore, NextUpdate: issuer.NotAfter}
	for _, each := range ledger {
		if !each.Revoked {
			continue
		}
		at, err := time.Parse(time.RFC3339, each.RevokedAt)
		if err != nil {
			return "", fmt.Errorf("reading when the certificate of %s was revoked: %w", each.Client, err)
		}
		if number := big.NewInt(at.Unix()); number.Cmp(list.Number) > 0 {
			list.Number = number
		}
		if from := at.Add(-slow); from.After(list.ThisUpdate) {
			list.ThisUpdate = from
		}
		if each.Authority != hex.EncodeToString(issuer.SubjectKeyId) {
			continue
		}
		serial, ok := new(big.Int).SetString(each.Serial, 16)
		if !ok {
			return "", fmt.Errorf("reading what was issued to %s: %q is not a serial number", each.Client, each.Serial)
		}
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: serial, RevocationTime: at,
		})
	}
	// Without a source of chance, elliptic keys sign as RFC 6979 says, the same each time; RSA keys do in any case.
	made, err := x509.CreateRevocationList(nil, list, &issuer, signer)
	if err != nil {
		return "", fmt.Errorf("signing the revocation list: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: listBlock, Bytes: made})), nil
}
