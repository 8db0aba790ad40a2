// Package security says who may talk to whom, and writes every security group rule
// of a stack from that one table.
package security

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Parties that have no security group of their own.
const (
	// Internet is everybody outside: the ranges of a flow when it comes from there,
	// every IPv4 address when it goes there.
	Internet = "internet"
	// S3 is Amazon S3 in the stack's region, reached through the gateway endpoint and
	// known to rules by its prefix list.
	S3 = "s3"
	// Network is whoever has an address in the VPC and admits the caller: what other stacks
	// or people put there.
	Network = "network"
	// OtherStacks is services that other stacks put behind the gate. Their own rules admit it, on
	// both sides, so that a flow to them opens network ACLs and no more.
	OtherStacks = "other-stacks"
)

// Flow is one line of the flow table: From may open TCP connections to To on Port.
type Flow struct {
	From string   // party
	To   string   // party
	Port int      // TCP
	Why  string   // reason, shown as the rule's description
	Open []string // From Internet only: the address ranges that may
}

// everywhere is every IPv4 address.
const everywhere = "0.0.0.0/0"

// description is what AWS accepts as one. Source: IpRange.Description in the EC2 API;
// the provider does not check it.
var description = regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}$`)

// Check reports the first thing in a flow table that the firewall must not write.
func Check(groups []string, flows []Flow) error {
	seen := map[string]bool{}
	for _, f := range flows {
		if err := f.check(groups); err != nil {
			return fmt.Errorf("flow from %s to %s on port %d: %w", f.From, f.To, f.Port, err)
		}
		key := fmt.Sprintf("%s %s %d", f.From, f.To, f.Port)
		if seen[key] {
			return fmt.Errorf("flow from %s to %s on port %d: is in the table twice", f.From, f.To, f.Port)
		}
		seen[key] = true
	}
	return nil
}

func (f Flow) check(groups []string) error {
	if f.Port < 1 || f.Port > 65535 {
		return fmt.Errorf("port must be 1 to 65535")
	}
	if f.From != Internet && !slices.Contains(groups, f.From) {
		return fmt.Errorf("%s is not a party that connects", f.From)
	}
	if !f.leadsOut() && !slices.Contains(groups, f.To) {
		return fmt.Errorf("%s is not a party that is connected to", f.To)
	}
	if f.From == Internet && f.leadsOut() {
		return fmt.Errorf("none of the parties is ours")
	}
	if (f.From == Internet) != (len(f.Open) > 0) {
		return fmt.Errorf("address ranges are for flows from the internet, and needed there")
	}
	if (f.To == Internet || f.To == S3) && f.Port != 443 {
		return fmt.Errorf("the way out is 443 only")
	}
	for _, text := range f.Open {
		if _, err := netip.ParsePrefix(text); err != nil {
			return fmt.Errorf("range %q: %w", text, err)
		}
	}
	for _, text := range []string{f.outDescription(), f.inDescription()} {
		if !description.MatchString(text) {
			return fmt.Errorf("reason %q has characters that AWS refuses, or is too long", f.Why)
		}
	}
	return nil
}

// leadsOut says whether the other end is not ours, so that the flow has our side only.
func (f Flow) leadsOut() bool {
	return f.To == Internet || f.To == S3 || f.To == Network || f.To == OtherStacks
}

func (f Flow) outDescription() string { return "to " + f.To + ": " + f.Why }
func (f Flow) inDescription() string  { return "from " + f.From + ": " + f.Why }

// Table prints a flow table for a person, in aligned columns.
func Table(flows []Flow) string {
	rows := [][]string{{"from", "to", "port", "why"}}
	for _, f := range flows {
		rows = append(rows, []string{f.From, f.To, fmt.Sprintf("tcp/%d", f.Port), f.reason()})
	}
	widths := make([]int, 3)
	for _, row := range rows {
		for i := range widths {
			widths[i] = max(widths[i], len(row[i]))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "%-*s  %-*s  %-*s  %s\n", widths[0], row[0], widths[1], row[1], widths[2], row[2], row[3])
	}
	return b.String()
}

// reason is the why, with the ranges where not everybody may.
func (f Flow) reason() string {
	if f.From == Internet && !slices.Equal(f.Open, []string{everywhere}) {
		return f.Why + " (from " + strings.Join(f.Open, ", ") + ")"
	}
	return f.Why
}
