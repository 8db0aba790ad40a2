package main

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/cost"
	"torii/internal/readme"
	"torii/internal/recorder"
	"torii/stack/settings"
)

var update = flag.Bool("update", false, "write README's tables")

// stages are the stack files of one system from its cheapest to the one that people work on.
var stages = []string{"dev", "staging", "prod"}

// committed is every committed stack, stages first.
func committed(t *testing.T) []string {
	t.Helper()
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(name string) bool { return slices.Contains(stages, name) })
	return append(slices.Clone(stages), others...)
}

func TestREADMEHasTheCostsOfEveryCommittedStack(t *testing.T) {
	stacks, err := readAll(committed(t))
	require.NoError(t, err)
	compare(t, "costs", beside(stacks))
}

func TestREADMEHasWhatStagesDifferIn(t *testing.T) {
	stacks, err := readAll(stages)
	require.NoError(t, err)
	table, err := differences(stacks)
	require.NoError(t, err)
	compare(t, "stages", table)
}

// compare wants a part of README to be as it should; with -update it writes it.
func compare(t *testing.T, marker, want string) {
	t.Helper()
	is := readme.Part(t, marker)
	if *update && is != want {
		path := filepath.Join(recorder.Root(), "README.md")
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		open, end := "<!-- "+marker+" -->\n", "<!-- /"+marker+" -->"
		head, rest, _ := strings.Cut(string(text), open)
		_, tail, _ := strings.Cut(rest, end)
		require.NoError(t, os.WriteFile(path, []byte(head+open+want+"\n"+end+tail), 0o600))
		t.Fatalf("rewrote part %s of README", marker)
	}
	assert.Equal(t, want, is, "go test ./cmd/costs -update writes it")
}

// TestEveryTypeOfTheCommittedStacksIsKnown: what is left out of their totals depends on use.
func TestEveryTypeOfTheCommittedStacksIsKnown(t *testing.T) {
	stacks, err := readAll(committed(t))
	require.NoError(t, err)
	for _, each := range stacks {
		var byUse []string
		for _, usage := range each.prices.Usage {
			byUse = append(byUse, usage.Text)
		}
		require.NotEmpty(t, each.bill.Lines, each.name)
		assert.Subset(t, byUse, each.bill.NotCounted, each.name)
	}
}

// TestDefaultMachinesHaveAPrice: those that settings fall back to.
func TestDefaultMachinesHaveAPrice(t *testing.T) {
	prices, err := cost.Load()
	require.NoError(t, err)
	chosen, problems := settings.Load(map[string]string{
		"torii:network": `{"zones":["ap-northeast-1a","ap-northeast-1c"]}`,
		"torii:workloads": `{"hub":{"kind":"jupyterhub","host":"hub.example.jp","admins":["aiko"]},` +
			`"lab":{"kind":"notebooks","people":{"ken":1}},"web":{"kind":"fleet","host":"www.example.jp"}}`,
	})
	require.NoError(t, problems.Err())
	for _, name := range []string{
		chosen.Network.NATInstanceType, chosen.Bastion.InstanceType, chosen.Workloads["hub"].JupyterHub.InstanceType,
		chosen.Workloads["lab"].Notebooks.People["ken"].InstanceType, chosen.Workloads["web"].Fleet.InstanceType,
	} {
		assert.Contains(t, prices.Instances, name)
	}
}

// TestREADMEHasTheRightPricesOfHubs in its table of how many people fit which instance.
func TestREADMEHasTheRightPricesOfHubs(t *testing.T) {
	prices, err := cost.Load()
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(recorder.Root(), "README.md"))
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| ([a-z0-9]+\.[a-z0-9]+) \| \d+ \| \d+ GiB \| \d+ \| ([0-9.]+) \|$`).FindAllStringSubmatch(string(text), -1)
	require.GreaterOrEqual(t, len(rows), 5)
	for _, row := range rows {
		price, known := prices.Instances[row[1]]
		require.True(t, known, row[1])
		assert.Equal(t, cost.Money(price*prices.Basis.HoursPerMonth), row[2], row[1])
	}
}
