package stack

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/readme"
	"torii/internal/recorder"
	"torii/security"
	"torii/stack/settings"
)

func TestREADMEHasTheFlowTables(t *testing.T) {
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	for name, file := range files {
		config, err := recorder.Config(file)
		require.NoError(t, err)
		chosen, problems := settings.Load(config)
		require.NoError(t, problems.Err())
		assert.Equal(t, "```\n"+security.Table(flows(chosen))+"```", readme.Part(t, "flows "+name), name)
	}
}

func TestREADMEHasTheOutputs(t *testing.T) {
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	exported := map[string]bool{}
	configs := map[string]map[string]string{}
	for name, file := range files {
		configs[name], err = recorder.Config(file)
		require.NoError(t, err)
	}
	// What one stack of an account may have, and so no example has.
	configs["preferences"] = maps.Clone(configs["notebooks"])
	configs["preferences"]["torii:security"] = `{"sessionPreferences":true}`
	configs["endpoints"] = maps.Clone(configs["fargate-web"])
	configs["endpoints"]["torii:network"] = `{"zones":["ap-northeast-1a","ap-northeast-1c"],"endpoints":["ecr","logs"]}`
	for name, config := range configs {
		recorder.MustRun(t, name, config, func(ctx *pulumi.Context) error {
			d, err := build(ctx)
			if err != nil {
				return err
			}
			for output := range d.outputs() {
				exported[output] = true
			}
			return nil
		})
	}
	documented := map[string]bool{}
	for _, match := range regexp.MustCompile("(?m)^\\| `([a-zA-Z0-9]+)`").FindAllStringSubmatch(readme.Part(t, "outputs"), -1) {
		documented[match[1]] = true
	}
	assert.Equal(t, slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(exported)))
}
