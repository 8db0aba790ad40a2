package userdata_test

import (
	"encoding/json"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/userdata"
	"torii/internal/userdata/userdatatest"
)

const toySetup = `# why
services=(volume toy)
main() {
  step "writing" write_files
  last_line "up"
}
`

// toy is the smallest machine that there could be.
func toy(told any) userdata.Machine {
	return userdata.Machine{
		Kind: "toy", Told: told, Values: map[string]any{"Port": 80, "HealthPath": "/", "Data": "/data"},
		Own: fstest.MapFS{
			"files/setup.sh":                         {Data: []byte(toySetup)},
			"files/machine/opt/torii/torii_toy/a.py": {Data: []byte("\"\"\"What.\"\"\"\nbraces = \"{{.Kind}}\"\n")},
		},
	}
}

// plainToy is a machine without a volume and without Python.
func plainToy() userdata.Machine {
	m := toy(map[string]string{"Region": "ap-northeast-1"})
	m.Shared = []string{"/etc/systemd/system/torii-imds.service", "/opt/torii/imds.nft"}
	m.Values = nil
	return m
}

// hostile has in each value what would be a command if it got near the shell.
var hostile = map[string]string{
	"substitution": "$(" + userdatatest.Intruder + ")",
	"quotes":       "vol-1'; " + userdatatest.Intruder + "; '",
	"backquotes":   "/a`" + userdatatest.Intruder + "`\"\\",
	"lines":        "x\n" + userdata.EndOfFile + "\n" + userdatatest.Intruder + "\n",
	"template":     "{{.Port}} %s ${HOME} #",
}

func TestScriptWritesFilesAndNothingElseComesOfThem(t *testing.T) {
	userdatatest.Check(t, toy(map[string]string{"Region": "ap-northeast-1"}))
	userdatatest.Check(t, toy(hostile))
	userdatatest.Check(t, plainToy())
}

func TestFilesAreWhatWasToldThenWhatIsMadeThenSharedThenOwn(t *testing.T) {
	m := toy(hostile)
	m.More = []userdata.File{{Path: "/etc/more", Text: "{{.Kind}}\n"}}
	files, err := m.Files()
	require.NoError(t, err)
	var paths []string
	texts := map[string]string{}
	for _, f := range files {
		paths = append(paths, f.Path)
		texts[f.Path] = f.Text
	}
	assert.Equal(t, []string{
		"/etc/torii/instance.json", "/etc/more",
		"/etc/jupyter/labconfig/page_config.json",
		"/etc/systemd/system/torii-imds.service", "/etc/systemd/system/torii-volume.service", "/etc/systemd/system/torii-watch.timer",
		"/opt/torii/imds.nft", "/opt/torii/torii_ec2/__init__.py", "/opt/torii/torii_ec2/machine.py", "/opt/torii/torii_ec2/volume.py",
		"/opt/torii/torii_toy/a.py",
	}, paths)

	var back map[string]string
	require.NoError(t, json.Unmarshal([]byte(texts["/etc/torii/instance.json"]), &back))
	assert.Equal(t, hostile, back)
	// Templates are the shared files only.
	assert.Contains(t, texts["/etc/systemd/system/torii-volume.service"], "ExecStart=/opt/torii/toy/bin/python -m torii_toy.volume\n")
	assert.Contains(t, texts["/opt/torii/torii_ec2/machine.py"], "\nDATA = \"/data\"")
	assert.Equal(t, "braces = \"{{.Kind}}\"\n", texts["/opt/torii/torii_toy/a.py"])
	assert.Equal(t, "{{.Kind}}\n", texts["/etc/more"])
}

func TestAMachineGetsWhatItAsksForOfTheSharedFiles(t *testing.T) {
	files, err := plainToy().Files()
	require.NoError(t, err)
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	assert.Equal(t, []string{
		"/etc/torii/instance.json", "/etc/systemd/system/torii-imds.service", "/opt/torii/imds.nft", "/opt/torii/torii_toy/a.py",
	}, paths)
	script, err := plainToy().Script()
	require.NoError(t, err)
	assert.NotContains(t, script, "install_python")

	m := plainToy()
	m.Shared = []string{"/opt/torii/imds"}
	_, err = m.Files()
	require.EqualError(t, err, "reading the files of the toy: open files/machine/opt/torii/imds: file does not exist")
}

func TestAVariantHasMoreFilesThanItsKind(t *testing.T) {
	m := plainToy()
	m.Also = fstest.MapFS{"files/machine/etc/b.conf": {Data: []byte("# why\n{{.Kind}}\n")}}
	files, err := m.Files()
	require.NoError(t, err)
	assert.Equal(t, userdata.File{Path: "/etc/b.conf", Text: "{{.Kind}}\n"}, files[len(files)-1])
	assert.Equal(t, "/opt/torii/torii_toy/a.py", files[len(files)-2].Path)
	userdatatest.Check(t, m)
}

func TestAValueThatATemplateLacksIsAnError(t *testing.T) {
	m := toy(nil)
	m.Values = map[string]any{"Port": 80}
	_, err := m.Script()
	require.ErrorContains(t, err, "writing the setup of the toy: ")
	require.ErrorContains(t, err, `no entry for key "HealthPath"`)
	_, err = m.UserData()
	require.ErrorContains(t, err, `no entry for key "HealthPath"`)
	_, err = m.Files()
	require.ErrorContains(t, err, "reading the files of the toy: ")
	require.ErrorContains(t, err, `no entry for key "Data"`)
}

func TestOnlyRootReachesTheMetadataService(t *testing.T) {
	files, err := toy(nil).Files()
	require.NoError(t, err)
	for _, f := range files {
		if f.Path == "/opt/torii/imds.nft" {
			assert.Contains(t, f.Text, "meta skuid != 0 ip daddr 169.254.169.254 reject\n")
			assert.Contains(t, f.Text, "meta skuid != 0 ip6 daddr fd00:ec2::254 reject\n")
			return
		}
	}
	t.Fatal("there is no such rule")
}
