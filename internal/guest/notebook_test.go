//go:build integration && linux

package guest_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/require"

	notebook "torii/compute/notebooks/guest"
	"torii/internal/guest"
)

const (
	// laptop is where Session Manager's plugin listens on ken's laptop.
	laptop      = "127.0.0.1:58889"
	notebookURL = "http://" + laptop
	kenNote     = "/home/jupyter/analysis.ipynb"
)

// notebookTest is what the steps of TestNotebook share.
type notebookTest struct {
	*site
	m        *instance
	volume   *guest.Volume
	instance notebook.Instance
	browser  *guest.Browser
	session  net.Listener // on the laptop
	ken      person       // the owner
	index    *index
}

// TestNotebook takes a notebook through its life, on two machines. Each step builds on those
// before it, so the first that fails ends the test.
func TestNotebook(t *testing.T) {
	t.Parallel()
	n := newNotebookTest(t, "ken-2", notebook.PyPI)
	n.browser = browse(t, guest.BrowserOptions{})
	n.launch("lab-a", nil)
	n.connect()
	n.ken = newPerson(t, n.browser, notebookURL, "ken")
	for _, step := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"fresh machine comes up", n.comesUp},
		{"it listens on its loopback only", n.listensOnLoopback},
		{"nobody gets in without the token", n.withoutToken},
		{"the token lets the browser in and a cell runs", n.cellRuns},
		{"nobody answers from outside", n.nothingOutside},
		{"metadata is for root only", n.metadataIsForRoot},
		{"a package of the user's own", n.userInstalls},
		{"the token is nowhere else", n.tokenIsNowhere},
		{"second run of the user data changes nothing", n.secondRun},
		{"a grown volume is taken over", n.growsVolume},
		{"machine is stopped and started", n.machineRestarts},
		{"new machine without internet has everything", n.newMachine},
		{"an image that brings everything installs nothing", n.imageBringsAll},
		{"role allows what was asked for", n.roleSuffices},
		{"packages come from a folder in S3", n.wheelsFromS3},
		{"signs of work", n.signsOfWork},
		{"busy machine goes on, idle one stops", n.idleStops},
	} {
		began := time.Now()
		if !t.Run(step.name, func(t *testing.T) { n.t, n.ken = t, n.ken.in(t); step.do(t) }) {
			n.m.journal(t)
			keepPicture(t, n.ken.Page, "ken")
			return
		}
		t.Logf("%s: %s", step.name, time.Since(began).Round(100*time.Millisecond))
	}
}

// newNotebookTest makes what a notebook's stack makes in AWS.
func newNotebookTest(t *testing.T, name, packages string) *notebookTest {
	t.Helper()
	n := &notebookTest{site: newSite(t)}
	n.volume = n.newVolume(1024)
	n.instance = notebook.Instance{
		Region: region, Notebook: name, VolumeID: n.volume.ID, Packages: packages,
		TokenParameter: "/torii/dev/lab/ken/2/token", TokenKey: "alias/torii-dev", SettingsParameter: "/torii/dev/lab/settings",
	}
	n.putParameter(n.instance.TokenParameter, notebook.UnsetToken, ssmtypes.ParameterTypeSecureString)
	settings, err := notebook.Settings{IdleMinutes: 60}.JSON()
	require.NoError(t, err)
	n.putParameter(n.instance.SettingsParameter, settings, ssmtypes.ParameterTypeString)
	return n
}

// launch starts an instance with the notebook's user data, which it does not run yet.
func (n *notebookTest) launch(name string, files map[string]string) {
	n.t.Helper()
	data, err := notebook.UserData(n.instance)
	require.NoError(n.t, err)
	n.m = n.site.launch(name, ec2types.InstanceTypeT3Large, n.volume, data, files)
}

// connect forwards the laptop's port to the machine that runs, by Session Manager.
func (n *notebookTest) connect() {
	n.t.Helper()
	if n.session != nil {
		require.NoError(n.t, n.session.Close())
	}
	var err error
	n.session, err = n.browser.Listen(laptop)
	require.NoError(n.t, err)
	n.m.PortSession(n.session, notebook.Port)
}

// attachOnceMissed attaches the volume when the machine waits for it already, as a stack
// that attaches after it has made the instance may be late.
func (n *notebookTest) attachOnceMissed() error {
	for n.root.Context().Err() == nil {
		state, err := n.m.Run(n.root.Context(), "systemctl", "is-active", "torii-volume")
		if strings.HasPrefix(state, "activating") {
			_, err = n.ec2.AttachVolume(n.root.Context(), &ec2.AttachVolumeInput{
				VolumeId: &n.volume.ID, InstanceId: &n.m.id, Device: aws.String("/dev/sdf"),
			})
			return err
		}
		if err == nil {
			return errors.New("there is a volume that nobody attached")
		}
		time.Sleep(500 * time.Millisecond)
	}
	return n.root.Context().Err()
}

// token is what the notebook's parameter keeps.
func (n *notebookTest) token() string {
	n.t.Helper()
	found, err := n.ssm.GetParameter(n.t.Context(), &ssm.GetParameterInput{
		Name: &n.instance.TokenParameter, WithDecryption: aws.Bool(true),
	})
	require.NoError(n.t, err)
	require.Equal(n.t, ssmtypes.ParameterTypeSecureString, found.Parameter.Type)
	return *found.Parameter.Value
}

func (n *notebookTest) comesUp(t *testing.T) {
	attached := make(chan error, 1)
	go func() { attached <- n.attachOnceMissed() }()
	require.Equal(t, "torii-notebook: up", n.m.runUserData())
	require.NoError(t, <-attached)
	require.Regexp(t, "^[0-9a-f]{64}$", n.token())
	require.Contains(t, run(t, n.m.Machine, "journalctl", "--unit=torii-volume", "--output=cat"),
		"the stack has not attached "+n.volume.ID+" yet")
	require.Equal(t, "2000 2000 700", run(t, n.m.Machine, "stat", "--format=%u %g %a", "/home/jupyter"))
	n.index = n.downloadIndex()
}

// getsIn opens JupyterLab with the token.
func (n *notebookTest) getsIn() {
	n.t.Helper()
	n.ken.opens("/lab?token=" + n.token())
	require.NoError(n.t, n.ken.Wait("document.querySelector('.jp-Launcher, .jp-NotebookPanel')", 2*time.Minute))
}

func (n *notebookTest) cellRuns(t *testing.T) {
	n.getsIn()
	n.ken.newNotebook()
	require.Equal(t, "the answer is 42", n.ken.runs("answer = 6 * 7; print('the answer is', answer)"))
	n.ken.saves("analysis")
	require.Eventually(t, func() bool {
		contents, err := n.m.Run(t.Context(), "cat", kenNote)
		return err == nil && strings.Contains(contents, "the answer is 42")
	}, 20*time.Second, 200*time.Millisecond)
	require.Equal(t, "/home/jupyter xfs",
		run(t, n.m.Machine, "findmnt", "--raw", "--noheadings", "--output=TARGET,FSTYPE", "--target", kenNote))
	require.Equal(t, "['answer']", n.ken.runs("print([k for k in dir() if k == 'answer'])"))

	// The kernel listens where only its user may connect, but for the place that it keeps for a debugger.
	for _, address := range n.listeners(t) {
		require.True(t, strings.HasPrefix(address, "127.0.0.1:"), address)
	}
	const runtime = "/run/torii-notebook"
	connection := run(t, n.m.Machine, "/bin/sh", "-c", "cat "+runtime+"/kernel-*.json")
	require.Equal(t, 1, strings.Count(connection, `"transport": "ipc"`), connection)
	require.Equal(t, "jupyter 1700", run(t, n.m.Machine, "stat", "--format=%U %a", runtime))
}

func (n *notebookTest) roleSuffices(t *testing.T) {
	asked := n.actions(t)
	require.Equal(t, 1, asked["ssm:PutParameter"], "the first machine made the token, and all others kept it")
	delete(asked, "ssm:PutParameter")
	require.Positive(t, asked["ssm:GetParameter"])
	delete(asked, "ssm:GetParameter")
	require.Empty(t, asked)
}
