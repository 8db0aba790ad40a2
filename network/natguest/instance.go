// Package natguest writes what a NAT instance runs: the user data that turns a fresh Amazon
// Linux 2023 (or Debian 12) into a machine that forwards what comes from the private
// subnets to the internet, under its own address, and lets nothing in. It asks nothing of
// AWS, for which it has no credentials. It knows nothing of Pulumi.
package natguest

import (
	"embed"
	"errors"
	"fmt"
	"net/netip"

	"torii/internal/userdata"
)

// SetupSeconds is what the setup may take, until the machine forwards. One that takes longer
// powers itself off: nobody can come in and look, and another may do better.
const SetupSeconds = 200

// Instance is what a NAT instance is told when it starts. There is no secret in it, since
// whoever may describe the instance can read it.
type Instance struct {
	Network string // IPv4 range of the VPC, to which nothing is forwarded
	Private string // IPv4 range of the private subnets, from which everything else is
}

//go:embed files
var files embed.FS

// check refuses an instance that could not become a NAT.
func (i Instance) check() error {
	var problems []error
	for _, field := range []struct{ name, value string }{{"Network", i.Network}, {"Private", i.Private}} {
		if _, err := netip.ParsePrefix(field.value); err != nil {
			problems = append(problems, fmt.Errorf("%s %q is not a range of addresses", field.name, field.value))
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("describing the NAT instance: %w", errors.Join(problems...))
	}
	return nil
}

// machine is what the instance is to become.
func (i Instance) machine() (userdata.Machine, error) {
	if err := i.check(); err != nil {
		return userdata.Machine{}, err
	}
	return userdata.Machine{
		Kind: "nat", Own: files, Shared: []string{}, Told: i,
		Values: map[string]any{"Seconds": SetupSeconds},
		More: []userdata.File{{
			Path: "/opt/torii/ranges.nft",
			Text: fmt.Sprintf("define network = %s\ndefine private = %s\n", i.Network, i.Private),
		}},
	}, nil
}

// Script returns what UserData compresses, for people to read. It fails when a range of the
// instance is not one.
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
