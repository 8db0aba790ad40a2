package guest

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"unicode/utf8"

	"torii/internal/userdata"
)

// Where a server with ClientAuth listens. Both load balancers put a PROXY header in front
// of what they pass to TLSPort. Network load balancers do so in front of their health
// checks too, classic ones do not. None is a port that applications are used to.
const (
	TLSPort           = 443
	HealthPort        = 7080 // plain: health checks of classic load balancers, and the machine's own
	ProxiedHealthPort = 7081 // with a PROXY header: health checks of network load balancers
)

// ClientAuth is how a server asks for client certificates, and where it finds its own.
type ClientAuth struct {
	// Parameters is the path below which fleet.NewIdentity keeps the server's certificate and
	// whose clients it admits, such as /torii/dev/legacy.
	Parameters string
	Region     string // of the parameters
	Network    string // CIDR of the load balancers, whose PROXY headers are believed

	// Organization and Clients say who is admitted: subjects CN=<client>,O=<Organization>.
	// Without Clients it is whoever the authority vouches for.
	Organization string
	Clients      []string

	// Revocation refuses what the revocation lists name. Without it no list is asked for.
	Revocation bool

	Application int    // TCP port on the machine that requests are passed to; 0: a page that greets the client
	Setup       []byte // Optional. A script of the owner's, run as root once nginx runs; begins with #!.
}

var (
	//go:embed clients
	clientsFolder embed.FS

	//go:embed clients.conf
	clientsNginx string

	clientsConfiguration = template.Must(template.New("clients.conf").Parse(clientsNginx))
)

// foreign are headers in which other gates, the Application Load Balancer first, say who a
// client is. Here they could only be forged.
var foreign = []string{
	"X-Amzn-Mtls-Clientcert", "X-Amzn-Mtls-Clientcert-Serial-Number", "X-Amzn-Mtls-Clientcert-Issuer",
	"X-Amzn-Mtls-Clientcert-Subject", "X-Amzn-Mtls-Clientcert-Validity", "X-Amzn-Mtls-Clientcert-Leaf",
}

var (
	parameterPath = regexp.MustCompile(`^(/[A-Za-z0-9_.-]+)+$`)
	regionName    = regexp.MustCompile(`^[a-z0-9-]+$`)
	organization  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	clientName    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
)

// check lists what could not be, or would mean something else to nginx or to a shell.
func (c *ClientAuth) check(s Server) []error {
	var problems []error
	refuse := func(format string, values ...any) { problems = append(problems, fmt.Errorf(format, values...)) }
	if s.Port != TLSPort {
		refuse("port %d is not %d, where a server that asks for client certificates listens", s.Port, TLSPort)
	}
	if s.RedirectHTTP {
		refuse("it cannot redirect plain HTTP, which the load balancers do not pass on")
	}
	if !parameterPath.MatchString(c.Parameters) {
		refuse("parameters %q is not a path of letters, digits and . _ - only", c.Parameters)
	}
	if !regionName.MatchString(c.Region) {
		refuse("region %q is not one", c.Region)
	}
	if _, err := netip.ParsePrefix(c.Network); err != nil {
		refuse("network %q is not a range of addresses", c.Network)
	}
	if len(c.Clients) > 0 && !organization.MatchString(c.Organization) {
		refuse("organization %q is not 1 to 64 letters, digits and . _ - only", c.Organization)
	}
	for _, client := range c.Clients {
		if !clientName.MatchString(client) {
			refuse("client %q is not a letter and then letters, digits and - only, in lower case", client)
		}
	}
	if c.Application < 0 || c.Application > 65535 {
		refuse("application port %d is not from 1 to 65535, or 0 for a page", c.Application)
	}
	if slices.Contains([]int{TLSPort, HealthPort, ProxiedHealthPort}, c.Application) {
		refuse("application port %d is the web server's own", c.Application)
	}
	return append(problems, c.checkSetup()...)
}

// checkSetup refuses a script that could not be written as it is, or not be run.
func (c *ClientAuth) checkSetup() []error {
	var problems []error
	if len(c.Setup) == 0 {
		return nil
	}
	if !strings.HasPrefix(string(c.Setup), "#!") {
		problems = append(problems, errors.New("the owner's script has no first line that begins with #! and says what runs it"))
	}
	if !utf8.Valid(c.Setup) || slices.Contains(c.Setup, 0) {
		problems = append(problems, errors.New("the owner's script is not text in UTF-8"))
	}
	if slices.Contains(strings.Split(string(c.Setup), "\n"), userdata.EndOfFile) {
		problems = append(problems, fmt.Errorf("the owner's script has a line %q", userdata.EndOfFile))
	}
	return problems
}

// subjects are patterns of whom nginx admits. A map of plain texts would not tell capital
// letters from small ones.
func (c *ClientAuth) subjects() []string {
	var all []string
	for _, client := range c.Clients {
		all = append(all, regexp.QuoteMeta("CN="+client+",O="+c.Organization))
	}
	return all
}

// machine is what the instance is to become.
func (c *ClientAuth) machine(s Server) (userdata.Machine, error) {
	var text strings.Builder
	err := clientsConfiguration.Execute(&text, map[string]any{
		"TLSPort": TLSPort, "HealthPort": HealthPort, "ProxiedHealthPort": ProxiedHealthPort, "HealthPath": s.HealthPath,
		"Network": c.Network, "Clients": c.Clients, "Subjects": c.subjects(), "Revocation": c.Revocation,
		"Application": c.Application, "Foreign": foreign,
	})
	if err != nil {
		return userdata.Machine{}, fmt.Errorf("configuring the fleet's server: %w", err)
	}
	also, err := fs.Sub(clientsFolder, "clients")
	if err != nil {
		return userdata.Machine{}, fmt.Errorf("reading the files of the fleet's server: %w", err)
	}
	more := []userdata.File{{Path: "/etc/torii/nginx.conf", Text: text.String()}}
	if len(c.Setup) > 0 {
		more = append(more, userdata.File{Path: "/opt/torii/fleet-setup", Text: strings.TrimRight(string(c.Setup), "\n") + "\n"})
	}
	return userdata.Machine{
		Kind: "fleet", Own: files, Also: also, Shared: sharedFiles, More: more,
		Told: map[string]any{"Parameters": c.Parameters, "Region": c.Region, "Revocation": c.Revocation},
		Values: map[string]any{
			"Port": HealthPort, "HealthPath": s.HealthPath, "Data": "", "ClientAuth": true, "Setup": len(c.Setup) > 0,
		},
	}, nil
}
