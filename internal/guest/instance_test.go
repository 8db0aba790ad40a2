//go:build integration && linux

package guest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"torii/internal/guest"
)

// instance is one on EC2.
type instance struct {
	*guest.Machine
	s      *site
	id     string // instance id
	volume *guest.Volume
}

// script is where cloud-init keeps a user data script.
const script = "/var/lib/cloud/instance/scripts/part-001"

// launch starts an instance with user data, which it does not run yet, on a fresh image
// with some files more.
func (s *site) launch(
	name string, instanceType ec2types.InstanceType, volume *guest.Volume, userData []byte, files map[string]string,
) *instance {
	s.t.Helper()
	made, err := s.ec2.RunInstances(s.t.Context(), &ec2.RunInstancesInput{
		ImageId: aws.String("ami-0fbe1e8a5b2d3e001"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
		InstanceType: instanceType, SubnetId: aws.String(s.subnet),
	})
	require.NoError(s.t, err)
	image := map[string]string{
		// Every service of the machine talks to the local AWS. It gets no key: that is what the role is for.
		"/etc/systemd/system.conf.d/90-aws.conf": "[Manager]\nDefaultEnvironment=AWS_ENDPOINT_URL=" + s.endpoint.URL + "\n",
		script:                                   s.unpack(userData),
	}
	for path, text := range files {
		image[path] = text
	}
	i := &instance{Machine: boot(s.root, name, image), s: s, id: *made.Instances[0].InstanceId, volume: volume}
	i.surround()
	return i
}

// unpack undoes the compression of user data, as cloud-init does.
func (s *site) unpack(userData []byte) string {
	s.t.Helper()
	unpacked, err := gzip.NewReader(bytes.NewReader(userData))
	require.NoError(s.t, err)
	text, err := io.ReadAll(unpacked)
	require.NoError(s.t, err)
	s.t.Logf("user data: %d bytes, %d unpacked", len(userData), len(text))
	return string(text)
}

// surround gives the machine what AWS has around an instance.
func (i *instance) surround() {
	i.s.t.Helper()
	require.NoError(i.s.t, i.ServeMetadata(i.s.root.Context(), guest.Metadata{
		InstanceID: i.id, Region: region, Zone: zone, Role: "instance",
		Identity: guest.Identity{AccessKeyID: roleKey, SecretAccessKey: "secret", Token: "token"},
	}))
	go i.attachWhenAsked(i.s.root.Context(), i.volume)
}

// attachWhenAsked lets the volume appear in the machine once AWS says that it is attached.
func (i *instance) attachWhenAsked(ctx context.Context, volume *guest.Volume) {
	for ctx.Err() == nil {
		if holder, err := i.s.holder(volume.ID); err == nil && holder == i.id {
			time.Sleep(time.Second) // AWS says so a moment before the device is there
			if err := volume.Attach(ctx, i.Machine); err != nil && ctx.Err() == nil {
				i.s.root.Errorf("attaching the volume: %v", err)
			}
			return
		}
		time.Sleep(250 * time.Millisecond)
	}
}

// asCloudInit runs a command as cloud-init runs user data, without a home or a terminal,
// with more in its environment.
func (i *instance) asCloudInit(environment []string, command ...string) (string, error) {
	run := []string{"systemd-run", "--quiet", "--wait", "--pipe", "--collect"}
	for _, entry := range environment {
		run = append(run, "--setenv="+entry)
	}
	return i.Run(i.s.root.Context(), append(run, command...)...)
}

// runUserData runs the user data, which reaches package registries as this machine does,
// and returns its last line.
func (i *instance) runUserData() string { return i.runUserDataWith(guest.RegistryEnvironment()) }

// runUserDataWith does so with another environment.
func (i *instance) runUserDataWith(environment []string) string {
	t := i.s.t
	began := time.Now()
	// Its last line says how it ended, and its exit status no more than that.
	out, _ := i.asCloudInit(environment, "/bin/bash", script) //nolint:errcheck // see there
	lines := strings.Split(strings.TrimSpace(out), "\n")
	last := lines[len(lines)-1]
	t.Logf("user data of %s took %s; its last line: %s", i.Name, time.Since(began).Round(time.Second), last)
	if err := os.WriteFile(filepath.Join(i.s.root.ArtifactDir(), i.Name+".log"), []byte(out), 0o644); err != nil {
		t.Errorf("keeping what the user data of %s printed: %v", i.Name, err)
	}
	return last
}

// fingerprint is the contents of all that the user data writes, when environments were
// made (paths of their stamps, for the shell), and the processes of services.
func (i *instance) fingerprint(t *testing.T, stamps, services string) string {
	t.Helper()
	look := `find /opt/torii /etc/torii /etc/systemd/system -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum | sha256sum
stat --format='%n %y' ` + stamps + `
systemctl show --value --property=MainPID ` + services
	return run(t, i.Machine, "/bin/bash", "-c", look)
}

// value is a property of a unit.
func (i *instance) value(t *testing.T, unit, property string) string {
	t.Helper()
	return run(t, i.Machine, "systemctl", "show", "--value", "--property="+property, unit)
}

// fileSystemSize is the size of the XFS that is mounted at a path, in bytes.
func (i *instance) fileSystemSize(t *testing.T, path string) int {
	t.Helper()
	// data     =                       bsize=4096   blocks=262144, imaxpct=25
	info := run(t, i.Machine, "xfs_info", path)
	found := regexp.MustCompile(`(?m)^data += +bsize=(\d+) +blocks=(\d+)`).FindStringSubmatch(info)
	require.Len(t, found, 3, info)
	var size, blocks int
	_, err := fmt.Sscan(found[1]+" "+found[2], &size, &blocks)
	require.NoError(t, err)
	return size * blocks
}

// waitEnd waits until the machine has switched itself off, and returns what was on its console.
func (i *instance) waitEnd(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	console, err := i.WaitEnd(ctx)
	require.NoError(t, err)
	return console
}

// journal logs what the machine says, for somebody who reads why a step failed.
func (i *instance) journal(t *testing.T) {
	out, err := i.Run(t.Context(), "journalctl", "--no-pager", "--lines=150", "--output=short-monotonic")
	t.Logf("the machine's journal (%v):\n%s", err, out)
}

// keepPicture keeps a picture of a page among the test's artifacts.
func keepPicture(t *testing.T, page *guest.Page, name string) {
	t.Helper()
	picture, err := page.Screenshot()
	if err != nil {
		t.Logf("no picture of %s: %v", name, err)
		return
	}
	require.NoError(t, os.WriteFile(filepath.Join(t.ArtifactDir(), name+".png"), picture, 0o644))
}
