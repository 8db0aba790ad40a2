//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// process is one that runs.
type process struct {
	id, parent int
	name       string
	folder     string
}

// processes are those that this test's process started, and those that they started.
func processes() []process {
	var all []process
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has just ended
		}
		// number (name) state parent ...; the name may have spaces in it.
		before, after, found := strings.Cut(string(text), " (")
		end := strings.LastIndex(after, ") ")
		if !found || end < 0 {
			continue
		}
		id, _ := strconv.Atoi(before)
		parent, _ := strconv.Atoi(strings.Fields(after[end+2:])[1])
		folder, _ := os.Readlink(filepath.Join(filepath.Dir(file), "cwd"))
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		name, _, _ := strings.Cut(string(command), "\x00")
		all = append(all, process{id, parent, filepath.Base(name), folder})
	}
	return below(all, os.Getpid())
}

func below(all []process, parent int) []process {
	var found []process
	for _, each := range all {
		if each.parent == parent {
			found = append(append(found, each), below(all, each.id)...)
		}
	}
	return found
}

// kill ends, without a chance to do anything about it, the processes of this site's deployment with a name, and with
// whole also those that they started. It returns how many.
func (b *battered) kill(name string, whole bool) int {
	all := processes()
	mine := slices.DeleteFunc(slices.Clone(all), func(p process) bool {
		return p.name != name || p.folder != filepath.Join(b.dir, b.name)
	})
	killed := 0
	for _, each := range mine {
		targets := []process{each}
		if whole {
			targets = append(targets, below(all, each.id)...)
		}
		for _, target := range targets {
			if syscall.Kill(target.id, syscall.SIGKILL) == nil {
				killed++
			}
		}
	}
	return killed
}
