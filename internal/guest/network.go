//go:build linux

package guest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// The addresses of a machine's network, which are those of slirp4netns.
const (
	// HostAddress is where a machine finds 127.0.0.1 of this machine.
	HostAddress = "10.0.2.2"

	address    = "10.0.2.100"
	nameServer = "10.0.2.3"
)

// connect gives the machine its way out.
func (m *Machine) connect(ctx context.Context) error {
	ready, readyEnd, err := os.Pipe()
	if err != nil {
		return err
	}
	defer ready.Close()
	m.network = exec.Command("slirp4netns", "--configure", "--mtu=1500", "--ready-fd=3",
		"--api-socket="+m.apiSocket(), strconv.Itoa(m.init), "host0")
	m.network.ExtraFiles = []*os.File{readyEnd}
	m.network.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := m.network.Start(); err != nil {
		m.network = nil
		return errors.Join(fmt.Errorf("starting its network: %w", err), readyEnd.Close())
	}
	if err := readyEnd.Close(); err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := ready.SetReadDeadline(deadline); err != nil {
			return err
		}
	}
	if n, err := ready.Read(make([]byte, 1)); n != 1 {
		return fmt.Errorf("starting its network: slirp4netns is not ready: %w", err)
	}
	return nil
}

// apiSocket is where slirp4netns takes orders. A socket's path must be short.
func (m *Machine) apiSocket() string { return filepath.Join(m.dir, "net") }

// Forward makes a TCP port of the machine reachable and returns its address on this
// machine, which is on 127.0.0.1. To the guest, who comes has the address HostAddress.
func (m *Machine) Forward(port int) (string, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("forwarding port %d of %s: %w", port, m.Name, err)
	}
	local := free.Addr().(*net.TCPAddr)
	if err := free.Close(); err != nil {
		return "", fmt.Errorf("forwarding port %d of %s: %w", port, m.Name, err)
	}
	order := map[string]any{"execute": "add_hostfwd", "arguments": map[string]any{
		"proto": "tcp", "host_addr": "127.0.0.1", "host_port": local.Port, "guest_addr": address, "guest_port": port,
	}}
	if err := m.order(order); err != nil {
		return "", fmt.Errorf("forwarding port %d of %s: %w", port, m.Name, err)
	}
	return local.String(), nil
}

// order tells slirp4netns something.
func (m *Machine) order(order map[string]any) error {
	conn, err := net.DialTimeout("unix", m.apiSocket(), 10*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(order); err != nil {
		return err
	}
	var answer struct{ Error *struct{ Desc string } }
	if err := json.NewDecoder(conn).Decode(&answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return errors.New(answer.Error.Desc)
	}
	return nil
}

// Listen listens at an address inside the machine, host and port, for this process to
// answer there: what AWS itself has beside a machine. The address is added to the guest's
// loopback interface unless it has it.
func (m *Machine) Listen(ctx context.Context, at string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(at)
	if err != nil {
		return nil, fmt.Errorf("listening in %s: %w", m.Name, err)
	}
	if !net.ParseIP(host).IsLoopback() {
		if _, err := m.Run(ctx, "ip", "address", "replace", host+"/32", "dev", "lo"); err != nil {
			return nil, fmt.Errorf("listening in %s: %w", m.Name, err)
		}
	}
	var listener net.Listener
	err = m.inNetwork(func() error {
		listener, err = net.Listen("tcp4", at)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listening in %s: %w", m.Name, err)
	}
	return listener, nil
}

// inNetwork calls f on a thread that is in the machine's network.
func (m *Machine) inNetwork(f func() error) error {
	theirs, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", m.init))
	if err != nil {
		return err
	}
	defer theirs.Close()
	return within(theirs, f)
}
