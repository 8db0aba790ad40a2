//go:build linux

package guest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"time"
)

// NeighbourAddresses are those that a machine has on the wire to its neighbour.
var NeighbourAddresses = []string{"192.0.2.1", "fd00:6e::1"}

// Neighbour is another machine's network, with a wire to a machine's: what is in the same
// subnet, and nothing between them that filters.
type Neighbour struct{ network *os.File }

// NewNeighbour lays a wire from a new network to a machine, which gets NeighbourAddresses.
// It must be closed.
func NewNeighbour(ctx context.Context, m *Machine) (*Neighbour, error) {
	network, err := newNetwork()
	if err != nil {
		return nil, err
	}
	n := &Neighbour{network: network}
	// nodad: an address of IPv6 is usable at once.
	const wire = `set -e
ip link add near type veth peer name neighbour netns "$1"
ip address add 192.0.2.2/24 dev near
ip address add fd00:6e::2/64 dev near nodad
ip link set near up
nsenter --net="$1" -- sh -c '
ip address add 192.0.2.1/24 dev neighbour
ip address add fd00:6e::1/64 dev neighbour nodad
ip link set neighbour up'`
	cmd := exec.CommandContext(ctx, "nsenter", fmt.Sprintf("--net=/proc/%d/fd/%d", os.Getpid(), network.Fd()), "--",
		"/bin/sh", "-c", wire, "sh", fmt.Sprintf("/proc/%d/ns/net", m.init))
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("laying a wire to %s: %w: %s", m.Name, err, lastLines(out)), network.Close())
	}
	return n, nil
}

// Dial connects to a TCP address from the neighbour.
func (n *Neighbour) Dial(address string) (net.Conn, error) {
	var conn net.Conn
	err := within(n.network, func() error {
		var err error
		conn, err = net.DialTimeout("tcp", address, 5*time.Second)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("dialling from the neighbour: %w", err)
	}
	return conn, nil
}

// Listen listens at a TCP address of the neighbour's, for this process to answer there.
func (n *Neighbour) Listen(address string) (net.Listener, error) {
	var listener net.Listener
	err := within(n.network, func() error {
		var err error
		listener, err = net.Listen("tcp4", address)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listening at the neighbour's: %w", err)
	}
	return listener, nil
}

// Close gives the network back, and with it the wire.
func (n *Neighbour) Close() error { return n.network.Close() }
