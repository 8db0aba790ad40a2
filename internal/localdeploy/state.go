package localdeploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The state backend keeps a file for each stack and one for each lock; reading them saves a second of asking the engine.
const (
	stacksFolder = ".pulumi/stacks"
	locksFolder  = ".pulumi/locks/organization"
	markName     = "server-id"
)

// Deployed tells whether Dir has a state that speaks of resources of the stack: it was deployed, perhaps in part, and
// not taken down since.
func Deployed(dir, project, stack string) (bool, error) {
	kept, err := readState(StateFile(dir, project, stack))
	return kept.resources+kept.pending > 0, err
}

// state is what a stack's state file says, in numbers.
type state struct {
	resources int
	pending   int // operations of an interrupted run, of which the engine does not know the end
}

// readState reads a state file; a missing one is an empty state.
func readState(path string) (state, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, nil
	}
	if err != nil {
		return state{}, fmt.Errorf("reading a stack's state: %w", err)
	}
	var file struct {
		Checkpoint struct {
			Latest struct {
				Resources []json.RawMessage `json:"resources"`
				Pending   []json.RawMessage `json:"pending_operations"`
			} `json:"latest"`
		} `json:"checkpoint"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return state{}, fmt.Errorf("reading a stack's state in %s: %w", path, err)
	}
	return state{len(file.Checkpoint.Latest.Resources), len(file.Checkpoint.Latest.Pending)}, nil
}

// StateFile returns where a stack's state is kept, in JSON.
func StateFile(dir, project, stack string) string {
	return filepath.Join(dir, stateFolder, filepath.FromSlash(stacksFolder), project, stack+".json")
}

// StacksOn returns the names of the stacks in Dir that stand on the local AWS with this ID.
func StacksOn(dir, serverID string) ([]string, error) {
	files, err := filepath.Glob(StateFile(dir, "*", "*"))
	if err != nil {
		return nil, fmt.Errorf("listing the stacks in %s: %w", dir, err)
	}
	var names []string
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		kept, err := readState(file)
		if err != nil {
			return nil, err
		}
		mark, err := readMark(dir, name)
		if err != nil {
			return nil, err
		}
		if kept.resources+kept.pending > 0 && mark == serverID {
			names = append(names, name)
		}
	}
	return names, nil
}

// readMark returns the ID of the local AWS that the stack was last deployed to, or "".
func readMark(dir, stack string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, stack, markName))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading which local AWS stack %s stands on: %w", stack, err)
	}
	return strings.TrimSpace(string(text)), nil
}

func writeMark(dir, stack, serverID string) error {
	if err := os.WriteFile(filepath.Join(dir, stack, markName), []byte(serverID+"\n"), 0o600); err != nil {
		return fmt.Errorf("noting which local AWS stack %s stands on: %w", stack, err)
	}
	return nil
}

// lock is what a running engine leaves in the state backend.
type lock struct {
	PID       int       `json:"pid"`
	Timestamp time.Time `json:"timestamp"`
}

// locks returns the locks on the stack.
func locks(dir, project, stack string) ([]lock, error) {
	files, err := filepath.Glob(filepath.Join(dir, stateFolder, filepath.FromSlash(locksFolder), project, stack, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("looking for locks on stack %s: %w", stack, err)
	}
	var found []lock
	for _, file := range files {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue // released just now
		}
		if err != nil {
			return nil, fmt.Errorf("reading a lock on stack %s: %w", stack, err)
		}
		var l lock
		if err := json.Unmarshal(text, &l); err != nil {
			return nil, fmt.Errorf("reading a lock on stack %s: %w", stack, err)
		}
		found = append(found, l)
	}
	return found, nil
}

// held tells whether the process that took the lock may still be at work. Where the system shows what a process is
// (/proc), a number that another program has now does not count.
func (l lock) held() bool {
	if err := syscall.Kill(l.PID, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", l.PID))
	return err != nil || strings.HasPrefix(string(name), "pulumi")
}
