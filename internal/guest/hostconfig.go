//go:build linux

package guest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// registryVariables say how this machine reaches package registries. Each is a variable's
// name, or with a star its beginning.
var registryVariables = []string{
	"PIP_*", "npm_config_*", "NPM_CONFIG_*", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
	"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
}

// registryFiles say the same, in files; those of a home count for root.
var registryFiles = []string{
	"/etc/pip.conf", "~/.config/pip/pip.conf", "~/.pip/pip.conf", "~/.npmrc", "/etc/apt/auth.conf",
}

// registryFolders are folders of such files.
var registryFolders = []string{"/etc/apt/auth.conf.d", "/usr/local/share/ca-certificates"}

// RegistryEnvironment is what the environment of this process says about package
// registries, as NAME=value, for the user data of a guest. A path that a guest does not
// have is left out.
func RegistryEnvironment() []string {
	var found []string
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		known := slices.ContainsFunc(registryVariables, func(v string) bool {
			prefix, star := strings.CutSuffix(v, "*")
			return name == v || star && strings.HasPrefix(name, prefix)
		})
		guestHas := !strings.HasPrefix(value, "/") || strings.HasPrefix(value, "/etc/ssl/certs")
		if known && guestHas {
			found = append(found, entry)
		}
	}
	return found
}

// hostFiles are the files by which a root reaches package registries as this machine does.
func hostFiles(ctx context.Context) (fileSet, error) {
	apt, err := hostApt(ctx)
	if err != nil {
		return nil, err
	}
	files := fileSet{}
	if apt.sources != "" {
		files["/etc/apt/sources.list"] = apt.sources
	}
	files["/etc/apt/apt.conf.d/90host"] = apt.options
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, fmt.Errorf("finding the user's home: %w", err)
	}
	for _, path := range registryFiles {
		inside := strings.Replace(path, "~", "/root", 1)
		if err := files.take(strings.Replace(path, "~", home, 1), inside); err != nil {
			return nil, err
		}
	}
	for _, folder := range registryFolders {
		paths, err := filepath.Glob(folder + "/*")
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", folder, err)
		}
		for _, path := range paths {
			if err := files.take(path, path); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
}

// take adds a file of this machine, if it is there.
func (f fileSet) take(path, inside string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading this machine's %s: %w", path, err)
	}
	f[inside] = string(text)
	return nil
}

// apt is how this machine's apt reaches Debian.
type apt struct {
	mirror  string // of the release; "" when this machine is no Debian of that release
	sources string // sources.list of the release and its updates; "" likewise
	options string // how to fetch: proxies and the like
}

// hostApt reads apt's configuration of this machine.
func hostApt(ctx context.Context) (apt, error) {
	var found apt
	out, err := exec.CommandContext(ctx, "apt-get", "indextargets",
		"--format", "$(REPO_URI)|$(CODENAME)|$(ORIGIN)|$(COMPONENT)", "Created-By: Packages").Output()
	if err != nil {
		return found, fmt.Errorf("asking apt for this machine's mirrors: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		field := strings.Split(strings.TrimSpace(line), "|")
		if len(field) != 4 || field[2] != "Debian" || !strings.HasPrefix(field[1], release) || field[3] != "main" {
			continue
		}
		if field[1] == release {
			found.mirror = field[0]
		}
		found.sources += fmt.Sprintf("deb %s %s main\n", field[0], field[1])
	}
	if found.mirror == "" {
		found.sources = ""
	}
	dump, err := exec.CommandContext(ctx, "apt-config", "dump").Output()
	if err != nil {
		return found, fmt.Errorf("asking apt how this machine fetches: %w", err)
	}
	for line := range strings.Lines(string(dump)) {
		for _, part := range []string{"Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::Retries"} {
			if strings.HasPrefix(line, part) {
				found.options += line
				break
			}
		}
	}
	return found, nil
}
