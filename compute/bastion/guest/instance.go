// Package guest writes what a bastion runs: user data for Amazon Linux 2023 (or Debian 12)
// that lets the machine end itself after some hours, and turns off what else would listen.
// It knows nothing of Pulumi.
package guest

import (
	"embed"
	"fmt"

	"torii/internal/userdata"
)

//go:embed files
var files embed.FS

// Instance is what a bastion is told when it starts.
type Instance struct {
	Hours int // 1 to 24; after these it ends itself, however often it is restarted meanwhile
}

// machine is what the instance is to become.
func (i Instance) machine() (userdata.Machine, error) {
	if i.Hours < 1 || i.Hours > 24 {
		return userdata.Machine{}, fmt.Errorf("describing the bastion's instance: it cannot end itself after %d hours; give 1 to 24", i.Hours)
	}
	return userdata.Machine{Kind: "bastion", Own: files, Told: i, Shared: []string{}, Values: map[string]any{"Hours": i.Hours}}, nil
}

// Script returns what UserData compresses, for people to read. It fails when the hours are
// not 1 to 24.
func Script(i Instance) (string, error) {
	m, err := i.machine()
	if err != nil {
		return "", err
	}
	return m.Script()
}

// UserData returns the script compressed by gzip, which cloud-init undoes by itself. The
// same instance always gives the same bytes. It fails when Script does.
func UserData(i Instance) ([]byte, error) {
	m, err := i.machine()
	if err != nil {
		return nil, err
	}
	return m.UserData()
}
