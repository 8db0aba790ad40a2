//go:build linux

// Package guest boots Debian machines for tests, from a fresh image as EC2 does it, and
// gives them what a machine on AWS finds around itself: instance metadata, volumes that
// are attached while it runs, neighbours, load balancers that end TLS or pass it through,
// and a browser that comes by way of those, or of Session Manager.
//
// A machine is a container with an init of its own, in namespaces of its own. Its way out
// runs in user space, so neither interfaces nor firewall rules of this machine change.
package guest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// needed are the programs that machines are made with and asked with, and Debian's packages
// of them.
var needed = []struct{ path, pkg string }{
	{"debootstrap", "debootstrap"},
	{"systemd-nspawn", "systemd-container"},
	{"slirp4netns", "slirp4netns"},
	{"ip", "iproute2"},
	{"curl", "curl"},
	{"openssl", "openssl"},
	{"/usr/share/keyrings/debian-archive-keyring.gpg", "debian-archive-keyring"},
}

// Prepare sees to it that this machine can boot guests. As root on Debian or Ubuntu it
// installs what is missing, and says so on progress; elsewhere it fails and names what is
// missing.
func Prepare(ctx context.Context, progress io.Writer) error {
	if os.Geteuid() != 0 {
		return errors.New("booting a guest: only root can, since it needs namespaces, mounts and loop devices: run the tests with sudo -E")
	}
	for _, device := range []string{"/dev/net/tun", "/dev/loop-control"} {
		if _, err := os.Stat(device); err != nil {
			return fmt.Errorf("booting a guest: this machine lacks %s: %w", device, err)
		}
	}
	packages := missing()
	if len(packages) == 0 {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("booting a guest: install %s, or run the tests on Debian or Ubuntu, where they do so themselves",
			strings.Join(packages, ", "))
	}
	say(progress, "Installing %s on this machine, to boot guests with (usually 20 seconds)", strings.Join(packages, ", "))
	for _, args := range [][]string{{"update"}, append([]string{"install", "--yes", "--no-install-recommends"}, packages...)} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("booting a guest: apt-get %s: %w: %s", args[0], err, lastLines(out))
		}
	}
	if still := missing(); len(still) > 0 {
		return fmt.Errorf("booting a guest: apt-get installed %s, but they are not there", strings.Join(still, ", "))
	}
	return nil
}

// missing are the packages whose programs this machine lacks.
func missing() []string {
	var packages []string
	for _, need := range needed {
		if _, err := exec.LookPath(need.path); err == nil {
			continue
		}
		if _, err := os.Stat(need.path); err != nil {
			packages = append(packages, need.pkg)
		}
	}
	return packages
}

// say prints a sentence, unless nobody listens.
func say(w io.Writer, format string, args ...any) {
	if w != nil {
		fmt.Fprintf(w, format+"\n", args...)
	}
}

// lastLines are the last few lines of what a program printed: most say there what went wrong.
func lastLines(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
