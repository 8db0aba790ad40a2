package operations

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file.
func golden(t *testing.T, name, text string) {
	t.Helper()
	at := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(at, []byte(text), 0o600))
		t.Errorf("rewrote %s", at)
		return
	}
	want, err := os.ReadFile(at)
	require.NoError(t, err)
	assert.Equal(t, string(want), text, "go test ./operations -update writes it anew; read what changed")
}

// limitsHold are the rules of PutMetricAlarm, which the provider does not check.
func TestLimitsHold(t *testing.T) {
	for name, of := range limits {
		assert.Contains(t, []string{above, atLeast, below}, of.compare, name)
		assert.Contains(t, []string{isWell, isBad, staysAsIs}, of.missing, name)
		assert.Zero(t, of.seconds%60, name)
		assert.Positive(t, of.seconds, name)
		assert.Positive(t, of.periods, name)
		assert.LessOrEqual(t, of.seconds*of.periods, 86400, name)
		assert.Greater(t, len(of.why), 20, name)
	}
}

// The list of all alarms, as a person reads it.
func TestAlarms(t *testing.T) {
	text := ""
	names := map[string]bool{}
	for _, each := range alarms(everything, "torii-prod", "ap-northeast-1") {
		assert.False(t, names[each.name], "%s is there twice", each.name)
		names[each.name] = true
		assert.LessOrEqual(t, len(each.description("torii-prod")), 1024)
		if each.expression == "" {
			assert.Len(t, each.metrics, 1, each.name)
		} else {
			assert.Len(t, each.ids, len(each.metrics), each.name)
		}
		text += each.name + ": " + each.says + "\n"
		for i, m := range each.metrics {
			text += "  "
			if each.expression != "" {
				text += each.ids[i] + " = "
			}
			text += m.stat + " of " + m.namespace + " " + m.name
			for _, d := range m.dimensions {
				value := string(d.value.(pulumi.String))
				assert.NotRegexp(t, `^arn:aws:elasticloadbalancing`, value, "metrics know load balancers by the ARN's end")
				text += " " + d.name + "=" + value
			}
			text += "\n"
		}
		if each.expression != "" {
			text += "  " + each.expression + "\n"
		}
	}
	golden(t, "alarms.txt", text)
}

// A stack without a gate has nothing of a gate's.
func TestAlarmsAreOfWhatStands(t *testing.T) {
	assert.Empty(t, alarms(Stands{FlowLogGroup: pulumi.String("flows")}, "torii-dev", "ap-northeast-1"))
	only := Stands{Snapshots: everything.Snapshots, NATInstances: everything.NATInstances}
	var names []string
	for _, each := range alarms(only, "torii-dev", "ap-northeast-1") {
		names = append(names, each.name)
	}
	assert.Equal(t, []string{"nat-instance-down-ap-northeast-1c", "hub-snapshots-failed"}, names)
}

func TestDashboard(t *testing.T) {
	all := widgets(everything, "torii-prod", "ap-northeast-1")
	var known []string
	for _, each := range values(all) {
		known = append(known, string(each.(pulumi.String)))
	}
	text, err := render(all, "ap-northeast-1", known)
	require.NoError(t, err)
	var body struct {
		Widgets []struct {
			X, Y, Width, Height int
			Properties          struct {
				Region  string
				Metrics [][]any
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &body))
	taken := map[[2]int]bool{}
	for _, each := range body.Widgets {
		assert.LessOrEqual(t, each.X+each.Width, 24)
		assert.Equal(t, "ap-northeast-1", each.Properties.Region)
		assert.False(t, taken[[2]int{each.X, each.Y}], "two graphs at one place")
		taken[[2]int{each.X, each.Y}] = true
		for _, line := range each.Properties.Metrics {
			assert.Equal(t, 1, len(line)%2, "namespace, name, pairs of dimensions, options")
		}
	}
	pretty, err := json.MarshalIndent(json.RawMessage(text), "", " ")
	require.NoError(t, err)
	golden(t, "dashboard.json", string(pretty)+"\n")
}
