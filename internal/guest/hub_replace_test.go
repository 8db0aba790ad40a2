//go:build integration && linux

package guest_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"
)

// fileSystem identifies the file system of the data volume.
func (h *hubTest) fileSystem(t *testing.T) string {
	t.Helper()
	return run(t, h.m.Machine, "findmnt", "--noheadings", "--output=FSTYPE,UUID,TARGET", "/data")
}

// owners are the homes with their owners' numbers.
func (h *hubTest) owners(t *testing.T) string {
	t.Helper()
	return run(t, h.m.Machine, "/bin/sh", "-c", "stat --format='%n %u %g' /data/homes/*")
}

func (h *hubTest) newMachine(t *testing.T) {
	old, fileSystem, owners, secret := h.m, h.fileSystem(t), h.owners(t), h.secret()
	contents := run(t, h.m.Machine, "sha256sum", note)
	require.Regexp(t, `^xfs +[0-9a-f-]{36} +/data$`, fileSystem)
	require.NoError(t, old.Kill())
	require.NoError(t, h.volume.WaitFree(t.Context()))

	// The volume is attached to the dying instance while the new one asks for it already.
	h.m = h.launch("hub-b", ec2types.InstanceTypeM6iLarge)
	done := make(chan string, 1)
	go func() { done <- h.m.runUserData() }()
	require.NoError(t, h.terminateOnceAsked(old.id))
	require.Equal(t, "torii-hub: up", <-done)
	h.healthy(t)

	require.Equal(t, fileSystem, h.fileSystem(t))
	require.Equal(t, owners, h.owners(t))
	require.Equal(t, contents, run(t, h.m.Machine, "sha256sum", note))
	require.Equal(t, secret, h.secret())
	h.aiko.isIn()
	h.ken.isIn()
	h.aiko.opensNotebook("analysis.ipynb")
	h.aiko.shows("the answer is 42")
	require.Equal(t, "1 2", h.aiko.runs("print(1, 2)"))
	require.Equal(t, owners, h.owners(t))
	for _, line := range strings.Split(owners, "\n") {
		var home, uid, gid string
		_, err := fmt.Sscan(line, &home, &uid, &gid)
		require.NoError(t, err)
		if filepath.Base(home) == "jupyter-aiko" {
			require.Equal(t, uid, run(t, h.m.Machine, "id", "-u", "jupyter-aiko"))
		}
	}
}

// terminateOnceAsked terminates an instance when another has asked for the volume in vain.
func (h *hubTest) terminateOnceAsked(id string) error {
	for h.root.Context().Err() == nil {
		for _, call := range h.endpoint.Calls() {
			if call.Action == "ec2:AttachVolume" && call.Arguments.Get("InstanceId") == h.m.id {
				return h.terminate(id, h.volume.ID)
			}
		}
		time.Sleep(500 * time.Millisecond)
	}
	return h.root.Context().Err()
}

func (h *hubTest) machineRestarts(t *testing.T) {
	contents := run(t, h.m.Machine, "sha256sum", note)
	require.NoError(t, h.m.Restart(t.Context()))
	h.m.surround()
	h.m.open()
	h.healthy(t)
	require.Equal(t, contents, run(t, h.m.Machine, "sha256sum", note))
	h.aiko.isIn()
}

func (h *hubTest) unknownVolume(t *testing.T) {
	require.NoError(t, h.m.Kill())
	// Neither blkid nor anybody else knows what this is, so it may be precious.
	strange := h.newVolume(64)
	disk, err := os.OpenFile(strange.Device(), os.O_RDWR|os.O_SYNC, 0)
	require.NoError(t, err)
	_, err = disk.WriteAt([]byte("precious"), 700<<10)
	require.NoError(t, errors.Join(err, disk.Close()))
	before := sum(t, strange.Device())

	h.volume, h.instance.VolumeID = strange, strange.ID
	h.m = h.launch("hub-c", ec2types.InstanceTypeT3Large)
	require.Regexp(t, "^torii-hub: NOT UP: .*torii-volume: refusing to touch .*neither XFS nor empty", h.m.runUserData())
	require.Equal(t, before, sum(t, strange.Device()))
	require.Equal(t, "activating", h.value(t, "torii-hub", "ActiveState")) // that is, trying in vain
	_, err = h.m.Run(t.Context(), "mountpoint", "-q", "/data")
	require.ErrorContains(t, err, "exit status")
}

// sum is a hash of all of a device.
func sum(t *testing.T, path string) [sha256.Size]byte {
	t.Helper()
	contents, err := os.ReadFile(path)
	require.NoError(t, err)
	return sha256.Sum256(contents)
}
