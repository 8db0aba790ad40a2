//go:build linux

package guest

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// ownNetwork is where a thread finds the network it is in.
const ownNetwork = "/proc/thread-self/ns/net"

// within calls f on a thread that is in a network. A socket stays in the network in which
// it was made.
func within(network *os.File, f func() error) error {
	return elsewhere(func() error { return unix.Setns(int(network.Fd()), unix.CLONE_NEWNET) }, f)
}

// newNetwork makes a network that has a loopback interface only. It goes when the file is
// closed and all its processes have ended.
func newNetwork() (*os.File, error) {
	var network *os.File
	err := elsewhere(func() error { return unix.Unshare(unix.CLONE_NEWNET) }, func() error {
		var err error
		if network, err = os.Open(ownNetwork); err != nil {
			return err
		}
		return raise("lo")
	})
	if err != nil {
		return nil, fmt.Errorf("making a network: %w", err)
	}
	return network, nil
}

// elsewhere calls f on a thread that enter has taken to another network, and takes the
// thread back.
func elsewhere(enter, f func() error) error {
	runtime.LockOSThread()
	ours, err := os.Open(ownNetwork)
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer ours.Close()
	if err := enter(); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	err = f()
	if back := unix.Setns(int(ours.Fd()), unix.CLONE_NEWNET); back != nil {
		return errors.Join(err, back) // the thread stays locked, and ends with its goroutine
	}
	runtime.UnlockOSThread()
	return err
}

// raise switches an interface of the thread's network on.
func raise(name string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}
