package localaws

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestPort(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, value string
		port        int
		problem     string
	}{
		{"unset is the default", "", 4580, ""},
		{"a number is that port", "5000", 5000, ""},
		{"spaces around it are harmless", " 5000 ", 5000, ""},
		{"0 would be another port at every run", "0", 0, `TORII_LOCAL_PORT: "0" is not a port; choose a number from 1 to 65535`},
		{"65535 is the last", "65535", 65535, ""},
		{"65536 is none", "65536", 0, `TORII_LOCAL_PORT: "65536" is not a port; choose a number from 1 to 65535`},
		{"a word is none", "http", 0, `TORII_LOCAL_PORT: "http" is not a port; choose a number from 1 to 65535`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			port, err := Port(c.value)
			if port != c.port || text(err) != c.problem {
				t.Errorf("got %d, %q; want %d, %q", port, text(err), c.port, c.problem)
			}
		})
	}
}

func TestServerEnvironmentIsTheCallersWithoutAWS(t *testing.T) {
	t.Parallel()
	got := serverEnvironment([]string{"PATH=/bin", "AWS_PROFILE=prod", "MOTO_ACM_VALIDATION_WAIT=60", "HOME=/h"})
	want := []string{
		"PATH=/bin", "HOME=/h",
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "MOTO_ACM_VALIDATION_WAIT=1",
		"PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestExplainExit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := filepath.Join(dir, "server.log")
	if err := os.WriteFile(log, []byte("Traceback\nModuleNotFoundError: No module named 'moto'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, script, want string }{
		{"98 is a port that is taken", "exit 98", "address already in use"},
		{
			"others are in the log's last line", "exit 1",
			`starting the local AWS: moto ended with "ModuleNotFoundError: No module named 'moto'"; its log is ` + log,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := explainExit(exec.Command("sh", "-c", c.script).Run(), Options{Dir: dir})
			if text(got) != c.want {
				t.Errorf("got  %q\nwant %q", text(got), c.want)
			}
		})
	}
}

func TestWithoutLeavesWhatIsNew(t *testing.T) {
	t.Parallel()
	before := Resources{"ec2": {"VPC": {"vpc-1"}}, "route53": {"FakeZone": {"zone"}}}
	after := Resources{"ec2": {"VPC": {"vpc-1", "vpc-2"}, "Subnet": {"subnet-1"}}, "route53": {"FakeZone": {"zone"}}}
	got := after.Without(before)
	want := Resources{"ec2": {"VPC": {"vpc-2"}, "Subnet": {"subnet-1"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got.Count() != 2 {
		t.Errorf("counted %d, want 2", got.Count())
	}
	if text := got.String(); text != "ec2 Subnet: subnet-1\nec2 VPC: vpc-2" {
		t.Errorf("as text: %q", text)
	}
	if rest := after.Without(after); rest.Count() != 0 || rest.String() != "" {
		t.Errorf("without itself: %v", rest)
	}
}

func TestLacks(t *testing.T) {
	t.Parallel()
	for _, token := range []string{
		"aws:ec2/vpc:Vpc", "aws:dlm/lifecyclePolicy:LifecyclePolicy", "aws:lb/trustStore:TrustStore",
		"aws:lb/trustStoreRevocation:TrustStoreRevocation",
	} {
		if reason := Lacks(token); reason != "" {
			t.Errorf("%s lacks: %q", token, reason)
		}
	}
	if reason := Lacks("aws:backup/selection:Selection"); !strings.Contains(reason, "backup selections") {
		t.Errorf("a backup selection lacks: %q", reason)
	}
}

func TestLauncherVersionFollowsItsFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		version, err := launcherVersion(filepath.Join(dir, "server.py"))
		if err != nil {
			t.Fatal(err)
		}
		return version
	}
	first := write("server.py", "1")
	if again := write("notes.txt", "not Python"); again != first {
		t.Error("a file that is not Python made another version")
	}
	second := write("existing.py", "1")
	if second == first {
		t.Error("another Python file made no other version")
	}
	if err := os.MkdirAll(filepath.Join(dir, "services", "dlm"), 0o700); err != nil {
		t.Fatal(err)
	}
	if third := write("services/dlm/models.py", "1"); third == second {
		t.Error("a Python file in a folder made no other version")
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	if errors.Is(err, errAddressInUse) {
		return errAddressInUse.Error()
	}
	return err.Error()
}
