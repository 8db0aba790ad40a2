package guest

import (
	"embed"

	"torii/internal/userdata"
)

// The second pattern names what the first leaves out, files that begin with an underscore.
//
//go:embed files
//go:embed files/machine/opt/torii/torii_hub/__init__.py
var files embed.FS

// machine is what the instance is to become.
func (i Instance) machine() (userdata.Machine, error) {
	if err := i.check(); err != nil {
		return userdata.Machine{}, err
	}
	return userdata.Machine{
		Kind: "hub", Own: files, Told: i,
		Values: map[string]any{"Port": Port, "HealthPath": HealthPath, "Data": "/data"},
	}, nil
}

// Script returns what UserData compresses, for people to read. It fails when the instance
// lacks a value.
func Script(i Instance) (string, error) {
	m, err := i.machine()
	if err != nil {
		return "", err
	}
	return m.Script()
}

// UserData returns the script compressed by gzip, which cloud-init undoes by itself. The
// same instance always gives the same bytes, so that a deploy does not replace a hub for
// nothing. It fails when Script does, or when they are more than the 16384 that EC2 takes.
func UserData(i Instance) ([]byte, error) {
	m, err := i.machine()
	if err != nil {
		return nil, err
	}
	return m.UserData()
}
