package network

import (
	"fmt"
	"net"

	"github.com/apparentlymart/go-cidr/cidr"
)

// ZoneSubnets is where one zone's two subnets lie in the VPC's range.
type ZoneSubnets struct {
	Zone    string // such as ap-northeast-1a
	Slot    int    // 0 to 7, from the zone's letter
	Private string // IPv4 range
	Public  string // IPv4 range
}

// Tiers is where all private and all public subnets lie, so that one line of a
// network ACL can name a tier, whatever zones it has.
type Tiers struct {
	Private string // lower half of the VPC's range
	Public  string // third quarter; the last quarter stays free
}

// Bits that each division adds to the VPC's prefix. A tier has room for eight zones,
// a to h: the zone's letter picks its slot, so that naming, ordering or removing
// other zones never moves a subnet.
const (
	slots       = 8
	slotBits    = 3
	privateBits = 1         // tier: half
	publicBits  = 2         // tier: quarter
	publicTier  = 2         // third quarter
	maxVPCBits  = 22        // public subnets are /27 then, the least a load balancer takes
	minVPCBits  = 16        // the most AWS gives a VPC
	firstLetter = byte('a') // of slot 0
)

// PlanTiers divides the VPC's range between the tiers. It fails when the range is not
// an IPv4 one of /16 to /22.
func PlanTiers(vpcCIDR string) (Tiers, error) {
	private, public, err := tiers(vpcCIDR)
	if err != nil {
		return Tiers{}, err
	}
	return Tiers{Private: private.String(), Public: public.String()}, nil
}

// PlanSubnets gives every zone its subnets: private ones an 8th of half the VPC's
// range, public ones an 8th of a quarter. For 10.0.0.0/16, zone a has 10.0.0.0/20 and
// 10.0.128.0/21. It fails when PlanTiers does, when a zone's name does not end in a
// letter from a to h, or when two zones share one.
func PlanSubnets(vpcCIDR string, zones []string) ([]ZoneSubnets, error) {
	private, public, err := tiers(vpcCIDR)
	if err != nil {
		return nil, err
	}
	plan := make([]ZoneSubnets, 0, len(zones))
	taken := map[int]string{}
	for _, zone := range zones {
		slot := -1
		if zone != "" {
			slot = int(zone[len(zone)-1]) - int(firstLetter)
		}
		if slot < 0 || slot >= slots {
			return nil, fmt.Errorf("planning subnets of zone %q: its name must end in a letter from a to h", zone)
		}
		if other, twice := taken[slot]; twice {
			return nil, fmt.Errorf("planning subnets of zone %q: it has the same letter as %q", zone, other)
		}
		taken[slot] = zone
		privateSubnet, err := cidr.Subnet(private, slotBits, slot)
		if err != nil {
			return nil, fmt.Errorf("planning private subnet of zone %q: %w", zone, err)
		}
		publicSubnet, err := cidr.Subnet(public, slotBits, slot)
		if err != nil {
			return nil, fmt.Errorf("planning public subnet of zone %q: %w", zone, err)
		}
		plan = append(plan, ZoneSubnets{
			Zone: zone, Slot: slot, Private: privateSubnet.String(), Public: publicSubnet.String(),
		})
	}
	return plan, nil
}

func tiers(vpcCIDR string) (private, public *net.IPNet, err error) {
	ip, vpc, err := net.ParseCIDR(vpcCIDR)
	if err != nil {
		return nil, nil, fmt.Errorf("planning subnets: %w", err)
	}
	bits, all := vpc.Mask.Size()
	if all != 32 || !ip.Equal(vpc.IP) || bits < minVPCBits || bits > maxVPCBits {
		return nil, nil, fmt.Errorf("planning subnets: %s is not an IPv4 range of /%d to /%d", vpcCIDR, minVPCBits, maxVPCBits)
	}
	if private, err = cidr.Subnet(vpc, privateBits, 0); err != nil {
		return nil, nil, fmt.Errorf("planning the private tier: %w", err)
	}
	if public, err = cidr.Subnet(vpc, publicBits, publicTier); err != nil {
		return nil, nil, fmt.Errorf("planning the public tier: %w", err)
	}
	return private, public, nil
}

// ipv6Subnet is a zone's public /64 in the VPC's /56.
func ipv6Subnet(vpcIPv6CIDR string, slot int) (string, error) {
	_, block, err := net.ParseCIDR(vpcIPv6CIDR)
	if err != nil {
		return "", fmt.Errorf("planning IPv6 subnets: %w", err)
	}
	ones, _ := block.Mask.Size()
	subnet, err := cidr.Subnet(block, 64-ones, slot)
	if err != nil {
		return "", fmt.Errorf("planning IPv6 subnet %d of %s: %w", slot, vpcIPv6CIDR, err)
	}
	return subnet.String(), nil
}
