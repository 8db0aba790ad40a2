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
	Notebook:          "{{.Port}} %s ${HOME} #",
	VolumeID:          "vol-1'; " + userdatatest.Intruder + "; '",
	TokenParameter:    "x\n" + userdata.EndOfFile + "\n" + userdatatest.Intruder + "\n",
	TokenKey:          "alias/$(" + userdatatest.Intruder + ")",
	SettingsParameter: "/a`" + userdatatest.Intruder + "`\"\\",
	Packages:          PyPI,
}

// machineOf is what an instance is to become.
func machineOf(t *testing.T, i Instance) userdata.Machine {
	t.Helper()
	m, err := i.machine()
	require.NoError(t, err)
	return m
}

// from is someInstance with its packages from somewhere else.
func from(packages string) Instance {
	i := someInstance
	i.Packages = packages
	return i
}

func TestScriptWritesFilesAndNothingElseComesOfThem(t *testing.T) {
	userdatatest.Check(t, machineOf(t, someInstance))
	userdatatest.Check(t, machineOf(t, hostile))
	userdatatest.Check(t, machineOf(t, from("s3://packages/torii/")))
}

// TestScriptNamesItsStepsInOrder: the watch comes before whatever may fail, so that a
// machine that never comes up stops too.
func TestScriptNamesItsStepsInOrder(t *testing.T) {
	assert.Equal(t, []string{
		"write_files", "watch_idleness", "make_account", "install_jupyter", "share_user_site notebook", "start_services",
		"wait_until_well", "touch /opt/torii/up", "up",
	}, userdatatest.Steps(t, machineOf(t, someInstance)))
}

// said are stand-ins for all that installs, which say what they are asked.
const said = `told() { [[ $1 == Packages ]] && echo "$packages" || echo ap-northeast-1; }
install_packages() { echo install_packages; }; install_python() { echo "install_python $*"; }; aws() { echo "aws $*"; }
command() { [[ " $programs " == *" $2 "* ]]; }; programs="nft mkfs.xfs"; `

func TestPackagesComeFromWhereTheSettingSays(t *testing.T) {
	for _, packages := range []string{"pypi", "https://pypi.example.jp/simple/"} {
		lines, status := userdatatest.Run(t, machineOf(t, from(packages)), said+"packages="+packages+"; install_jupyter")
		assert.Equal(t, 0, status)
		assert.Equal(t, []string{"install_packages", "install_python notebook"}, lines, packages)
	}
	lines, status := userdatatest.Run(t, machineOf(t, someInstance), said+`opt=/opt/torii packages=s3://bucket/torii/; install_jupyter`)
	assert.Equal(t, 0, status)
	assert.Equal(t, []string{
		"install_packages",
		"aws s3 cp s3://bucket/torii/ /opt/torii/wheels --recursive --only-show-errors --region ap-northeast-1",
		"install_python notebook",
	}, lines)
}

func TestPipKnowsTheSourceForGood(t *testing.T) {
	for packages, want := range map[string]string{
		PyPI:                              "",
		NoPackages:                        "",
		"https://pypi.example.jp/simple/": "[global]\nindex-url = https://pypi.example.jp/simple/\n",
		"s3://bucket/torii/":              "[global]\nno-index = true\nfind-links = /opt/torii/wheels\n",
	} {
		files, err := machineOf(t, from(packages)).Files()
		require.NoError(t, err)
		found := ""
		for _, f := range files {
			if f.Path == "/opt/torii/notebook/pip.conf" {
				found = f.Text
			}
		}
		assert.Equal(t, want, found, packages)
	}
}

func TestWithoutPackagesNothingIsInstalledAndAnImageThatLacksSomethingIsNamed(t *testing.T) {
	const made = `mkdir "$opt/notebook"; echo list | tee "$opt/requirements-notebook.txt" >"$opt/notebook/.installed"; `
	for _, c := range []struct{ image, want string }{
		{made, "done"},
		{made + `programs="nft"; `, `torii-notebook: NOT UP: installing: packages are "none", and the image has no mkfs.xfs`},
		{made + `echo more >>"$opt/requirements-notebook.txt"; `, `torii-notebook: NOT UP: installing: packages are "none", ` +
			`and the image has no OPT/notebook with what OPT/requirements-notebook.txt lists`},
		{"", `torii-notebook: NOT UP: installing: packages are "none", ` +
			`and the image has no OPT/notebook with what OPT/requirements-notebook.txt lists`},
	} {
		lines, _ := userdatatest.Run(t, machineOf(t, from(NoPackages)),
			said+`packages=none; `+c.image+`echo "$opt"; step "installing" install_jupyter; echo done`)
		last := strings.ReplaceAll(lines[len(lines)-1], lines[0], "OPT")
		assert.Equal(t, c.want, last)
		assert.NotContains(t, lines, "install_packages")
		assert.NotContains(t, lines, "install_python notebook")
	}
}

func TestNothingInTheScriptIsASecret(t *testing.T) {
	script, err := Script(someInstance)
	require.NoError(t, err)
	// What the machine is told is what it may be told, and the token comes into being on the machine.
	_, told, found := strings.Cut(script, "put "+userdata.InstancePath+" <<'"+userdata.EndOfFile+"'\n")
	require.True(t, found)
	told, _, _ = strings.Cut(told, "\n")
	var values map[string]string
	require.NoError(t, json.Unmarshal([]byte(told), &values))
	assert.Equal(t, map[string]string{
		"Region": someInstance.Region, "Notebook": someInstance.Notebook, "VolumeID": someInstance.VolumeID,
		"TokenParameter": someInstance.TokenParameter, "TokenKey": someInstance.TokenKey,
		"SettingsParameter": someInstance.SettingsParameter, "Packages": "pypi",
	}, values)
	assert.NotRegexp(t, `(?i)(AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN|password *[=:] *["'][^"']+["']|[^0-9a-f][0-9a-f]{64}[^0-9a-f]`, script)
}
