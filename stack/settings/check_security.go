package settings

import (
	"regexp"
	"slices"
)

// policyName is a name that IAM takes for a policy and, between two slashes, for a path.
var policyName = regexp.MustCompile(`^[\w+=,.@-]{1,128}$`)

// Limits of torii:security. Source of the sessions': the schema of session documents in the Systems Manager user guide.
const (
	maxTrailDays          = 3653 // ten years, as the longest that logs are kept
	maxSessionIdleMinutes = 60
	maxSessionMinutes     = 1440
)

func checkSecurity(ps *Problems, s Security) {
	const path = "torii:security."
	if trails := []string{TrailStack, TrailAccount}; !slices.Contains(trails, s.Trail) {
		ps.refuse(path+"trail", s.Trail, "is not allowed; choose %s", list(trails))
	}
	if keys := []string{KeyStack, KeyAWS}; !slices.Contains(keys, s.Key) {
		ps.refuse(path+"key", s.Key, "is not allowed; choose %s", list(keys))
	}
	if s.TrailDays < 1 || s.TrailDays > maxTrailDays {
		ps.refuse(path+"trailDays", s.TrailDays, "is not allowed; choose 1 to %d", maxTrailDays)
	}
	checkAddresses(ps, path+"sessionAlerts", s.SessionAlerts)
	if s.RoleBoundary != "" && !policyName.MatchString(s.RoleBoundary) {
		ps.refuse(path+"roleBoundary", s.RoleBoundary, "is not a policy's name; give one such as torii-prod, without its ARN")
	}
	if s.SessionMaxMinutes < 1 || s.SessionMaxMinutes > maxSessionMinutes {
		ps.refuse(path+"sessionMaxMinutes", s.SessionMaxMinutes, "is not allowed; choose 1 to %d", maxSessionMinutes)
	}
	switch idle, most := s.SessionIdleMinutes, s.SessionMaxMinutes; {
	case idle < 1 || idle > maxSessionIdleMinutes:
		ps.refuse(path+"sessionIdleMinutes", idle, "is not allowed; choose 1 to %d", maxSessionIdleMinutes)
	case idle > most && most > 0:
		ps.refuse(path+"sessionIdleMinutes", idle, "is longer than a session may last; choose 1 to sessionMaxMinutes, which is %d", most)
	}
}
