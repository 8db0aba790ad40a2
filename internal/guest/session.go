//go:build linux

package guest

import (
	"fmt"
	"io"
	"net"
	"strconv"
)

// PortSession passes connections on to a port of the machine's own loopback until the
// listener is closed. That is what Session Manager's agent does: a process of the machine
// dials, so the machine needs no address that anybody reaches.
func (m *Machine) PortSession(listener net.Listener, port int) {
	go relay(listener, func(net.Conn) (net.Conn, error) { return m.Dial("127.0.0.1:" + strconv.Itoa(port)) })
}

// Dial connects to an address as a process of the machine does.
func (m *Machine) Dial(address string) (net.Conn, error) {
	var conn net.Conn
	err := m.inNetwork(func() error {
		var err error
		conn, err = net.Dial("tcp", address)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("dialling in %s: %w", m.Name, err)
	}
	return conn, nil
}

// relay passes connections on to whatever dial reaches for one, until the listener is closed.
func relay(listener net.Listener, dial func(near net.Conn) (net.Conn, error)) {
	for {
		near, err := listener.Accept()
		if err != nil {
			return // it was closed
		}
		go func() {
			defer near.Close()
			far, err := dial(near)
			if err != nil {
				return // as when nobody listens
			}
			defer far.Close()
			go func() {
				io.Copy(far, near) //nolint:errcheck // either side may hang up
				far.Close()
			}()
			io.Copy(near, far) //nolint:errcheck // likewise
		}()
	}
}
