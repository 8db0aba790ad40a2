package userdata_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/userdata/userdatatest"
)

func TestScriptIsForBashAndHasNoComments(t *testing.T) {
	script, err := toy(nil).Script()
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(script, "#!/bin/bash\nset -Eeuo pipefail\n"), script[:80])
	assert.NotRegexp(t, `(?m)^\s*# `, script)
	assert.Equal(t, []string{"write_files", "up"}, userdatatest.Steps(t, toy(nil)))
}

// TestAFailedStepIsNamedInTheLastLine runs the script's own machinery around a step that fails.
func TestAFailedStepIsNamedInTheLastLine(t *testing.T) {
	for _, c := range []struct{ step, want string }{
		{`break_it() { false; }`, "torii-toy: NOT UP: breaking it: false"},
		{`break_it() { retry false --really; }`, "torii-toy: NOT UP: breaking it: false --really"},
		{`break_it() { trying="torii-volume: refusing to touch /dev/x"; return 1; }`,
			"torii-toy: NOT UP: breaking it: torii-volume: refusing to touch /dev/x"},
	} {
		lines, status := userdatatest.Run(t, toy(nil), c.step+`; step "breaking it" break_it; echo reached`)
		assert.Equal(t, 1, status)
		assert.Equal(t, c.want, lines[len(lines)-1])
		assert.NotContains(t, lines, "reached")
	}
}

func TestTheLastLineIsAnnounced(t *testing.T) {
	lines, status := userdatatest.Run(t, toy(nil), `announce() { echo "far away: $1"; false; }; last_line up`)
	assert.Equal(t, 0, status)
	assert.Equal(t, []string{"far away: torii-toy: up", "torii-toy: up"}, lines)
}

func TestRetryGivesUpAfterFiveTries(t *testing.T) {
	lines, status := userdatatest.Run(t, toy(nil), `n=0; third() { n=$((n+1)); test $n = 3; }; retry third; echo "$n"`)
	assert.Equal(t, 0, status)
	assert.Equal(t, "3", lines[len(lines)-1])
	assert.Len(t, lines, 3)

	lines, status = userdatatest.Run(t, toy(nil), `step "failing" retry false`)
	assert.Equal(t, 1, status)
	assert.Len(t, lines, 1+5+1)
}

// TestOnlyWhatChangedIsRestarted has a systemctl that says what it is asked.
func TestOnlyWhatChangedIsRestarted(t *testing.T) {
	const quiet = `systemctl() { echo "$*"; }; services=(volume imds toy); `
	for _, c := range []struct {
		changed string
		want    []string
	}{
		{"", nil},
		{"/opt/torii/imds.nft", []string{"imds", "toy"}},
		{"/opt/torii/torii_ec2/volume.py", []string{"volume", "toy"}},
		{"/opt/torii/toy", []string{"toy"}},
		{"/etc/torii/instance.json", []string{"volume", "imds", "toy"}},
	} {
		lines, status := userdatatest.Run(t, toy(nil), quiet+`changed=(`+c.changed+`); start_services`)
		assert.Equal(t, 0, status)
		want := []string{"daemon-reload", "--quiet enable torii-volume torii-imds torii-toy torii-watch.timer"}
		for _, service := range c.want {
			want = append(want, "--no-block restart torii-"+service)
		}
		want = append(want, "--no-block start torii-volume torii-imds torii-toy torii-watch.timer")
		assert.Equal(t, want, lines, c.changed)
	}

	lines, status := userdatatest.Run(t, plainToy(), quiet+`services=(imds toy); changed=(/etc/a); start_services`)
	assert.Equal(t, 0, status)
	assert.Equal(t, []string{
		"daemon-reload", "--quiet enable torii-imds torii-toy", "--no-block restart torii-toy", "--no-block start torii-imds torii-toy",
	}, lines, "a kind without Python has no timer of ours")
}

// TestWhatAnImageBringsIsNotInstalled has package managers that say what they are asked.
func TestWhatAnImageBringsIsNotInstalled(t *testing.T) {
	const (
		amazon = `command() { [[ $2 == dnf ]]; }; dnf() { echo "dnf $*"; }; `
		debian = `command() { return 1; }; apt-get() { echo "apt-get $*"; }; `
	)
	for _, c := range []struct {
		code string
		want []string
	}{
		{amazon + `rpm() { true; }; `, nil},
		{amazon + `rpm() { false; }; `, []string{"dnf install -y -q nftables xfsprogs git python3.11 python3.11-pip"}},
		{debian + `dpkg() { true; }; `, nil},
		{debian + `dpkg() { false; }; `, []string{
			"apt-get -qq -o DPkg::Lock::Timeout=300 update",
			"apt-get -qq -o DPkg::Lock::Timeout=300 install --no-install-recommends --no-upgrade " +
				"nftables xfsprogs git python3 python3-venv ca-certificates",
		}},
	} {
		lines, status := userdatatest.Run(t, toy(nil), c.code+`install_packages; echo done`)
		assert.Equal(t, 0, status)
		assert.Equal(t, append(c.want, "done"), lines, c.code)
	}

	lines, status := userdatatest.Run(t, plainToy(), amazon+`rpm() { false; }; get_packages nginx nftables`)
	assert.Equal(t, 0, status)
	assert.Equal(t, []string{"dnf install -y -q nginx nftables"}, lines)
}
