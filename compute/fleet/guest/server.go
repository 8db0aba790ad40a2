// Package guest writes what a machine of a fleet runs when the fleet's owner brings nothing
// of their own: the user data that turns a fresh Amazon Linux 2023 (or Debian 12) into an
// nginx with a page that says which machine answers. It knows nothing of Pulumi.
package guest

import (
	"embed"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"

	"torii/internal/userdata"
)

// Server is the web server of a machine.
type Server struct {
	Port       int    // TCP port, 1 to 65535
	HealthPath string // answers 200 while the server runs; "/" is the page itself

	// RedirectHTTP answers 301 to https when a load balancer says, by X-Forwarded-Proto, that
	// the client came by http. A classic one cannot answer so itself.
	RedirectHTTP bool

	// ClientAuth has nginx end TLS itself and admit holders of a client certificate only. Nil:
	// plain HTTP behind load balancers. With it Port is TLSPort.
	ClientAuth *ClientAuth `json:",omitempty"`
}

var (
	//go:embed files
	files embed.FS

	//go:embed nginx.conf
	nginx string

	configuration = template.Must(template.New("nginx.conf").Parse(nginx))
)

// sharedFiles keep the instance's credentials from the web server, and ask who it is.
var sharedFiles = []string{
	"/etc/systemd/system/torii-imds.service", "/opt/torii/imds.nft",
	"/opt/torii/torii_ec2/__init__.py", "/opt/torii/torii_ec2/machine.py",
}

// plain are paths that mean nothing to nginx but themselves.
var plain = regexp.MustCompile(`^/[A-Za-z0-9._~/-]*$`)

// check refuses a server that nginx could not be.
func (s Server) check() error {
	var problems []error
	if s.Port < 1 || s.Port > 65535 {
		problems = append(problems, fmt.Errorf("port %d is not from 1 to 65535", s.Port))
	}
	if !plain.MatchString(s.HealthPath) {
		problems = append(problems, fmt.Errorf("health path %q is not a / and then letters, digits and . _ ~ / - only", s.HealthPath))
	}
	if s.ClientAuth != nil {
		problems = append(problems, s.ClientAuth.check(s)...)
	}
	if len(problems) > 0 {
		return fmt.Errorf("describing the fleet's server: %w", errors.Join(problems...))
	}
	return nil
}

// machine is what the instance is to become.
func (s Server) machine() (userdata.Machine, error) {
	if err := s.check(); err != nil {
		return userdata.Machine{}, err
	}
	if s.ClientAuth != nil {
		return s.ClientAuth.machine(s)
	}
	var text strings.Builder
	if err := configuration.Execute(&text, s); err != nil {
		return userdata.Machine{}, fmt.Errorf("configuring the fleet's server: %w", err)
	}
	return userdata.Machine{
		Kind: "fleet", Own: files, Told: s,
		Shared: sharedFiles,
		More:   []userdata.File{{Path: "/etc/torii/nginx.conf", Text: text.String()}},
		// Nothing of anybody's is on these machines, so there is no place for data.
		Values: map[string]any{
			"Port": s.Port, "HealthPath": s.HealthPath, "Data": "", "ClientAuth": false, "Setup": false,
		},
	}, nil
}

// Script returns what UserData compresses, for people to read. It fails when the port, the
// health path or what is said of clients cannot be.
func Script(s Server) (string, error) {
	m, err := s.machine()
	if err != nil {
		return "", err
	}
	return m.Script()
}

// UserData returns the script compressed by gzip, which cloud-init undoes by itself. The
// same server always gives the same bytes, so that a deploy does not replace a fleet for
// nothing. It fails when Script does.
func UserData(s Server) ([]byte, error) {
	m, err := s.machine()
	if err != nil {
		return nil, err
	}
	return m.UserData()
}
