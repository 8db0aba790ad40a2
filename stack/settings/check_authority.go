package settings

import "regexp"

// Limits of torii:authority. Apple's systems refuse longer server certificates of private
// authorities. Source: "Requirements for trusted certificates in iOS 13 and macOS 10.15".
const (
	maxValidDays      = 825
	maxAuthorityYears = 30
	daysOfYear        = 365

	// A name is part of a certificate's subject, which holds 64 characters, and of Pulumi's names.
	maxClientName = 40
)

var clientName = regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)

func checkAuthority(ps *Problems, a Authority) {
	const path = "torii:authority."
	seen := map[string]bool{}
	for i, name := range a.Clients {
		if !clientName.MatchString(name) || len(name) > maxClientName {
			ps.refuse(indexed(path+"clients", i), name,
				"is not a client's name; give at most %d lower-case letters, digits and hyphens, a letter first", maxClientName)
		}
		ps.twice(indexed(path+"clients", i), name, seen)
	}
	if a.KeyType != KeyECDSA && a.KeyType != KeyRSA {
		ps.refuse(path+"keyType", a.KeyType, "is not allowed; choose %s", list([]string{KeyECDSA, KeyRSA}))
	}
	switch {
	case a.ValidDays < 1 || a.ValidDays > maxValidDays:
		ps.refuse(path+"validDays", a.ValidDays, "is not allowed; choose 1 to %d", maxValidDays)
	case a.RenewDays < 0 || a.RenewDays >= a.ValidDays:
		ps.refuse(path+"renewDays", a.RenewDays, "is not allowed with validDays %d; choose 0 to %d", a.ValidDays, a.ValidDays-1)
	}
	switch {
	case a.AuthorityYears < 1 || a.AuthorityYears > maxAuthorityYears:
		ps.refuse(path+"authorityYears", a.AuthorityYears, "is not allowed; choose 1 to %d", maxAuthorityYears)
	case a.Certificate == "" && a.ValidDays <= maxValidDays && a.ValidDays+a.RenewDays >= a.AuthorityYears*daysOfYear:
		ps.refuse(path+"authorityYears", a.AuthorityYears, "does not outlive what it signs, validDays %d and renewDays %d; choose %d or more",
			a.ValidDays, a.RenewDays, (a.ValidDays+a.RenewDays)/daysOfYear+1)
	}
	checkBrought(ps, a)
}

// checkBrought reports what does not go together of an authority that somebody brings.
func checkBrought(ps *Problems, a Authority) {
	const path = "torii:authority."
	if a.Key != "" && a.Certificate == "" {
		ps.missing(path+"key", "belongs to no certificate; give that as torii:authority.certificate, or take the key out")
	}
	if a.RevocationLists != "" && a.Certificate == "" {
		ps.missing(path+"revocationLists", "belongs to no certificate; give that as torii:authority.certificate, or take the lists out: "+
			"the stack's own authority writes its own")
	}
	if len(a.Clients) > 0 && !a.Issues() {
		ps.refuse(path+"clients", a.Clients, "cannot be given certificates without the key of torii:authority.certificate; "+
			"add key, or take the names out and issue the certificates yourself")
	}
}

// checkAskers reports who asks for client certificates that nobody has.
func checkAskers(ps *Problems, s Settings) {
	const path = "torii:edge.clientAuth"
	switch s.Edge.ClientAuth {
	case ClientAuthOff:
	case ClientAuthVerify:
		switch {
		case !s.HasGate():
			ps.refuse(path, s.Edge.ClientAuth, "is done by the gate, and no workload is behind it; take it out, or put one there")
		case !s.HasAuthority():
			ps.refuse(path, s.Edge.ClientAuth,
				"lets nobody in, since nobody has a certificate; name somebody in torii:authority.clients, or bring an authority")
		}
	default:
		ps.refuse(path, s.Edge.ClientAuth, "is not allowed; choose %s", list([]string{ClientAuthOff, ClientAuthVerify}))
	}
}
