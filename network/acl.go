package network

import (
	"cmp"
	"fmt"
	"slices"
)

// Place is where one end of a connection stands, as far as subnets can tell.
type Place string

// The places that network ACLs know.
const (
	Outside Place = "internet" // anywhere outside the VPC; Amazon S3 too, whose addresses are public
	Public  Place = "public"   // the public subnets: the gate, NAT
	Private Place = "private"  // the private subnets: workloads and interface endpoints
)

// Traffic is connections that the subnets must let pass: From opens them to To on
// TCP Port. Ranges narrows Outside when it is From; without it, it is every address.
type Traffic struct {
	From, To Place
	Port     int
	Ranges   []string
	ViaNAT   bool // from Private to Outside: passes the public subnets on its way
}

// ACLRule is one line of a network ACL; all of them allow.
type ACLRule struct {
	Number   int // evaluated in this order, 1 to 32766
	Egress   bool
	CIDR     string
	FromPort int
	ToPort   int
	Why      string
}

// Ports that clients choose for their own end. Load balancers, NAT gateways and
// interface endpoints use all of these. Source: AWS's user guide on network ACLs.
const (
	ephemeralFrom = 1024
	ephemeralTo   = 65535
)

// Numbers are derived from what a rule is about, never from its position, so that
// adding a workload does not renumber, and thus rewrite, the rules of others.
const (
	returnNumber = 100  // plus the place
	portNumber   = 1000 // plus 1024 for each peer, plus the port
)

const everywhere = "0.0.0.0/0"

// ACLs are the rules of the two tiers, sorted by direction and number.
type ACLs struct {
	Public, Private []ACLRule
}

// PlanACLs derives both network ACLs from the connections that the tiers must let
// pass. They are stateless: each connection needs a rule for its port one way, and one
// for the caller's own port the other way. A port from 1024 up falls into the range of
// answers, which such a list cannot tell from it.
func PlanACLs(traffic []Traffic, where Tiers) (ACLs, error) {
	public := newACLPlan(map[Place]string{Outside: everywhere, Private: where.Private, Public: where.Public})
	private := newACLPlan(map[Place]string{Outside: everywhere, Private: where.Private, Public: where.Public})
	for _, t := range traffic {
		if t.Port < 1 || t.Port > 65535 {
			return ACLs{}, fmt.Errorf("planning network ACLs: port %d from %s to %s is not a port", t.Port, t.From, t.To)
		}
		switch {
		case t.From == Outside && t.To == Public:
			public.admit(Outside, t)
		case t.From == Public && t.To == Private:
			public.send(Private, t)
			private.admit(Public, t)
		case t.From == Private && t.To == Private:
			// Subnets of the same tier in other zones; within one subnet no ACL is asked.
			private.send(Private, t)
			private.admit(Private, t)
		case t.From == Private && t.To == Outside && t.ViaNAT:
			private.send(Outside, t)
			public.admit(Private, t)
			public.send(Outside, t)
		case t.From == Private && t.To == Outside:
			private.send(Outside, t)
		default:
			return ACLs{}, fmt.Errorf("planning network ACLs: nothing leads from %s to %s", t.From, t.To)
		}
	}
	return ACLs{Public: public.rules(), Private: private.rules()}, nil
}

// aclPlan gathers the rules of one tier, each once.
type aclPlan struct {
	cidrs map[Place]string
	found map[ACLRule]bool
}

func newACLPlan(cidrs map[Place]string) aclPlan {
	return aclPlan{cidrs: cidrs, found: map[ACLRule]bool{}}
}

// admit lets connections from a place in, and their answers out.
func (p aclPlan) admit(from Place, t Traffic) {
	ranges := []string{p.cidrs[from]}
	if from == Outside && len(t.Ranges) > 0 {
		ranges = t.Ranges
	}
	for i, cidr := range ranges {
		peer := peer{from, i, cidr}
		p.port(false, peer, t.Port)
		p.answers(true, peer)
	}
}

// send lets connections to a place out, and their answers in.
func (p aclPlan) send(to Place, t Traffic) {
	peer := peer{to, 0, p.cidrs[to]}
	p.port(true, peer, t.Port)
	p.answers(false, peer)
}

func (p aclPlan) port(egress bool, peer peer, port int) {
	if port >= ephemeralFrom {
		p.answers(egress, peer)
		return
	}
	p.found[ACLRule{
		Number: portNumber + ephemeralFrom*peer.number() + port, Egress: egress, CIDR: peer.cidr,
		FromPort: port, ToPort: port, Why: fmt.Sprintf("tcp/%d %s", port, peer.words(egress)),
	}] = true
}

func (p aclPlan) answers(egress bool, peer peer) {
	p.found[ACLRule{
		Number: returnNumber + peer.number(), Egress: egress, CIDR: peer.cidr,
		FromPort: ephemeralFrom, ToPort: ephemeralTo, Why: "answers and ports above 1023 " + peer.words(egress),
	}] = true
}

// peer is whom a rule is about: a place, or one of the ranges that stand for it.
type peer struct {
	place Place
	index int // of the range
	cidr  string
}

// number tells peers apart: the tiers first, then everybody, then ranges in the order
// in which they are given.
func (p peer) number() int {
	switch {
	case p.place == Private:
		return 0
	case p.place == Public:
		return 1
	case p.cidr == everywhere:
		return 2
	default:
		return 3 + p.index
	}
}

func (p peer) words(egress bool) string {
	if egress {
		return "to " + string(p.place)
	}
	return "from " + string(p.place)
}

func (p aclPlan) rules() []ACLRule {
	rules := make([]ACLRule, 0, len(p.found))
	for rule := range p.found {
		rules = append(rules, rule)
	}
	slices.SortFunc(rules, func(a, b ACLRule) int {
		if a.Egress != b.Egress {
			if a.Egress {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.Number, b.Number)
	})
	return rules
}
