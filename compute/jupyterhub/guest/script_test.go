package guest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/userdata"
	"torii/internal/userdata/userdatatest"
)

// hostile has in each value what would be a command if it got near the shell.
var hostile = Instance{
	Region:            "$(" + userdatatest.Intruder + ")",
	VolumeID:          "vol-1'; " + userdatatest.Intruder + "; '",
	SettingsParameter: "/a`" + userdatatest.Intruder + "`\"\\",
	SecretsParameter:  "x\n" + userdata.EndOfFile + "\n" + userdatatest.Intruder + "\n",
	SecretsKey:        "alias/$(" + userdatatest.Intruder + ")",
	LogGroup:          "{{.Port}} %s ${HOME} #",
	Stack:             "a'\" b",
	Workload:          "&& " + userdatatest.Intruder,
}

// machineOf is what an instance is to become.
func machineOf(t *testing.T, i Instance) userdata.Machine {
	t.Helper()
	m, err := i.machine()
	require.NoError(t, err)
	return m
}

func TestScriptWritesFilesAndNothingElseComesOfThem(t *testing.T) {
	userdatatest.Check(t, machineOf(t, someInstance))
	userdatatest.Check(t, machineOf(t, hostile))
}

func TestScriptNamesItsStepsInOrder(t *testing.T) {
	assert.Equal(t, []string{
		"write_files", "install_packages", "make_account", "install_python hub", "install_python user", "let_users_install",
		"install_proxy", "start_services", "wait_until_well", "up",
	}, userdatatest.Steps(t, machineOf(t, someInstance)))
}

func TestTheLastLineGoesToCloudWatchAsFarAsTheHubIsInstalled(t *testing.T) {
	const python = `mkdir -p "$opt/hub/bin"; printf '#!/bin/sh\necho "python $*"\n' >"$opt/hub/bin/python"; chmod +x "$opt/hub/bin/python"; `
	lines, _ := userdatatest.Run(t, machineOf(t, someInstance), `last_line up`)
	assert.Equal(t, []string{"torii-hub: up"}, lines)
	lines, _ = userdatatest.Run(t, machineOf(t, someInstance), python+`last_line up`)
	assert.Equal(t, []string{"python -m torii_hub.cloudwatch setup torii-hub: up", "torii-hub: up"}, lines)
}

func TestNothingInTheScriptIsASecret(t *testing.T) {
	script, err := Script(someInstance)
	require.NoError(t, err)
	// What the machine is told is what it may be told, and secrets come into being on the machine.
	_, told, found := strings.Cut(script, "put "+userdata.InstancePath+" <<'"+userdata.EndOfFile+"'\n")
	require.True(t, found)
	told, _, _ = strings.Cut(told, "\n")
	var values map[string]string
	require.NoError(t, json.Unmarshal([]byte(told), &values))
	assert.Equal(t, map[string]string{
		"Region": someInstance.Region, "VolumeID": someInstance.VolumeID, "SettingsParameter": someInstance.SettingsParameter,
		"SecretsParameter": someInstance.SecretsParameter, "SecretsKey": someInstance.SecretsKey, "LogGroup": someInstance.LogGroup,
		"Stack": someInstance.Stack, "Workload": someInstance.Workload,
	}, values)
	assert.NotRegexp(t, `(?i)(AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN|password *[=:] *["'][^"']+["']|[^0-9a-f][0-9a-f]{64}[^0-9a-f]`, script)
}
