//go:build linux

package guest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// hasSystemd says whether this machine's init is systemd, which then makes the control
// groups of a machine, and removes them.
func hasSystemd() bool {
	_, err := os.Stat("/run/systemd/system")
	return err == nil
}

// unit names the machine's control groups, apart from those of another run at once.
func (m *Machine) unit() string { return fmt.Sprintf("torii-%s-%d", m.Name, os.Getpid()) }

// makeGroups makes control groups for the machine's init where this machine has no systemd
// to do so: in the hierarchy that systemd keeps its services in, and in the unified one.
// Without them two machines would keep theirs in the same place.
func (m *Machine) makeGroups() error {
	if hasSystemd() {
		return nil
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return fmt.Errorf("looking for control groups: %w", err)
	}
	for line := range strings.Lines(string(mounts)) {
		field := strings.Fields(line)
		if field[2] != "cgroup2" && (field[2] != "cgroup" || !slices.Contains(strings.Split(field[3], ","), "name=systemd")) {
			continue
		}
		group := filepath.Join(field[1], m.unit())
		if err := os.Mkdir(group, 0o755); err != nil {
			return fmt.Errorf("making a control group: %w", err)
		}
		m.groups = append(m.groups, group)
	}
	return nil
}

// removeGroups removes what a machine that has ended left of its control groups.
func (m *Machine) removeGroups() error {
	for _, group := range m.groups {
		var folders []string
		err := filepath.WalkDir(group, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				folders = append(folders, path)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("removing the control groups of %s: %w", m.Name, err)
		}
		slices.Reverse(folders)
		for _, folder := range folders {
			if err := removeGroup(folder); err != nil {
				return fmt.Errorf("removing the control groups of %s: %w", m.Name, err)
			}
		}
	}
	m.groups = nil
	return nil
}

// removeGroup removes one group, whose processes may take a moment to be gone.
func removeGroup(folder string) error {
	var err error
	for range 100 {
		if err = syscall.Rmdir(folder); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("removing %s: %w", folder, err)
}
