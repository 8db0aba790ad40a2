package natguest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/userdata"
	"torii/internal/userdata/userdatatest"
)

var someInstance = Instance{
	Region:  "ap-northeast-1",
	Group:   "torii-production-nat-ap-northeast-1a",
	Hook:    "forwards",
	Network: "10.0.0.0/16",
	Private: "10.0.0.0/17",
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
		"write_files", "get_packages nftables", "start_services", "wait_until_well", "tell_group", "up",
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

// said are stand-ins for what the machine asks of AWS, which say what they are asked.
const said = `instance_id() { echo i-1; }; aws() { echo "aws $*"; }; `

const completes = "aws autoscaling complete-lifecycle-action --region ap-northeast-1 " +
	"--auto-scaling-group-name torii-production-nat-ap-northeast-1a --lifecycle-hook-name forwards " +
	"--instance-id i-1 --lifecycle-action-result "

func TestTheGroupIsToldOnce(t *testing.T) {
	lines, status := userdatatest.Run(t, machineOf(t, someInstance), said+"tell_group; tell_group; echo done")
	assert.Equal(t, 0, status)
	assert.Equal(t, []string{completes + "CONTINUE", "done"}, lines)
}

// TestAMachineThatCannotTellIsNotUp: the group would end it later; it says why at once.
func TestAMachineThatCannotTellIsNotUp(t *testing.T) {
	lines, status := userdatatest.Run(t, machineOf(t, someInstance),
		said+`date() { :; }; aws() { [[ $* == *ABANDON ]] && echo abandoned >&2; false; }; step "telling the group" tell_group`)
	assert.Equal(t, 1, status)
	assert.Equal(t, "torii-nat: NOT UP: telling the group: complete CONTINUE", lines[len(lines)-1])
}

func TestTheGroupStartsAnotherMachineWhenThisOneFails(t *testing.T) {
	lines, status := userdatatest.Run(t, machineOf(t, someInstance), said+`broken() { false; }; step "installing" broken`)
	assert.Equal(t, 1, status)
	assert.Equal(t, []string{completes + "ABANDON", "torii-nat: NOT UP: installing: false"}, lines[1:])

	lines, status = userdatatest.Run(t, machineOf(t, someInstance), said+`last_line up`)
	assert.Equal(t, 0, status)
	assert.Equal(t, []string{"torii-nat: up"}, lines)
}

func TestAnInstanceThatCannotBeIsRefused(t *testing.T) {
	for _, write := range []func(Instance) error{
		func(i Instance) error { _, err := Script(i); return err },
		func(i Instance) error { _, err := UserData(i); return err },
	} {
		require.EqualError(t, write(Instance{Region: "ap-northeast-1", Group: "$(id)", Hook: "x", Network: "10.0.0.0/16", Private: "all"}),
			"describing the NAT instance: Group \"$(id)\" is not a name\nPrivate \"all\" is not a range of addresses")
		require.NoError(t, write(someInstance))
	}
}
