package guest

import (
	"encoding/json"
	"fmt"
)

// The authenticators that a hub can have.
const (
	Native = "native" // accounts and passwords of the hub's own
	GitHub = "github"
	OIDC   = "oidc" // any OpenID Connect provider, for example Cognito
)

// maxSettings is how many bytes a standard parameter of Parameter Store holds.
const maxSettings = 4096

// Settings is what may change without a new machine: the JSON of the SSM parameter. The
// hub takes changes over within a minute or two, and notebooks that run keep running.
type Settings struct {
	PublicURL       string   `json:"publicUrl"`                 // with the slash at its end: https://hub.example.jp/
	Authenticator   string   `json:"authenticator"`             // Native, GitHub or OIDC
	Admins          []string `json:"admins"`                    // user names; may do everything in the hub
	Users           []string `json:"users"`                     // user names; with Native, empty means whoever an admin admits
	ClientID        string   `json:"clientId,omitempty"`        // GitHub and OIDC
	ClientSecretARN string   `json:"clientSecretArn,omitempty"` // GitHub and OIDC: plain string secret in Secrets Manager
	Issuer          string   `json:"issuer,omitempty"`          // OIDC: its endpoints come from its discovery document
	UsernameClaim   string   `json:"usernameClaim,omitempty"`   // OIDC: default preferred_username
	UserMemoryMiB   int      `json:"userMemoryMiB"`             // limit per user's server; 0 is none
	UserCPUs        float64  `json:"userCpus"`                  // limit per user's server in cores; 0 is none
	IdleMinutes     int      `json:"idleMinutes"`               // after which servers and kernels are stopped; 0 is never
}

// JSON writes the settings as the value of the parameter. It fails when that is longer
// than the 4096 bytes that a parameter holds.
func (s Settings) JSON() (string, error) {
	if s.Admins == nil {
		s.Admins = []string{}
	}
	if s.Users == nil {
		s.Users = []string{}
	}
	text, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("writing the hub's settings: %w", err)
	}
	if len(text) > maxSettings {
		return "", fmt.Errorf("writing the hub's settings: they take %d bytes, and a parameter holds %d; name fewer users and admins",
			len(text), maxSettings)
	}
	return string(text), nil
}
