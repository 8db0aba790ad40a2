//go:build linux

package guest

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// PassThrough is a load balancer that passes TCP on as it comes, so that TLS is between
// the client and the machine. What it says first on a connection to the machine is who the
// client is, in the PROXY protocol: the address that the client has on this machine.
type PassThrough struct {
	Address string // where it listens, on 127.0.0.1

	dial  func(address string) (net.Conn, error)
	check []byte // what goes before a health check
}

// NewNetworkPassThrough stands for a Network Load Balancer with a TCP listener and a target
// group of PROXY protocol version 2. It passes connections on from a neighbour's network to
// an address of the machine until the context ends.
func NewNetworkPassThrough(ctx context.Context, from *Neighbour, target string) (*PassThrough, error) {
	// A health check has the header as well, with nobody's address in it.
	nobody := netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
	return newPassThrough(ctx, from, target, headerV2(commandLocal, nobody, nobody), func(near net.Conn, far io.Writer) error {
		// It holds the header back until the client says something, and then sends both at once.
		first := make([]byte, 16<<10)
		n, err := near.Read(first)
		if err != nil {
			return err
		}
		_, err = far.Write(append(headerV2(commandProxy, addressOf(near.RemoteAddr()), addressOf(near.LocalAddr())), first[:n]...))
		return err
	})
}

// NewClassicPassThrough stands for a Classic Load Balancer with a TCP listener and a policy
// of PROXY protocol, which is version 1. Its health checks have no header.
func NewClassicPassThrough(ctx context.Context, from *Neighbour, target string) (*PassThrough, error) {
	return newPassThrough(ctx, from, target, nil, func(near net.Conn, far io.Writer) error {
		client, here := addressOf(near.RemoteAddr()), addressOf(near.LocalAddr())
		_, err := fmt.Fprintf(far, "PROXY TCP4 %s %s %d %d\r\n", client.Addr(), here.Addr(), client.Port(), here.Port())
		return err
	})
}

// newPassThrough listens, and has introduce tell the machine of each client.
func newPassThrough(
	ctx context.Context, from *Neighbour, target string, check []byte, introduce func(near net.Conn, far io.Writer) error,
) (*PassThrough, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting a load balancer: %w", err)
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	go relay(listener, func(near net.Conn) (net.Conn, error) {
		far, err := from.Dial(target)
		if err != nil {
			return nil, err
		}
		if err := introduce(near, far); err != nil {
			far.Close()
			return nil, err
		}
		return far, nil
	})
	return &PassThrough{Address: listener.Addr().String(), dial: from.Dial, check: check}, nil
}

// Check asks the machine how it is, as the load balancer does before it sends anybody
// there: by HTTP, at an address of the machine. It returns the status of the answer.
func (p *PassThrough) Check(ctx context.Context, address, path string) (int, error) {
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			conn, err := p.dial(address)
			if err != nil {
				return nil, err
			}
			if _, err := conn.Write(p.check); err != nil {
				conn.Close()
				return nil, err
			}
			return conn, nil
		},
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return 0, fmt.Errorf("checking the health of %s: %w", address, err)
	}
	request.Header.Set("User-Agent", "ELB-HealthChecker/2.0")
	response, err := client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("checking the health of %s: %w", address, err)
	}
	return response.StatusCode, response.Body.Close()
}

// Commands of the PROXY protocol, version 2.
const (
	commandLocal = 0x20 // the load balancer speaks for itself
	commandProxy = 0x21 // for a client
)

// headerV2 is a header of the PROXY protocol, version 2, as a Network Load Balancer sends
// it: 100 bytes, of which the last 72 are a checksum and padding.
func headerV2(command byte, client, here netip.AddrPort) []byte {
	const tcp4, checksum, padding, length = 0x11, 0x03, 0x04, 100
	header := append([]byte("\r\n\r\n\x00\r\nQUIT\n"), command, tcp4)
	header = binary.BigEndian.AppendUint16(header, length-16)
	header = append(append(header, client.Addr().AsSlice()...), here.Addr().AsSlice()...)
	header = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(header, client.Port()), here.Port())
	header = append(header, checksum, 0, 4)
	sum := len(header)
	header = append(header, 0, 0, 0, 0, padding, 0, length-byte(sum)-7)
	header = append(header, make([]byte, length-len(header))...)
	binary.BigEndian.PutUint32(header[sum:], crc32.Checksum(header, crc32.MakeTable(crc32.Castagnoli)))
	return header
}

// addressOf is a TCP address of version 4, and port.
func addressOf(a net.Addr) netip.AddrPort {
	at := a.(*net.TCPAddr).AddrPort() // both ends of a connection are of TCP
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}
