package settings

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// Limits of a hub.
const (
	minUserMemoryMiB = 512 // JupyterLab and one kernel
	maxUserCPUs      = 192
	maxAdmins        = 100 // whose first passwords must fit into the 8192 bytes that a parameter holds at most
)

// minHubIdleSeconds is how long the gate must keep silent connections for a hub: a
// notebook's is silent while a long cell runs and prints nothing.
const minHubIdleSeconds = 3600

var (
	claimName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_:.-]*$`)
	// userName is a name as JupyterHub keeps it, in lower case; it may be an e-mail address.
	userName = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,63}$`)
)

func (h *JupyterHub) check(ps *Problems, at string, s Settings, region string) {
	checkInstanceType(ps, at+"instanceType", h.InstanceType)
	checkMachineImage(ps, at+"image", h.Image)
	checkZone(ps, at+"zone", h.Zone, s.Network.Zones)
	checkHomeGiB(ps, at+"homeGiB", h.HomeGiB)
	checkSnapshotDays(ps, at+"snapshotDays", h.SnapshotDays)
	if h.RestoreFrom != "" {
		checkSnapshot(ps, at+"restoreFrom", h.RestoreFrom)
	}
	h.checkPeople(ps, at)
	h.checkAuthenticator(ps, at, region)
	if h.UserMemoryMiB < minUserMemoryMiB {
		ps.refuse(at+"userMemoryMiB", h.UserMemoryMiB, "is not allowed; choose %d or more", minUserMemoryMiB)
	}
	if h.UserCPUs < 0.1 || h.UserCPUs > maxUserCPUs {
		ps.refuse(at+"userCpus", h.UserCPUs, "is not allowed; choose 0.1 to %d", maxUserCPUs)
	}
	checkIdleMinutes(ps, at+"idleMinutes", h.IdleMinutes)
}

func (h *JupyterHub) checkPeople(ps *Problems, at string) {
	if len(h.Admins) == 0 {
		ps.missing(at+"admins", "is missing; name at least one, or nobody could let others in")
	}
	if len(h.Admins) > maxAdmins {
		ps.refuse(at+"admins", len(h.Admins), "admins are too many; name at most %d", maxAdmins)
	}
	seen := map[string]bool{}
	for _, group := range []struct {
		setting string
		names   []string
	}{{"admins", h.Admins}, {"users", h.Users}} {
		for i, name := range group.names {
			path := indexed(at+group.setting, i)
			if !userName.MatchString(name) {
				ps.refuse(path, name, "is not a user's name; give at most 64 lower-case letters, digits and . _ @ + -, a letter or digit first")
			}
			ps.twice(path, name, seen)
		}
	}
}

func (h *JupyterHub) checkAuthenticator(ps *Problems, at, region string) {
	given := []struct{ name, value, missing string }{
		{"clientId", h.ClientID, "is missing; %s gave you one when you registered the hub"},
		{"clientSecret", h.ClientSecret, "is missing; put the secret that %s gave you into Secrets Manager and give its ARN"},
		{"issuer", h.Issuer, "is missing; %s needs one such as https://cognito-idp.ap-northeast-1.amazonaws.com/<pool>"},
		{"usernameClaim", h.UsernameClaim, "is missing; %s needs the claim that names the user, username with Cognito"},
	}
	needed := map[string]int{AuthenticatorNative: 0, AuthenticatorGitHub: 2, AuthenticatorOIDC: 4}
	count, known := needed[h.Authenticator]
	if !known {
		ps.refuse(at+"authenticator", h.Authenticator, "is not allowed; choose %s",
			list([]string{AuthenticatorNative, AuthenticatorGitHub, AuthenticatorOIDC}))
		return
	}
	for i, setting := range given {
		switch {
		case i < count && setting.value == "":
			ps.missing(at+setting.name, strings.ReplaceAll(setting.missing, "%s", h.Authenticator))
		case i >= count && setting.value != "":
			ps.refuse(at+setting.name, setting.value, "is not for authenticator %s; take it out", h.Authenticator)
		}
	}
	if h.ClientSecret != "" && count > 0 {
		checkClientSecret(ps, at+"clientSecret", h.ClientSecret, region)
	}
	if h.Issuer != "" && count > 2 {
		if address, err := url.Parse(h.Issuer); err != nil || address.Scheme != "https" || address.Host == "" || address.RawQuery != "" {
			ps.refuse(at+"issuer", h.Issuer, "is not an issuer; give its https address")
		}
	}
	if h.UsernameClaim != "" && count > 3 && !claimName.MatchString(h.UsernameClaim) {
		ps.refuse(at+"usernameClaim", h.UsernameClaim, "is not a claim; give its name such as username")
	}
}

// checkClientSecret wants a secret that the instance can read: Secrets Manager answers
// for its own region only.
func checkClientSecret(ps *Problems, at, text, region string) {
	if SecretService(text) != "secretsmanager" {
		ps.refuse(at, text, "is not the ARN of a secret; give arn:aws:secretsmanager:…:secret:…")
		return
	}
	if parsed, err := arn.Parse(text); err == nil && region != "" && parsed.Region != region {
		ps.refuse(at, text, "is in another region than the stack; put the secret into %s", region)
	}
}

// checkHubTogether reports what a hub asks of the network and the gate.
func checkHubTogether(ps *Problems, s Settings) {
	for _, name := range s.Names() {
		if s.Workloads[name].JupyterHub == nil {
			continue
		}
		if s.Network.NAT == NATNone {
			ps.refuse("torii:network.nat", s.Network.NAT,
				"is not allowed with workload %s, which installs its packages from the internet; choose %s",
				name, list(waysOut))
		}
		if s.Edge.IdleTimeoutSeconds < minHubIdleSeconds {
			ps.refuse("torii:edge.idleTimeoutSeconds", s.Edge.IdleTimeoutSeconds,
				"is too short for workload %s, whose notebooks would lose their connection; choose %d to %d, or leave it out",
				name, minHubIdleSeconds, maxIdleTimeoutSeconds)
		}
		return // once is enough
	}
}
