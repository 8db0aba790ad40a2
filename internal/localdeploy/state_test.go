package localdeploy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// keep writes a file below dir.
func keep(t *testing.T, content string, path ...string) {
	t.Helper()
	file := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func checkpoint(resources, pending string) string {
	return fmt.Sprintf(`{"version":3,"checkpoint":{"latest":{"resources":[%s],"pending_operations":[%s]}}}`, resources, pending)
}

func TestDeployed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, state string
		want        bool
		fails       bool
	}{
		{"no state", "", false, false},
		{"a stack that was only previewed", `{"version":3,"checkpoint":{"latest":{"manifest":{}}}}`, false, false},
		{"resources", checkpoint("{},{}", ""), true, false},
		{"a first operation that was cut off", checkpoint("", "{}"), true, false},
		{"half a file", `{"version":3,`, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if c.state != "" {
				keep(t, c.state, dir, "state/.pulumi/stacks/torii/dev.json")
			}
			got, err := Deployed(dir, "torii", "dev")
			if got != c.want || (err != nil) != c.fails {
				t.Errorf("got %t, %v", got, err)
			}
		})
	}
}

func TestStacksOnAreThoseOfOneServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for stack, server := range map[string]string{"dev": "new", "hub": "new", "lab": "old", "unmarked": "", "empty": "new"} {
		resources := "{}"
		if stack == "empty" {
			resources = ""
		}
		keep(t, checkpoint(resources, ""), dir, "state/.pulumi/stacks/torii", stack+".json")
		keep(t, "", dir, stack, "Pulumi.yaml")
		if server != "" {
			if err := writeMark(dir, stack, server); err != nil {
				t.Fatal(err)
			}
		}
	}
	keep(t, checkpoint("{}", ""), dir, "state/.pulumi/stacks/second", "web.json")
	keep(t, "new\n", dir, "web", markName)
	got, err := StacksOn(dir, "new")
	slices.Sort(got)
	if err != nil || !slices.Equal(got, []string{"dev", "hub", "web"}) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestLocks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if found, err := locks(dir, "torii", "dev"); err != nil || len(found) != 0 {
		t.Errorf("without any: %v, %v", found, err)
	}
	keep(t, `{"pid":7,"username":"aiko","hostname":"h","timestamp":"2026-01-02T03:04:05Z"}`,
		dir, "state/.pulumi/locks/organization/torii/dev/1.json")
	keep(t, `{"pid":8}`, dir, "state/.pulumi/locks/organization/torii/other/2.json")
	found, err := locks(dir, "torii", "dev")
	want := []lock{{PID: 7, Timestamp: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("got %v, %v; want %v", found, err, want)
	}
}

func TestLockOfAProcessThatEndedIsNotHeld(t *testing.T) {
	t.Parallel()
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	if (lock{PID: ended.ProcessState.Pid()}).held() {
		t.Error("a process that ended holds its lock")
	}
	if _, err := os.Stat("/proc/self/comm"); err != nil {
		t.Skip("this system does not show what a process is")
	}
	if (lock{PID: os.Getpid()}).held() {
		t.Error("a process that is not pulumi holds a lock")
	}
}
