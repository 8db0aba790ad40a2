package natguest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/userdata"
	"torii/internal/userdata/userdatatest"
)

var someInstance = Instance{Network: "10.0.0.0/16", Private: "10.0.0.0/17"}

// machineOf is what an instance is to become.
func machineOf(t *testing.T, i Instance) userdata.Machine {
	t.Helper()
	m, err := i.machine()
	require.NoError(t, err)
	return m
}

func TestScriptWritesFilesAndNothingElseComesOfThem(t *testing.T) {
	userdatatest.Check(t, machineOf(t, someInstance))
	files, err := machineOf(t, someInstance).Files()
	require.NoError(t, err)
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	assert.Equal(t, []string{
		"/etc/torii/instance.json", "/opt/torii/ranges.nft", "/etc/systemd/system/torii-nat.service", "/opt/torii/nat.conf", "/opt/torii/nat.nft",
	}, paths)
	assert.Equal(t, "define network = 10.0.0.0/16\ndefine private = 10.0.0.0/17\n", files[1].Text)
}

func TestScriptNamesItsStepsInOrder(t *testing.T) {
	assert.Equal(t, []string{
		"set_limit", "write_files", "get_packages nftables", "start_services", "wait_until_well", "up",
	}, userdatatest.Steps(t, machineOf(t, someInstance)))
}

func TestUserDataIsTheSameEachTime(t *testing.T) {
	data, err := UserData(someInstance)
	require.NoError(t, err)
	t.Logf("%d of 16384 bytes", len(data))
	again, err := UserData(someInstance)
	require.NoError(t, err)
	assert.Equal(t, data, again)
}

// said is a stand-in for systemctl that says what it is asked.
const said = `systemctl() { echo "systemctl $*"; }; `

// TestAMachineThatFailsEndsItself once it has said why, so that its group starts another.
func TestAMachineThatFailsEndsItself(t *testing.T) {
	lines, status := userdatatest.Run(t, machineOf(t, someInstance), said+`broken() { false; }; step "installing" broken`)
	assert.Equal(t, 1, status)
	assert.Equal(t, []string{"torii-nat: NOT UP: installing: false", "systemctl poweroff"}, lines[1:])
}

// TestAMachineThatIsUpStays, although its limit would end it a little later.
func TestAMachineThatIsUpStays(t *testing.T) {
	lines, status := userdatatest.Run(t, machineOf(t, someInstance), said+`last_line up`)
	assert.Equal(t, 0, status)
	assert.Equal(t, []string{"systemctl stop torii-limit.timer", "torii-nat: up"}, lines)
}

func TestAnInstanceThatCannotBeIsRefused(t *testing.T) {
	for _, write := range []func(Instance) error{
		func(i Instance) error { _, err := Script(i); return err },
		func(i Instance) error { _, err := UserData(i); return err },
	} {
		require.EqualError(t, write(Instance{Network: "$(id)", Private: "all"}),
			"describing the NAT instance: Network \"$(id)\" is not a range of addresses\nPrivate \"all\" is not a range of addresses")
		require.NoError(t, write(someInstance))
	}
}
