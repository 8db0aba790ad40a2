package review_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/review"
)

// rewrite says to write the comments anew: TORII_GOLDEN=write go test ./internal/review. The test fails all the same, so
// that nobody takes it for a pass.
const rewrite = "TORII_GOLDEN"

// recorded is a recorded preview.
func recorded(t *testing.T, name string) review.Digest {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	defer file.Close()
	digest, err := review.Read(file)
	require.NoError(t, err)
	return digest
}

// comment is the comment on a digest.
func comment(t *testing.T, digest review.Digest, options review.Options) string {
	t.Helper()
	text, err := review.Comment(digest, options)
	require.NoError(t, err)
	return text
}

func TestCommentsOnRealPreviews(t *testing.T) {
	for name, change := range changes {
		got := comment(t, recorded(t, name), review.Options{Stack: change.stack})
		path := filepath.Join("testdata", name+".md")
		if os.Getenv(rewrite) != "" {
			require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
			t.Errorf("%s is written; read it, and run again without %s", path, rewrite)
			continue
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, string(want), got, name)
	}
}

// TestWhatEachRecordedChangeMeans holds whatever else a comment says.
func TestWhatEachRecordedChangeMeans(t *testing.T) {
	for name, wants := range map[string][]string{
		"add-service": {
			"Nothing that holds data, carries traffic or runs machines is deleted, replaced or interrupted.",
			"| **new** | gateway | blog | tcp/80 | requests and health checks |",
			"2 new flows, but no new way in from outside; about **", " USD a month more**",
			"- ECS service `blog`",
		},
		"open-ports": {
			"**2 new ways in from outside**",
			"| **wider way in** | internet | gateway | tcp/443 | clients; addresses **also `198.51.100.0/24`** and `203.0.113.0/24` |",
			"what it costs stays as it is",
		},
		"bastion-port": {
			"| **new** | bastion | network | tcp/6379 | forwarded to people, such as a database; addresses `10.0.0.0/16` |",
			"1 new flow, but no new way in from outside",
		},
		"hub-instance": {
			"- The machine of the Auto Scaling group `hub` is **replaced**, since its launch template changes " +
				"(`instanceType` from `t3.large` to `t3.xlarge`). The old one ends before the new one starts",
			"| instance t3.large | ", "| instance t3.xlarge | hub | 0.00 | ",
		},
		"nat-switch": {
			"- The NAT gateway `network-nat-ap-northeast-1a` is **deleted**. Nothing gets out through it any more",
			"- The route `network-private-ap-northeast-1a-out` leads through a network interface, such as a NAT instance's, " +
				"instead of a NAT gateway;",
			"- The public address `network-nat-ap-northeast-1a` is **deleted**. The address is given up for good",
			"| NAT gateway | ", " USD a month less.",
		},
		"remove-person": {
			"- The machine (EC2 instance) `lab-ken-1` is **deleted**.",
			"who may talk to whom stays as it is",
		},
		"package-index": {
			"- The machine (EC2 instance) `lab-aiko-1` is **replaced**, since its `userDataBase64` changes.",
			"<details><summary>Replaced (4)</summary>",
		},
		"rename": {
			"- The EBS volume `lab-aiko-1-home` is **deleted**. Everything on it is lost. AWS takes a last snapshot of it first.",
			"| gone | lab | internet | tcp/443 |", "| **new** | labs | internet | tcp/443 |",
		},
		"refused": {
			"**Stack `team`: the preview failed.** Nothing can be said",
			"- The EBS volume `hub-data` would be deleted, and is **protected** from that.",
			"cannot be deleted\nbecause it is protected",
		},
	} {
		text := comment(t, recorded(t, name), review.Options{Stack: changes[name].stack})
		for _, want := range wants {
			assert.Contains(t, text, want, name)
		}
		assert.Equal(t, review.Marker(changes[name].stack), strings.SplitN(text, "\n", 2)[0])
		assert.Equal(t, name == "refused", recorded(t, name).Failed(), name)
	}
}

func TestHomesStayWhenAPersonGoes(t *testing.T) {
	text := comment(t, recorded(t, "remove-person"), review.Options{Stack: "lab"})
	assert.NotContains(t, text, "The EBS volume")
	assert.NotContains(t, text, "replaced**")
}

func TestAgainstTheTargetBranch(t *testing.T) {
	// As on a fork: both previews begin from nothing, so that all that they say is create.
	fromNothing := func(name string) review.Digest {
		digest := recorded(t, name)
		var steps []review.Step
		for _, step := range digest.Steps {
			if step.New != nil {
				step.Op, step.Old = "create", nil
				steps = append(steps, step)
			}
		}
		digest.Steps = steps
		return digest
	}
	target, err := review.ReadBaseline(bytes.NewReader(encode(t, fromNothing("open-ports"))))
	require.NoError(t, err)
	text := comment(t, fromNothing("bastion-port"), review.Options{Stack: "team", Baseline: target})
	assert.Contains(t, text, "This compares the previews of two branches")
	assert.Contains(t, text, "**Stack `team`**: 1 resource added, 1 changed and 2 deleted; ")
	assert.Contains(t, text, "| **new** | bastion | network | tcp/6379 |")
	assert.Contains(t, text, "| narrower | internet | gateway | tcp/443 | clients; addresses `203.0.113.0/24`, no longer `198.51.100.0/24` |")
	assert.Contains(t, text, "<details><summary>Changed (1)</summary>\n\n- network ACL `network-public`: `egress`, `ingress`")

	// A preview that failed has not got to everything: what it lacks is not deleted.
	failed := fromNothing("bastion-port")
	failed.Steps, failed.Diagnostics = failed.Steps[:20], []review.Diagnostic{{Severity: "error", Message: "no"}}
	text = comment(t, failed, review.Options{Stack: "team", Baseline: target})
	assert.Contains(t, text, "the preview failed.**")
	assert.NotContains(t, text, "eleted")

	alone := comment(t, fromNothing("bastion-port"), review.Options{Stack: "team"})
	assert.Contains(t, alone, "resources added; **2 new ways in from outside** and 7 other new flows; about **")
}

func TestAgainstTheOutputsOfTheRunningStack(t *testing.T) {
	outputs := `{"vpcId":"vpc-1","flows":[
		{"from":"internet","to":"gateway","port":"tcp/443","why":"clients","ranges":["203.0.113.0/24"]},
		{"from":"gateway","to":"old","port":"tcp/80","why":"requests and health checks"},
		{"from":"bastion","to":"network","port":"tcp/5432","why":"forwarded to people, such as a database"}]}`
	running, err := review.ReadBaseline(strings.NewReader(outputs))
	require.NoError(t, err)
	text := comment(t, recorded(t, "bastion-port"), review.Options{Stack: "team", Baseline: running})
	assert.Contains(t, text, "3 flows before, 9 after.")
	assert.Contains(t, text, "| **new way in** | internet | gateway | tcp/80 |")
	assert.Contains(t, text, "| gone | gateway | old | tcp/80 | requests and health checks |")
	assert.Contains(t, text, "|  | internet | gateway | tcp/443 | clients; addresses `203.0.113.0/24` |")
	assert.Contains(t, text, "|  | bastion | network | tcp/5432 |")
}
