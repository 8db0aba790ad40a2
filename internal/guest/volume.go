//go:build linux

package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Volume is a disk that outlives the machines it is attached to, as an EBS volume does.
type Volume struct {
	ID string // as EC2 names it: vol-…

	file, device *os.File
}

// NewVolume makes an empty volume of some bytes in a file, which takes no room before it
// is written to. It must be closed.
func NewVolume(path, id string, size int64) (*Volume, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("making volume %s: %w", id, err)
	}
	v := &Volume{ID: id, file: file}
	if err := file.Truncate(size); err != nil {
		return nil, errors.Join(fmt.Errorf("making volume %s: %w", id, err), file.Close())
	}
	if v.device, err = loopDevice(file); err != nil {
		return nil, errors.Join(fmt.Errorf("making volume %s: %w", id, err), file.Close())
	}
	return v, nil
}

// loopDevice makes a block device of a file. It goes with its last user, so that nothing
// of a run that was killed stays.
func loopDevice(file *os.File) (*os.File, error) {
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	for range 20 { // somebody else may take the one that was free
		number, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return nil, fmt.Errorf("asking for a loop device: %w", err)
		}
		path := fmt.Sprintf("/dev/loop%d", number)
		// A container's /dev is no devtmpfs, in which the kernel makes the node.
		if err := unix.Mknod(path, unix.S_IFBLK|0o660, int(unix.Mkdev(7, uint32(number)))); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("making %s: %w", path, err)
		}
		device, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		err = unix.IoctlLoopConfigure(int(device.Fd()), &unix.LoopConfig{
			Fd: uint32(file.Fd()), Info: unix.LoopInfo64{Flags: unix.LO_FLAGS_AUTOCLEAR},
		})
		if err == nil {
			return device, nil
		}
		device.Close()
		if !errors.Is(err, unix.EBUSY) {
			return nil, fmt.Errorf("configuring %s: %w", path, err)
		}
	}
	return nil, errors.New("no loop device is free")
}

// Device is the path of the volume's block device on this machine.
func (v *Volume) Device() string { return v.device.Name() }

// Attach makes the volume appear in a machine as on a Nitro instance: an NVMe device, and
// a link to it that tells the volume's id.
func (v *Volume) Attach(ctx context.Context, m *Machine) error {
	var node unix.Stat_t
	if err := unix.Fstat(int(v.device.Fd()), &node); err != nil {
		return fmt.Errorf("attaching %s to %s: %w", v.ID, m.Name, err)
	}
	const appear = `set -e
mknod -m 0660 /dev/nvme1n1 b "$1" "$2"
mkdir -p /dev/disk/by-id
ln -s ../../nvme1n1 "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_$3"`
	_, err := m.Run(ctx, "/bin/sh", "-c", appear, "sh", strconv.Itoa(int(unix.Major(node.Rdev))),
		strconv.Itoa(int(unix.Minor(node.Rdev))), strings.Replace(v.ID, "-", "", 1))
	if err != nil {
		return fmt.Errorf("attaching %s to %s: %w", v.ID, m.Name, err)
	}
	return nil
}

// Grow makes the volume larger while it is in use.
func (v *Volume) Grow(size int64) error {
	if err := v.file.Truncate(size); err != nil {
		return fmt.Errorf("growing %s: %w", v.ID, err)
	}
	if err := unix.IoctlSetInt(int(v.device.Fd()), unix.LOOP_SET_CAPACITY, 0); err != nil {
		return fmt.Errorf("growing %s: %w", v.ID, err)
	}
	return nil
}

// WaitFree waits until no machine uses the volume any more; the kernel unmounts what a
// killed machine had mounted a moment later.
func (v *Volume) WaitFree(ctx context.Context) error {
	for {
		// Whoever has mounted a device keeps others from opening it exclusively.
		fd, err := unix.Open(v.Device(), unix.O_RDONLY|unix.O_EXCL|unix.O_CLOEXEC, 0)
		if err == nil {
			return unix.Close(fd)
		}
		if !errors.Is(err, syscall.EBUSY) {
			return fmt.Errorf("waiting for %s to be free: %w", v.ID, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s to be free: %w", v.ID, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Close gives the block device back. The file stays; its folder is the caller's.
func (v *Volume) Close() error {
	if err := errors.Join(v.device.Close(), v.file.Close()); err != nil {
		return fmt.Errorf("closing %s: %w", v.ID, err)
	}
	backing := filepath.Join("/sys/block", filepath.Base(v.Device()), "loop/backing_file")
	for range 100 {
		text, err := os.ReadFile(backing)
		if err != nil || strings.TrimSpace(string(text)) != v.file.Name() {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("closing %s: %s is still in use", v.ID, v.Device())
}
