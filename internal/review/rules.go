package review

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// said is a description as the firewall writes it: to internet: packages.
var said = regexp.MustCompile(`^(?:from|to) ([a-z0-9-]+): (.*)$`)

// halves are the rules that a resource is or has.
func (n network) halves(urn string, state *State) []half {
	if state == nil {
		return nil
	}
	switch short(state.Type) {
	case "vpc/SecurityGroupIngressRule":
		return n.rule(n.group(state, "securityGroupId"), true, state, state.Inputs)
	case "vpc/SecurityGroupEgressRule":
		return n.rule(n.group(state, "securityGroupId"), false, state, state.Inputs)
	case "ec2/SecurityGroupRule":
		return n.rule(n.group(state, "securityGroupId"), state.text("type") == "ingress", state, state.Inputs)
	case "ec2/SecurityGroup", "ec2/DefaultSecurityGroup":
		var all []half
		for _, direction := range []string{"ingress", "egress"} {
			rules, _ := state.input(direction).([]any)
			for _, each := range rules {
				if inputs, ok := each.(map[string]any); ok {
					all = append(all, n.rule(n.byURN[urn], direction == "ingress", state, inputs)...)
				}
			}
		}
		return all
	}
	return nil
}

// rule takes one rule apart: it may name several peers.
func (n network) rule(own string, inbound bool, state *State, inputs map[string]any) []half {
	description, _ := inputs["description"].(string)
	named, why := "", description
	if found := said.FindStringSubmatch(description); found != nil {
		named, why = found[1], found[2]
	}
	var all []half
	with := func(peer string, ranges ...string) {
		h := half{from: peer, to: own, port: portOf(inputs), why: why, inbound: inbound, ranges: ranges}
		if !inbound {
			h.from, h.to = own, peer
		}
		all = append(all, h)
	}
	for _, property := range []string{"referencedSecurityGroupId", "sourceSecurityGroupId"} {
		if inputs[property] != nil {
			with(n.group(state, property))
		}
	}
	for _, id := range texts(inputs["securityGroups"]) {
		with(n.called(id))
	}
	if inputs["self"] == true {
		with(own)
	}
	for _, property := range []string{"cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks"} {
		for _, text := range texts(inputs[property]) {
			with(peerOf(text, named), text)
		}
	}
	for _, property := range []string{"prefixListId", "prefixListIds"} {
		for _, id := range texts(inputs[property]) {
			if named != "" && named != internet {
				with(named)
				continue
			}
			with("prefix list " + strings.ReplaceAll(id, unknown, "of somebody's"))
		}
	}
	return all
}

// peerOf is who has an address range: what the rule's reason calls them, but never anybody else than the internet when
// the range is not a private one.
func peerOf(text, named string) string {
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil && text != unknown:
		return internet
	case err == nil && (!prefix.Masked().Addr().IsPrivate() || prefix.Bits() < 8):
		return internet
	case named != "":
		return named
	case err != nil:
		return internet
	default:
		return text
	}
}

// portOf is tcp/443, tcp/1000-2000, or all.
func portOf(inputs map[string]any) string {
	protocol, _ := inputs["ipProtocol"].(string)
	if protocol == "" {
		protocol, _ = inputs["protocol"].(string)
	}
	from, hasFrom := plain(inputs["fromPort"])
	to, hasTo := plain(inputs["toPort"])
	switch {
	case protocol == "-1" || protocol == "all":
		return "all"
	case !hasFrom:
		return protocol
	case !hasTo || from == to:
		return protocol + "/" + from
	default:
		return fmt.Sprintf("%s/%s-%s", protocol, from, to)
	}
}

// texts is one text or a list of them.
func texts(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		var all []string
		for _, each := range value {
			if text, ok := each.(string); ok {
				all = append(all, text)
			}
		}
		return all
	}
	return nil
}
