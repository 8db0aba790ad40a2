package settings

// Authority is torii:authority, who is given a client certificate, and by whom. It is asked for one where
// torii:edge.clientAuth or a fleet's tls says so.
type Authority struct {
	// Who is given a certificate, such as [partner-a]. Taking a name out revokes every certificate that it ever had;
	// one that comes back gets a new one.
	Clients []string `setting:"clients"`
	// ecdsa (P-256) or rsa (2048 bits, and 3072 for the authority), for clients that know nothing newer. A change
	// makes everything anew, so that everybody needs a new certificate; with protect it is refused.
	KeyType string `setting:"keyType"`
	// Days that certificates of clients, and of servers that ask for them, are good for, 1 to 825.
	ValidDays int `setting:"validDays"`
	// In the last so many days of them, `pulumi up` makes a new one. A client's old one stays good until it ends.
	RenewDays int `setting:"renewDays"`
	// Years that an authority of the stack's own is good for, 1 to 30. A change signs all anew with the keys that are
	// there, so that what clients have stays good.
	AuthorityYears int `setting:"authorityYears"`
	// An authority of yours in place of the stack's own: its certificate as PEM, the one that issues first.
	Certificate string `setting:"certificate"`
	// With certificate: its private key as PEM, encrypted in the stack file by
	// `pulumi config set --secret --path torii:authority.key`. Without it you issue the clients' certificates.
	Key string `setting:"key"`
	// With certificate: revocation lists as PEM. Without key, those of all authorities in certificate; with it, those of
	// the authorities above the one that issues, whose own the stack writes.
	RevocationLists string `setting:"revocationLists"`
}

// Values of torii:authority.keyType.
const (
	KeyECDSA = "ecdsa"
	KeyRSA   = "rsa"
)

// SecretPaths are the settings that a stack file may hold in encrypted form only.
var SecretPaths = []string{"torii:authority.key"}

// defaultAuthority is a section that says nothing: nobody has a certificate.
func defaultAuthority() Authority {
	return Authority{KeyType: KeyECDSA, ValidDays: 365, RenewDays: 30, AuthorityYears: 10}
}

// HasAuthority says whether anybody could have a client certificate.
func (s Settings) HasAuthority() bool {
	return len(s.Authority.Clients) > 0 || s.Authority.Certificate != ""
}

// Issues says whether the stack makes the clients' certificates itself.
func (a Authority) Issues() bool { return a.Certificate == "" || a.Key != "" }

// Revokes says whether a client's certificate can be taken back before it ends.
func (a Authority) Revokes() bool { return a.Issues() || a.RevocationLists != "" }
