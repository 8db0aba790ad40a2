package stack_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
	"torii/stack"
)

const roleToken = "aws:iam/role:Role"

// TestNoRoleIsWithoutItsBoundary holds for every committed stack, so for every kind of role there is.
func TestNoRoleIsWithoutItsBoundary(t *testing.T) {
	files, err := recorder.StackFiles()
	require.NoError(t, err)
	for name, file := range files {
		config, err := recorder.Config(file)
		require.NoError(t, err)
		unbound := recorder.MustRun(t, name, config, stack.Deploy).Of(roleToken)
		require.NotEmpty(t, unbound, name)
		for _, role := range unbound {
			assert.Nil(t, role.Input("permissionsBoundary"), "%s: %s", name, role.Name)
			assert.Nil(t, role.Input("path"), "%s: %s", name, role.Name)
		}

		security := map[string]any{}
		if text, there := config["torii:security"]; there {
			require.NoError(t, json.Unmarshal([]byte(text), &security))
		}
		security["roleBoundary"] = "torii-" + name
		text, err := json.Marshal(security)
		require.NoError(t, err)
		config["torii:security"] = string(text)
		bound := recorder.MustRun(t, name, config, stack.Deploy).Of(roleToken)
		require.Len(t, bound, len(unbound), name)
		for i, role := range bound {
			assert.Equal(t, "arn:aws:iam::"+recorder.AccountID+":policy/torii-"+name, role.Input("permissionsBoundary"), role.Name)
			assert.Equal(t, "/torii-"+name+"/", role.Input("path"), role.Name)
			assert.Equal(t, unbound[i].Parent, role.Parent, "a transformation keeps the rest")
			assert.Equal(t, unbound[i].Input("assumeRolePolicy"), role.Input("assumeRolePolicy"), role.Name)
		}
	}
}
