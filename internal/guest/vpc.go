//go:build linux

package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// Addresses in a VPC with a NAT instance, and outside it.
const (
	VPCRange     = "10.0.0.0/16"
	PrivateRange = "10.0.0.0/17"
	PrivateHost  = "10.0.0.10"    // in a private subnet
	OtherPrivate = "10.0.16.10"   // in another private subnet
	NATAddress   = "10.0.128.5"   // of the NAT instance, in a public subnet
	InternetHost = "198.51.100.7" // outside

	// AstrayPort is a TCP port whose connections from one private subnet to the other the
	// router leads to the NAT instance, as a wrong route would.
	AstrayPort = 9
)

// VPC is the networks around a NAT instance: private subnets, a public one that has the
// instance in it, and the internet, with AWS's router between them. Nothing in it filters
// or translates, so that whatever does is the instance. What comes from the internet is led
// to the instance, wherever it wants to go.
type VPC struct {
	Private, Other, Internet *Neighbour

	router *os.File
}

// NewVPC puts a machine into a new VPC, as the NAT instance to which the private subnets'
// routes lead. It has one network interface there, beside the one with which it reaches
// package registries. The VPC must be closed.
func NewVPC(ctx context.Context, m *Machine) (*VPC, error) {
	v := &VPC{Private: &Neighbour{}, Other: &Neighbour{}, Internet: &Neighbour{}}
	for _, network := range []**os.File{&v.router, &v.Private.network, &v.Other.network, &v.Internet.network} {
		var err error
		if *network, err = newNetwork(); err != nil {
			return nil, errors.Join(err, v.Close())
		}
	}
	// The router leads what comes from a private subnet to the NAT instance, and everything
	// else where it belongs, as the route tables of a VPC do.
	const lay = `set -e
machine=$1 private=$2 other=$3 internet=$4
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects
echo 0 > /proc/sys/net/ipv4/conf/default/send_redirects
wire() { # name, their network, name there, router's address, their address
  ip link add "$1" type veth peer name "$3" netns "$2"
  ip address add "$4" dev "$1"
  ip link set "$1" up
  nsenter --net="$2" -- sh -c "ip address add $5 dev $3 && ip link set $3 up && ip route add $6 via ${4%/*}"
}
wire private "$private" ens5 10.0.0.1/20 10.0.0.10/20 default
wire other "$other" ens5 10.0.16.1/20 10.0.16.10/20 default
wire public "$machine" ens5 10.0.128.1/21 10.0.128.5/21 10.0.0.0/16
nsenter --net="$machine" -- ip route add 198.51.100.0/24 via 10.0.128.1
wire internet "$internet" eth0 198.51.100.1/24 198.51.100.7/24 default
ip route add default via 10.0.128.5 table 7
ip rule add iif private ipproto tcp dport 9 priority 1 table 7
for from in private other; do
  ip rule add iif "$from" to 10.0.0.0/16 priority 2 table main
  ip rule add iif "$from" priority 3 table 7
done
ip rule add iif internet priority 3 table 7`
	ours := func(network *os.File) string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), network.Fd()) }
	cmd := exec.CommandContext(ctx, "nsenter", "--net="+ours(v.router), "--", "/bin/sh", "-c", lay, "sh",
		fmt.Sprintf("/proc/%d/ns/net", m.init), ours(v.Private.network), ours(v.Other.network), ours(v.Internet.network))
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("putting %s into a VPC: %w: %s", m.Name, err, lastLines(out)), v.Close())
	}
	return v, nil
}

// Close gives the networks back, and with them the wires.
func (v *VPC) Close() error {
	var all error
	for _, network := range []*os.File{v.router, v.Private.network, v.Other.network, v.Internet.network} {
		if network != nil {
			all = errors.Join(all, network.Close())
		}
	}
	return all
}
