package authority

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Issued is a certificate that a client was given.
type Issued struct {
	Client    string `pulumi:"client"`
	Serial    string `pulumi:"serial"`    // hexadecimal, lower case, whole bytes
	Authority string `pulumi:"authority"` // identifier of the key that signed it, hexadecimal
	NotAfter  string `pulumi:"notAfter"`  // RFC 3339
	Revoked   bool   `pulumi:"revoked"`
	RevokedAt string `pulumi:"revokedAt"` // RFC 3339; empty unless revoked
	Round     int    `pulumi:"round"`     // how often the client had been taken out before
}

// settle is what becomes of the certificates handed out before: those of clients that are there no more are revoked,
// which they stay. What has ended is forgotten, if it was revoked only together with the next revocation: so the list of
// the revoked ones never changes but with a later date and number.
func settle(before []Issued, clients []string, now time.Time) ([]Issued, error) {
	revoking := false
	var kept []Issued
	for _, each := range before {
		end, err := time.Parse(time.RFC3339, each.NotAfter)
		if err != nil {
			return nil, fmt.Errorf("reading what was issued to %s: %w", each.Client, err)
		}
		over := !now.Before(end)
		if over && !each.Revoked {
			continue
		}
		if !each.Revoked && !slices.Contains(clients, each.Client) {
			each.Revoked, each.RevokedAt, revoking = true, now.UTC().Format(time.RFC3339), true
		}
		kept = append(kept, each)
	}
	if revoking {
		kept = slices.DeleteFunc(kept, func(each Issued) bool {
			end, err := time.Parse(time.RFC3339, each.NotAfter)
			return err == nil && !now.Before(end)
		})
	}
	return kept, nil
}

// round is how often a client was taken out: that of its good certificates, or one more than that of the revoked ones.
func round(ledger []Issued, client string) int {
	good, revoked := -1, -1
	for _, each := range ledger {
		switch {
		case each.Client != client:
		case each.Revoked:
			revoked = max(revoked, each.Round)
		default:
			good = max(good, each.Round)
		}
	}
	return max(good, revoked+1)
}

// anyRevoked says whether a certificate was taken back.
func anyRevoked(ledger []Issued) bool {
	return slices.ContainsFunc(ledger, func(each Issued) bool { return each.Revoked })
}

// issued is the ledger with the certificates that are current.
func (m *maker) issued(ledger []Issued, current pulumi.StringArray) pulumi.Output {
	if m.clients == nil {
		return pulumi.ToOutput(append([]Issued{}, ledger...))
	}
	return pulumi.All(m.clients.certificate, current).ApplyT(func(of []any) ([]Issued, error) {
		return enter(ledger, of[0].(string), of[1].([]string))
	})
}

// enter adds the certificates that are current to those handed out before. Both they and their authority are in PEM.
func enter(ledger []Issued, authority string, current []string) ([]Issued, error) {
	issuer, err := certificates(authority)
	if err != nil {
		return nil, fmt.Errorf("reading the authority: %w", err)
	}
	all := append([]Issued{}, ledger...)
	for _, text := range current {
		parsed, err := certificates(text)
		if err != nil {
			return nil, fmt.Errorf("reading a certificate that was issued: %w", err)
		}
		made := parsed[0]
		entry := Issued{
			Client:    made.Subject.CommonName,
			Serial:    hex.EncodeToString(made.SerialNumber.Bytes()),
			Authority: hex.EncodeToString(keyID(issuer[0])),
			NotAfter:  made.NotAfter.UTC().Format(time.RFC3339),
			Round:     round(ledger, made.Subject.CommonName),
		}
		known := func(each Issued) bool { return each.Serial == entry.Serial && each.Authority == entry.Authority }
		if !slices.ContainsFunc(all, known) {
			all = append(all, entry)
		}
	}
	return all, nil
}
