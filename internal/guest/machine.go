//go:build linux

package guest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// bootLimit is how long a machine may take to boot.
const bootLimit = 90 * time.Second

// Options say what machine to boot.
type Options struct {
	Name     string            // host name, and a part of control group names; unique among running machines
	Dir      string            // an empty folder for what the machine writes; the caller removes it
	Files    map[string]string // put into the fresh image before it boots, by path
	Progress io.Writer         // plain sentences; nil is silence
}

// Machine is a Debian that runs.
type Machine struct {
	Name string

	dir     string // of what it writes
	image   string // folder of what it was made from
	init    int    // process id of its init, as this machine sees it
	process *exec.Cmd
	ended   chan struct{}
	network *exec.Cmd
	groups  []string // its control groups
	log     bytes.Buffer
}

// Boot starts a machine from a fresh image, with a way out, and waits until its init has
// started everything. It must be ended with Kill.
func Boot(ctx context.Context, o Options) (*Machine, error) {
	image, err := Debian(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	files, err := hostFiles(ctx)
	if err != nil {
		return nil, err
	}
	files["/etc/resolv.conf"] = "nameserver " + nameServer + "\n"
	files["/etc/hostname"] = o.Name + "\n"
	for path, text := range o.Files {
		files[path] = text
	}
	upper := filepath.Join(o.Dir, "upper")
	for _, folder := range []string{upper, filepath.Join(o.Dir, "work"), filepath.Join(o.Dir, "root")} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			return nil, fmt.Errorf("booting %s: %w", o.Name, err)
		}
	}
	if err := files.writeTo(upper); err != nil {
		return nil, fmt.Errorf("booting %s: %w", o.Name, err)
	}
	m := &Machine{Name: o.Name, dir: o.Dir, image: image}
	if err := m.start(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

// Restart kills the machine and boots it again with the disk it has, as when an instance
// is stopped and started. Forwarded ports, metadata and volumes are to be given to it anew.
func (m *Machine) Restart(ctx context.Context) error {
	if err := m.Kill(); err != nil {
		return err
	}
	return m.start(ctx)
}

// start boots, and leaves nothing running when that fails.
func (m *Machine) start(ctx context.Context) error {
	if err := m.boot(ctx); err != nil {
		return errors.Join(fmt.Errorf("booting %s: %w", m.Name, err), m.Kill())
	}
	return nil
}

// boot starts the container and its network.
func (m *Machine) boot(ctx context.Context) error {
	m.ended = make(chan struct{})
	m.log.Reset()
	if err := os.RemoveAll(m.apiSocket()); err != nil {
		return err
	}
	if err := m.makeGroups(); err != nil {
		return err
	}
	// The overlay is mounted where only the container sees it, so that it goes with it. And
	// all its processes are in one namespace more, which ends with unshare, so that nothing
	// is left even of a test that was killed.
	const start = `set -e
root=$1 options=$2 groups=$3; shift 3
for group in $groups; do echo $$ > "$group/cgroup.procs"; done
mount -t overlay overlay -o "$options" "$root"
exec systemd-nspawn --directory="$root" "$@"`
	args := []string{"--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-c", start, "sh", filepath.Join(m.dir, "root"),
		fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", m.image, filepath.Join(m.dir, "upper"), filepath.Join(m.dir, "work")),
		strings.Join(m.groups, " "),
		"--boot", "--quiet", "--machine=" + m.Name, "--private-network", "--resolv-conf=off", "--timezone=off",
		"--link-journal=no", "--console=read-only", "--register=no", "--keep-unit"}
	m.process = exec.Command("unshare", args...)
	if hasSystemd() {
		m.process = exec.Command("systemd-run", append([]string{"--scope", "--quiet", "--collect", "--property=Delegate=yes",
			"--unit=" + m.unit(), "unshare"}, args...)...)
	}
	m.process.Stdout, m.process.Stderr = &m.log, &m.log
	m.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := m.process.Start(); err != nil {
		return err
	}
	go func(process *exec.Cmd, ended chan struct{}) {
		process.Wait() //nolint:errcheck // a machine ends by being killed
		close(ended)
	}(m.process, m.ended)
	ctx, cancel := context.WithTimeout(ctx, bootLimit)
	defer cancel()
	if err := m.findInit(ctx); err != nil {
		return err
	}
	if err := m.connect(ctx); err != nil {
		return err
	}
	if err := m.waitUntilRunning(ctx); err != nil {
		return err
	}
	_, err := m.Run(ctx, "update-ca-certificates")
	return err
}

// findInit waits for the container's init, which is a child of systemd-nspawn, which is
// the child of unshare.
func (m *Machine) findInit(ctx context.Context) error {
	for {
		select {
		case <-m.ended:
			return fmt.Errorf("systemd-nspawn ended: %s", lastLines(m.log.Bytes()))
		case <-ctx.Done():
			return fmt.Errorf("waiting for its init: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
		for _, nspawn := range children(m.process.Process.Pid) {
			for _, child := range children(nspawn) {
				// A pid of 1 in its own namespace tells the init from nspawn's helpers.
				status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", child))
				if err == nil && strings.HasPrefix(string(status), "Name:\tsystemd\n") && strings.Contains(string(status), "\t1\n") {
					m.init = child
					return nil
				}
			}
		}
	}
}

// children are the processes that a process started and that still run.
func children(pid int) []int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid))
	if err != nil {
		return nil // it has ended
	}
	var found []int
	for _, field := range strings.Fields(string(text)) {
		if child, err := strconv.Atoi(field); err == nil {
			found = append(found, child)
		}
	}
	return found
}

// waitUntilRunning waits until the init has started everything.
func (m *Machine) waitUntilRunning(ctx context.Context) error {
	for {
		state, err := m.Run(ctx, "systemctl", "is-system-running", "--wait")
		if err == nil {
			return nil
		}
		if state == "degraded\n" {
			failed, err := m.Run(ctx, "systemctl", "--failed", "--no-legend", "--plain")
			return errors.Join(fmt.Errorf("units failed: %s", failed), err)
		}
		select {
		case <-m.ended:
			return fmt.Errorf("systemd-nspawn ended: %s", lastLines(m.log.Bytes()))
		case <-ctx.Done():
			return fmt.Errorf("waiting until it runs: %w", err)
		case <-time.After(100 * time.Millisecond): // its bus is not there yet
		}
	}
}

// Run runs a command in the machine as root and returns what it printed on both channels.
func (m *Machine) Run(ctx context.Context, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--target", strconv.Itoa(m.init), "--all", "--"}, command...)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"}
	cmd.WaitDelay = 5 * time.Second // what nsenter has started may outlive it, and hold the pipe
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("running %s in %s: %w: %s", strings.Join(command, " "), m.Name, err, lastLines(out))
	}
	return string(out), nil
}

// Path is where this machine sees a file of the guest's. Links in the guest that are
// absolute lead astray; follow them with Run.
func (m *Machine) Path(path string) string {
	return filepath.Join("/proc", strconv.Itoa(m.init), "root", path)
}

// WaitEnd waits until the machine has switched itself off, and returns what was on its
// console. It can be started again with Restart.
func (m *Machine) WaitEnd(ctx context.Context) (string, error) {
	select {
	case <-m.ended:
		return m.log.String(), nil
	case <-ctx.Done():
		return "", fmt.Errorf("waiting until %s is off: %w", m.Name, ctx.Err())
	}
}

// Kill ends the machine at once, as when its power goes. Killing it again does no harm.
func (m *Machine) Kill() error {
	if m.process == nil || m.process.Process == nil {
		return m.removeGroups()
	}
	m.process.Process.Kill() //nolint:errcheck // it may have ended
	<-m.ended
	m.init, m.process = 0, nil
	if m.network != nil {
		m.network.Process.Kill() //nolint:errcheck // likewise
		m.network.Wait()         //nolint:errcheck // it was killed
		m.network = nil
	}
	return m.removeGroups()
}
