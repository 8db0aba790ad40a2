package review

import (
	"slices"
	"strings"
)

// internet is what the flow table calls everybody outside.
const internet = "internet"

// flow is one line of the flow table, before and after: who may open connections to whom on which port.
type flow struct {
	from, to, port string
	before, after  side
}

// side is a line at one time, made of the rules that there are of it.
type side struct {
	out, in bool // there is an outbound rule at the one end, an inbound rule at the other
	why     string
	ranges  []string // addresses, where one end is not a group; sorted
}

// half is one security group rule: one end of a flow.
type half struct {
	from, to, port, why string
	inbound             bool
	ranges              []string
}

// network is who has a security group, by URN and by id.
type network struct{ byURN, byID map[string]string }

// table derives the flow table, before and after, from the security group rules in a preview.
func table(changes []change) []flow {
	groups := groupsOf(changes)
	lines := map[string]*flow{}
	line := func(h half) *flow {
		key := strings.Join([]string{h.from, h.to, h.port}, "\x00")
		if lines[key] == nil {
			lines[key] = &flow{from: h.from, to: h.to, port: h.port}
		}
		return lines[key]
	}
	for _, c := range changes {
		if c.kind != added {
			for _, h := range groups.halves(c.urn, c.old) {
				line(h).before.add(h)
			}
		}
		if c.kind != deleted {
			for _, h := range groups.halves(c.urn, c.new) {
				line(h).after.add(h)
			}
		}
	}
	all := make([]flow, 0, len(lines))
	for _, each := range lines {
		each.before.whole(groups, *each)
		each.after.whole(groups, *each)
		all = append(all, *each)
	}
	slices.SortFunc(all, compareFlows)
	return all
}

// compareFlows puts what comes from the internet first.
func compareFlows(a, b flow) int {
	key := func(f flow) string {
		first := "1"
		if f.from == internet {
			first = "0"
		}
		return strings.Join([]string{first, f.from, f.to, f.port}, "\x00")
	}
	return strings.Compare(key(a), key(b))
}

func (s *side) add(h half) {
	s.in, s.out = s.in || h.inbound, s.out || !h.inbound
	if s.why == "" {
		s.why = h.why
	}
	s.ranges = append(s.ranges, h.ranges...)
	slices.Sort(s.ranges)
	s.ranges = slices.Compact(s.ranges)
}

// whole makes up for the rule at the end that is not ours to write one for.
func (s *side) whole(groups network, f flow) {
	if !s.there() {
		return
	}
	s.out = s.out || !groups.has(f.from)
	s.in = s.in || !groups.has(f.to)
}

func (s side) there() bool { return s.in || s.out }
func (s side) open() bool  { return s.in && s.out }

func groupsOf(changes []change) network {
	n := network{map[string]string{}, map[string]string{}}
	for _, c := range changes {
		if key := short(c.token()); key != "ec2/SecurityGroup" && key != "ec2/DefaultSecurityGroup" {
			continue
		}
		for _, state := range []*State{c.old, c.new} {
			if state == nil {
				continue
			}
			// Ours are described as "torii gateway", by which people know them; others by their logical name.
			name, ours := strings.CutPrefix(state.text("description"), "torii ")
			if !ours || name == "" {
				name = c.name()
			}
			n.byURN[c.urn] = name
			if state.ID != "" {
				n.byID[state.ID] = name
			}
		}
	}
	return n
}

func (n network) has(party string) bool {
	for _, name := range n.byURN {
		if name == party {
			return true
		}
	}
	return false
}

// group is whose group a property of a rule names.
func (n network) group(state *State, property string) string {
	for _, urn := range state.From[property] {
		if name, known := n.byURN[urn]; known {
			return name
		}
	}
	return n.called(state.text(property))
}

// called is whose group has an id.
func (n network) called(id string) string {
	if name, known := n.byID[id]; known {
		return name
	}
	if id == unknown || id == "" {
		return "a group of somebody else's"
	}
	return id
}
