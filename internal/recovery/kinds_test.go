package recovery

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
	"torii/stack"
)

// TestEveryTypeHasARule: of each type that a committed stack registers it is known what becomes of a creation that was
// cut off.
func TestEveryTypeHasARule(t *testing.T) {
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	for name, file := range files {
		config, err := recorder.Config(file)
		require.NoError(t, err)
		for _, each := range recorder.MustRun(t, name, config, stack.Deploy).All() {
			if !each.Custom {
				continue
			}
			assert.True(t, Known(each.Type), "%s: add it to kinds with a lister, to repeatable with the reason, or to looked", each.Type)
			if kind, found := kinds[each.Type]; found && kind.name == "" {
				assert.NotEmpty(t, kind.key(each.Inputs.Mappable()), "%s %s has nothing to be found by", each.Type, each.Name)
			}
		}
	}
}

func TestEveryKindHasOneLister(t *testing.T) {
	listed := map[string]int{}
	for _, each := range listers() {
		for _, token := range each.types {
			listed[token]++
		}
	}
	for _, token := range sorted(kinds) {
		assert.Equal(t, 1, listed[token], token)
		_, again := repeatable[token]
		_, hand := looked[token]
		assert.False(t, again || hand, "%s has two rules", token)
	}
	for token := range listed {
		assert.Contains(t, sorted(kinds), token)
	}
}

func TestKeys(t *testing.T) {
	rule := map[string]any{
		"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0, "cidrIpv4": "0.0.0.0/0", "tags": map[string]any{},
	}
	for _, each := range []struct{ want, got string }{
		{"sg-1 tcp 443 443 0.0.0.0/0   ", ruleKey(rule)},
		{"torii-dev-vpc", nameTag(map[string]any{"tags": map[string]any{"Name": "torii-dev-vpc"}})},
		{"torii-dev-hub", nameTag(map[string]any{"tags": []any{map[string]any{"key": "Name", "value": "torii-dev-hub"}}})},
		{"hub-1a2b3c4 hub-instance", kinds[rolePolicy].key(map[string]any{"role": "hub-1a2b3c4", "name": "hub-instance-0a0b0c0"})},
		{"", kinds[rolePolicy].key(map[string]any{"name": "hub-instance-0a0b0c0"})},
		{"z1 www.example.jp a", recordKey(map[string]any{"zoneId": "Z1", "name": "www.example.jp.", "type": "A"})},
	} {
		assert.Equal(t, each.want, each.got)
	}
}
