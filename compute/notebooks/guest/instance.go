// Package guest writes what a notebook machine runs: the user data that turns a fresh
// Amazon Linux 2023 (or Debian 12) into one person's Jupyter server, which listens on the
// machine's own loopback only, and the settings that it reads while it lives. It knows
// nothing of Pulumi.
package guest

import (
	"embed"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"torii/internal/userdata"
)

// Port is the TCP port of Jupyter, on 127.0.0.1 of the machine; Session Manager forwards to it.
const Port = 8888

// Sources of the Python packages, beside an index's https:// and a folder's s3:// address.
const (
	PyPI       = "pypi" // the public index
	NoPackages = "none" // the machine's image has everything
)

// UnsetToken is the value of a token parameter that no machine has put a token into yet.
const UnsetToken = "unset"

// Instance is what a notebook's machine is told when it starts; everything else it asks AWS
// for. There is no secret in it, since whoever may describe the instance can read it.
type Instance struct {
	Region            string // for example ap-northeast-1
	Notebook          string // for example ken-2; names the machine in logs
	VolumeID          string // EBS volume that is the home, which the stack attaches
	TokenParameter    string // name of the SSM parameter (type SecureString) that keeps the token
	TokenKey          string // KMS key that encrypts it, which Parameter Store has to be told at each change
	SettingsParameter string // name of the SSM parameter (type String) that holds the JSON of Settings

	// Packages says where the Python packages come from: PyPI, NoPackages, an index of the
	// simple API (https://pypi.example.jp/simple/), or a folder of wheels
	// (s3://bucket/prefix/), which `pip download` fills from LOCKS.md's list.
	Packages string
}

//go:embed files
//go:embed files/machine/opt/torii/torii_notebook/__init__.py
var files embed.FS

// check refuses an instance that could not become a notebook.
func (i Instance) check() error {
	var problems []error
	for _, field := range []struct{ name, value string }{
		{"Region", i.Region},
		{"Notebook", i.Notebook},
		{"VolumeID", i.VolumeID},
		{"TokenParameter", i.TokenParameter},
		{"TokenKey", i.TokenKey},
		{"SettingsParameter", i.SettingsParameter},
	} {
		if field.value == "" {
			problems = append(problems, fmt.Errorf("%s is empty", field.name))
		}
	}
	if !isSource(i.Packages) {
		problems = append(problems, fmt.Errorf("packages cannot come from %q: give %s, %s, https://host/simple/ or s3://bucket/prefix/",
			i.Packages, PyPI, NoPackages))
	}
	if len(problems) > 0 {
		return fmt.Errorf("describing the notebook's instance: %w", errors.Join(problems...))
	}
	return nil
}

// plain are the characters of an address that mean nothing to a shell or to pip's configuration.
var plain = regexp.MustCompile(`^[A-Za-z0-9._~:/-]+$`)

// isSource tells whether packages can come from there. No user name and password: everybody
// who may describe the instance would read them.
func isSource(packages string) bool {
	if packages == PyPI || packages == NoPackages {
		return true
	}
	address, err := url.Parse(packages)
	if err != nil || address.Host == "" || !plain.MatchString(packages) {
		return false
	}
	return address.Scheme == "https" || address.Scheme == "s3" && strings.HasSuffix(packages, "/")
}

// machine is what the instance is to become.
func (i Instance) machine() (userdata.Machine, error) {
	if err := i.check(); err != nil {
		return userdata.Machine{}, err
	}
	m := userdata.Machine{Kind: "notebook", Own: files, Told: i, Values: map[string]any{
		"Port": Port, "HealthPath": "/api", "Data": "/home/jupyter",
	}}
	if text := pipConfiguration(i.Packages); text != "" {
		// The environment's own: it counts for what is installed into it, and for what its
		// user installs with it later.
		m.More = []userdata.File{{Path: "/opt/torii/notebook/pip.conf", Text: text}}
	}
	return m, nil
}

// pipConfiguration is what pip is told of a source; "" leaves it as it is.
func pipConfiguration(packages string) string {
	switch {
	case strings.HasPrefix(packages, "https:"):
		return "[global]\nindex-url = " + packages + "\n"
	case strings.HasPrefix(packages, "s3:"):
		return "[global]\nno-index = true\nfind-links = /opt/torii/wheels\n"
	}
	return ""
}

// Script returns what UserData compresses, for people to read. It fails when the instance
// lacks a value, or packages cannot come from where it says.
func Script(i Instance) (string, error) {
	m, err := i.machine()
	if err != nil {
		return "", err
	}
	return m.Script()
}

// UserData returns the script compressed by gzip, which cloud-init undoes by itself. The
// same instance always gives the same bytes. It fails when Script does, or when they are
// more than the 16384 that EC2 takes.
func UserData(i Instance) ([]byte, error) {
	m, err := i.machine()
	if err != nil {
		return nil, err
	}
	return m.UserData()
}
