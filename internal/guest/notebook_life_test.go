//go:build integration && linux

package guest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	notebook "torii/compute/notebooks/guest"
	"torii/internal/guest"
	"torii/internal/recorder"
)

// userInstalls installs a package as people do, from a cell.
func (n *notebookTest) userInstalls(t *testing.T) {
	n.index.wait(t)
	t.Log(n.ken.runs("%pip install --quiet --no-index --find-links " + wheels + " " + first))
	require.Equal(t, "/home/jupyter/.local/lib/python3.11/site-packages/tabulate",
		n.ken.runs("import os, tabulate; print(os.path.dirname(tabulate.__file__))"))
	n.ken.saves("")
}

func (n *notebookTest) secondRun(t *testing.T) {
	const stamp, services = "/opt/torii/notebook/.installed", "torii-notebook"
	before, token := n.m.fingerprint(t, stamp, services), n.token()
	require.Equal(t, "torii-notebook: up", n.m.runUserData())
	require.Equal(t, before, n.m.fingerprint(t, stamp, services))
	require.Equal(t, token, n.token())
	require.Equal(t, "still 42", n.ken.runs("print('still', answer)"))
}

func (n *notebookTest) growsVolume(t *testing.T) {
	require.Equal(t, 1024<<20, n.m.fileSystemSize(t, "/home/jupyter"))
	require.NoError(t, n.volume.Grow(2048<<20))
	run(t, n.m.Machine, "systemctl", "start", "torii-watch") // as its timer does each minute
	require.Equal(t, 2048<<20, n.m.fileSystemSize(t, "/home/jupyter"))
	require.Equal(t, "still 42", n.ken.runs("print('still', answer)"))
}

// home is what must outlive a machine: the file system, and what a file on it contains.
func (n *notebookTest) home(t *testing.T) string {
	t.Helper()
	return run(t, n.m.Machine, "findmnt", "--noheadings", "--output=FSTYPE,UUID,TARGET", "/home/jupyter") +
		run(t, n.m.Machine, "stat", "--format=%U %u %g %a %y", "/home/jupyter", kenNote) +
		run(t, n.m.Machine, "sha256sum", kenNote)
}

// works opens the notebook that was saved, and uses it and the user's own package.
func (n *notebookTest) works() {
	n.t.Helper()
	n.ken.opens("/lab/tree/analysis.ipynb?token=" + n.token())
	n.ken.waitsForKernel()
	n.ken.shows("the answer is 42")
	require.Equal(n.t, "1 2", n.ken.runs("import tabulate; print(1, 2)"))
}

// answers waits until Jupyter does.
func (n *notebookTest) answers(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		return n.m.value(t, "torii-notebook", "ActiveState") == "active" && n.isListening()
	}, 2*time.Minute, 500*time.Millisecond)
}

func (n *notebookTest) isListening() bool {
	conn, err := n.m.Dial("127.0.0.1:8888")
	return err == nil && conn.Close() == nil
}

func (n *notebookTest) machineRestarts(t *testing.T) {
	home, token := n.home(t), n.token()
	require.NoError(t, n.m.Restart(t.Context()))
	n.m.surround()
	n.answers(t)
	require.Equal(t, home, n.home(t))
	require.Equal(t, token, n.token())
	n.works()
	require.Equal(t, "no", n.m.value(t, "torii-setup", "ConditionResult"), "a setup that is done is not done again")
}

// newMachine replaces the machine by one that has no way to the internet: its packages
// come from an index inside.
func (n *notebookTest) newMachine(t *testing.T) {
	home, token, old := n.home(t), n.token(), n.m
	n.serve(n.index)
	require.NoError(t, old.Kill())
	require.NoError(t, n.volume.WaitFree(t.Context()))
	require.NoError(t, n.terminate(old.id, n.volume.ID))

	n.instance.Packages = n.index.url()
	n.launch("lab-b", map[string]string{
		"/etc/hosts":          "127.0.0.1 localhost\n" + guest.HostAddress + " " + n.index.balancer.Host + "\n",
		"/etc/pip.conf":       "", // nothing of how this machine reaches registries
		"/root/.pip/pip.conf": "", "/root/.config/pip/pip.conf": "",
		"/usr/local/share/ca-certificates/index.crt": n.index.balancer.Certificate,
	})
	n.connect()
	// On Amazon Linux the system's packages come through the network's own endpoint for S3.
	_, err := n.m.asCloudInit(append(guest.RegistryEnvironment(), "DEBIAN_FRONTEND=noninteractive"), "/bin/sh", "-c",
		"apt-get -qq update && apt-get -qq install --no-install-recommends python3-venv nftables xfsprogs git")
	require.NoError(t, err)
	n.bringsAWS(t)
	run(t, n.m.Machine, "ip", "route", "delete", "default")
	_, err = n.m.Run(t.Context(), "python3", "-c", "import socket; socket.create_connection(('198.51.100.1', 443), 5)")
	require.ErrorContains(t, err, "Network is unreachable")

	_, err = n.ec2.AttachVolume(t.Context(), &ec2.AttachVolumeInput{
		VolumeId: &n.volume.ID, InstanceId: &n.m.id, Device: aws.String("/dev/sdf"),
	})
	require.NoError(t, err)
	require.Equal(t, "torii-notebook: up", n.m.runUserDataWith(nil))
	require.Equal(t, listed(t), n.index.given())
	require.Equal(t, home, n.home(t))
	require.Equal(t, token, n.token())
	n.works()

	// The index is there for the user too.
	t.Log(n.ken.runs("%pip install --quiet " + second))
	require.Equal(t, "2 seconds", n.ken.runs("import humanize; print(humanize.naturaldelta(2))"))
	require.Contains(t, n.index.given(), "humanize")
}

// bringsAWS installs the AWS command line, which is part of Amazon Linux.
func (n *notebookTest) bringsAWS(t *testing.T) {
	pins, err := os.ReadFile(filepath.Join(recorder.Root(), "tools", "moto", "requirements.txt"))
	require.NoError(t, err)
	pin := regexp.MustCompile(`(?m)^awscli==.*$`).FindString(string(pins))
	require.NotEmpty(t, pin)
	_, err = n.m.asCloudInit(guest.RegistryEnvironment(), "/bin/sh", "-c",
		"python3 -m venv /opt/aws && /opt/aws/bin/pip install --quiet "+pin+" && ln -s /opt/aws/bin/aws /usr/local/bin/aws")
	require.NoError(t, err)
}

// getsUserData gives the machine that runs the user data of the instance as it is now.
func (n *notebookTest) getsUserData() {
	n.t.Helper()
	data, err := notebook.UserData(n.instance)
	require.NoError(n.t, err)
	require.NoError(n.t, os.WriteFile(n.m.Path(script), []byte(n.unpack(data)), 0o600))
}

// imageBringsAll runs the user data of a stack whose images have everything, on a machine
// as such an image would start it.
func (n *notebookTest) imageBringsAll(t *testing.T) {
	n.instance.Packages = notebook.NoPackages
	n.getsUserData()
	given, made := n.index.given(), run(t, n.m.Machine, "stat", "--format=%y", "/opt/torii/notebook/.installed")
	require.Equal(t, "torii-notebook: up", n.m.runUserDataWith(nil))
	require.Equal(t, given, n.index.given())
	require.Equal(t, made, run(t, n.m.Machine, "stat", "--format=%y", "/opt/torii/notebook/.installed"))
}

// wheelsFromS3 lets the machine install what it lacks from a folder in S3.
func (n *notebookTest) wheelsFromS3(t *testing.T) {
	const lacks, bucket = "json5", "torii-packages"
	store := s3.NewFromConfig(n.config, func(o *s3.Options) { o.UsePathStyle = true })
	_, err := store.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket:                    aws.String(bucket),
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
	})
	require.NoError(t, err)
	wheel, err := os.Open(n.index.wheel(t, lacks))
	require.NoError(t, err)
	defer wheel.Close()
	_, err = store.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String("notebooks/" + filepath.Base(wheel.Name())), Body: wheel,
	})
	require.NoError(t, err)
	run(t, n.m.Machine, "/opt/torii/notebook/bin/python", "-m", "pip", "uninstall", "--yes", lacks)
	run(t, n.m.Machine, "rm", "/opt/torii/notebook/.installed")

	n.instance.Packages = "s3://" + bucket + "/notebooks/"
	n.getsUserData()
	given, calls := n.index.given(), len(n.endpoint.Calls())
	require.Equal(t, "torii-notebook: up", n.m.runUserDataWith(nil))
	require.Equal(t, given, n.index.given())
	run(t, n.m.Machine, "/opt/torii/notebook/bin/python", "-c", "import "+lacks)
	objects := 0
	for _, call := range n.endpoint.Calls()[calls:] {
		if strings.HasPrefix(call.Action, "s3:") {
			require.Regexp(t, "^s3:/"+bucket+"(/notebooks/|/?$)", call.Action)
			objects++
		}
	}
	require.Equal(t, 2, objects, "the folder is listed, and its one object read")
	n.works()
}

// TestANotebookThatNeverComesUpStops boots one whose image lacks what it should bring.
func TestANotebookThatNeverComesUpStops(t *testing.T) {
	t.Parallel()
	n := newNotebookTest(t, "ken-3", notebook.NoPackages)
	n.launch("lab-c", map[string]string{
		// That is the settings' last known state: without anything installed it cannot ask AWS.
		"/var/lib/torii/settings.json": `{"idleMinutes": 0.2}`,
		hasty:                          hastyTimer,
	})
	require.Equal(t, `torii-notebook: NOT UP: installing Jupyter: packages are "none", and the image has no mkfs.xfs`, n.m.runUserData())
	console := n.m.waitEnd(t)
	require.Regexp(t, "torii-notebook: ken-3 was idle for [0-9]+ minutes: powering off", console)
	require.Equal(t, notebook.UnsetToken, n.token())

	// Whoever starts it again starts its setup again, and is told the same.
	require.ErrorContains(t, n.m.Restart(t.Context()), "units failed: torii-setup.service")
}
