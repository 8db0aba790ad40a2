package settings

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Sizes of the VPC. The lower end is the smallest in which each of eight zones has
// a public subnet that a load balancer accepts (/27); see network.PlanSubnets.
const (
	maxVPCBits = 22
	minVPCBits = 16
	maxZones   = 4
)

// maxRanges keeps the public subnets' network ACL under AWS's default quota of 20 rules
// a direction: two for each range (80 and 443) and three more.
const maxRanges = 8

// maxOtherStackPorts leaves rules of the private subnets' network ACL to the stack's own workloads.
const maxOtherStackPorts = 5

// zoneName is an availability zone's name: its region and one letter, a to h. Local
// and wavelength zones have longer names and no load balancers of their own.
var zoneName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9][a-h]$`)

func checkNetwork(ps *Problems, n Network, region string) {
	const path = "torii:network."
	checkVPCRange(ps, path+"cidr", n.CIDR)
	switch {
	case len(n.Zones) == 0:
		ps.missing(path+"zones", "is missing; name 2 to 4 availability zones such as ap-northeast-1a")
	case len(n.Zones) > maxZones:
		ps.refuse(path+"zones", n.Zones, "are too many; name at most %d", maxZones)
	}
	seen := map[string]bool{}
	for i, zone := range n.Zones {
		at := indexed(path+"zones", i)
		switch {
		case !zoneName.MatchString(zone):
			ps.refuse(at, zone, "is not an availability zone; give a region and a letter such as ap-northeast-1a")
		case region != "" && zone[:len(zone)-1] != region:
			ps.refuse(at, zone, "is not in aws:region %s; name zones such as %sa", region, region)
		}
		ps.twice(at, zone, seen)
	}
	if !slices.Contains(nats, n.NAT) {
		ps.refuse(path+"nat", n.NAT, "is not allowed; choose %s", list(nats))
	}
	checkInstanceType(ps, path+"natInstanceType", n.NATInstanceType)
	checkMachineImage(ps, path+"natImage", n.NATImage)
	names := []string{EndpointSSM, EndpointECR, EndpointLogs, EndpointSecretsManager, EndpointKMS, EndpointAutoScaling}
	seen = map[string]bool{}
	for i, name := range n.Endpoints {
		at := indexed(path+"endpoints", i)
		if !slices.Contains(names, name) {
			ps.refuse(at, name, "is not an endpoint; choose %s", list(names))
		}
		ps.twice(at, name, seen)
	}
}

// checkVPCRange reports what is wrong with the VPC's range.
func checkVPCRange(ps *Problems, path, text string) {
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil || !prefix.Addr().Is4():
		ps.refuse(path, text, "is not an IPv4 range; give one such as 10.0.0.0/16")
	case prefix != prefix.Masked():
		ps.refuse(path, text, "does not start at its own beginning; did you mean %s?", prefix.Masked())
	case prefix.Bits() > maxVPCBits:
		ps.refuse(path, text, "is too small for the subnets; choose /%d to /%d", minVPCBits, maxVPCBits)
	case prefix.Bits() < minVPCBits:
		ps.refuse(path, text, "is larger than AWS allows; choose /%d to /%d", minVPCBits, maxVPCBits)
	}
}

// checkRanges reports what is wrong with a list of address ranges.
func checkRanges(ps *Problems, path string, ranges []string) {
	if len(ranges) == 0 {
		ps.missing(path, "is empty, so nobody could reach the gate; give at least one range such as 0.0.0.0/0")
	}
	if len(ranges) > maxRanges {
		ps.refuse(path, ranges, "are too many for a network ACL, which holds 20 rules; name at most %d", maxRanges)
	}
	seen := map[string]bool{}
	for i, text := range ranges {
		at := indexed(path, i)
		prefix, err := netip.ParsePrefix(text)
		switch {
		case err != nil:
			ps.refuse(at, text, "is not an address range; give one such as 203.0.113.0/24")
		case prefix != prefix.Masked():
			ps.refuse(at, text, "does not start at its own beginning; did you mean %s?", prefix.Masked())
		case prefix.String() != text:
			// IPv6 has many spellings; AWS reports its own, and a preview would never be quiet.
			ps.refuse(at, text, "is not spelt the usual way; did you mean %s?", prefix)
		}
		ps.twice(at, text, seen)
	}
}

// checkPorts reports what is wrong with a list of TCP ports, each of which takes a rule of a network ACL.
func checkPorts(ps *Problems, path string, ports []int, most int) {
	if len(ports) > most {
		ps.refuse(path, "["+strings.Join(texts(ports), ", ")+"]", "are too many for a network ACL; name at most %d", most)
	}
	seen := map[string]bool{}
	for i, port := range ports {
		checkPort(ps, indexed(path, i), port)
		ps.twice(indexed(path, i), strconv.Itoa(port), seen)
	}
}

// twice reports a list entry that was there before.
func (ps *Problems) twice(path, value string, seen map[string]bool) {
	if seen[value] {
		ps.refuse(path, value, "is there twice; name it once")
	}
	seen[value] = true
}

func indexed(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// texts prints numbers.
func texts(numbers []int) []string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return words
}

// hasIPv6 says whether one of the ranges is of IPv6.
func hasIPv6(ranges []string) bool {
	return slices.ContainsFunc(ranges, func(r string) bool { return strings.Contains(r, ":") })
}
