package guest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/userdata"
	"torii/internal/userdata/userdatatest"
)

func machineOf(t *testing.T, i Instance) userdata.Machine {
	t.Helper()
	m, err := i.machine()
	require.NoError(t, err)
	return m
}

func TestScriptWritesFilesAndNothingElseComesOfThem(t *testing.T) {
	userdatatest.Check(t, machineOf(t, Instance{Hours: 4}))
}

// TestScriptNamesItsStepsInOrder: the timer comes before whatever may fail, so that a machine
// that never comes up ends too.
func TestScriptNamesItsStepsInOrder(t *testing.T) {
	assert.Equal(t, []string{"write_files", "set_end", "start_timer", "turn_ssh_off", "install_tools", "up"},
		userdatatest.Steps(t, machineOf(t, Instance{Hours: 4})))
}

func TestOnlyItsOwnFilesAreWritten(t *testing.T) {
	files, err := machineOf(t, Instance{Hours: 4}).Files()
	require.NoError(t, err)
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	assert.Equal(t, []string{
		"/etc/torii/instance.json",
		"/etc/systemd/system/torii-end.service", "/etc/systemd/system/torii-end.timer", "/opt/torii/end",
	}, paths)
}

func TestTheEndIsSetOnce(t *testing.T) {
	lines, status := userdatatest.Run(t, machineOf(t, Instance{Hours: 3}),
		`root=$opt; mkdir -p "$root/etc/torii"; date() { echo 1000000000; }; set_end; cat "$root/etc/torii/end"
date() { echo 1000000777; }; set_end; cat "$root/etc/torii/end"`)
	assert.Equal(t, 0, status)
	assert.Equal(t, []string{"1000010800", "1000010800"}, lines)
}

func TestWhatTheImageBringsIsNotInstalled(t *testing.T) {
	const say = `get_packages() { echo "get $*"; }; command() { [[ " $programs " == *" $2 "* ]]; }; `
	for programs, want := range map[string][]string{
		"aws curl dnf": {"done"},
		"curl dnf":     {"get awscli-2", "done"},
		"dnf":          {"get awscli-2", "get curl-minimal", "done"},
		"aws":          {"get curl", "done"},
		"":             {"get awscli", "get curl", "done"},
	} {
		lines, status := userdatatest.Run(t, machineOf(t, Instance{Hours: 4}), say+`programs="`+programs+`"; install_tools; echo done`)
		assert.Equal(t, 0, status)
		assert.Equal(t, want, lines, programs)
	}
}

func TestHoursAreADaysAtMost(t *testing.T) {
	for _, hours := range []int{1, 24} {
		data, err := UserData(Instance{Hours: hours})
		require.NoError(t, err)
		assert.LessOrEqual(t, len(data), 16384)
		again, err := UserData(Instance{Hours: hours})
		require.NoError(t, err)
		assert.Equal(t, data, again)
	}
	for _, hours := range []int{-1, 0, 25} {
		_, err := UserData(Instance{Hours: hours})
		require.ErrorContains(t, err, "describing the bastion's instance: it cannot end itself after ")
		_, err = Script(Instance{Hours: hours})
		require.Error(t, err)
	}
}
