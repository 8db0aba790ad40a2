package review_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"torii/internal/review"
)

const (
	groupType = "aws:ec2/securityGroup:SecurityGroup"
	inType    = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	outType   = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

// group is a security group that stays.
func group(name, id string) review.Step {
	s := step("same", groupType, "firewall-"+name, inputs{"description": "torii " + name}, inputs{"description": "torii " + name})
	s.Old.ID = id
	return s
}

// between says which groups a rule's properties come from.
func between(s review.Step, from map[string]string) review.Step {
	for _, state := range []*review.State{s.Old, s.New} {
		if state == nil {
			continue
		}
		state.From = map[string][]string{}
		for property, name := range from {
			state.From[property] = []string{step("", groupType, "firewall-"+name, nil, nil).URN}
		}
	}
	return s
}

// rows are the rows of the flow table in a comment.
func rows(t *testing.T, steps ...review.Step) []string {
	t.Helper()
	var all []string
	for _, line := range strings.Split(on(t, steps...), "\n") {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| |") && strings.Contains(line, "tcp/") || strings.Contains(line, "| all |") {
			all = append(all, line)
		}
	}
	return all
}

func tcp(port float64, more inputs) inputs {
	more["ipProtocol"], more["fromPort"], more["toPort"] = "tcp", port, port
	return more
}

func TestAFlowIsMadeOfItsTwoRules(t *testing.T) {
	groups := []review.Step{group("gateway", "sg-1"), group("site", "sg-2")}
	ends := map[string]string{"securityGroupId": "gateway", "referencedSecurityGroupId": "site"}
	sdne := map[string]string{"securityGroupId": "site", "referencedSecurityGroupId": "gateway"}
	out := tcp(80, inputs{"securityGroupId": "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "referencedSecurityGroupId": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
		"description": "to site: requests"})
	in := tcp(80, inputs{"securityGroupId": "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "referencedSecurityGroupId": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
		"description": "from gateway: requests"})
	for name, test := range map[string]struct {
		steps []review.Step
		want  string
	}{
		"both new": {
			[]review.Step{between(step("create", outType, "o", nil, out), ends), between(step("create", inType, "i", nil, in), sdne)},
			"| **new** | gateway | site | tcp/80 | requests |",
		},
		"the second one of two": {
			[]review.Step{between(step("same", outType, "o", out, out), ends), between(step("create", inType, "i", nil, in), sdne)},
			"| **new** | gateway | site | tcp/80 | requests |",
		},
		"one alone": {
			[]review.Step{between(step("create", inType, "i", nil, in), sdne)},
			"| one side only | gateway | site | tcp/80 | requests; only one of its two rules is there, so that nothing passes |",
		},
		"both there": {
			[]review.Step{between(step("same", outType, "o", out, out), ends), between(step("same", inType, "i", in, in), sdne)},
			"|  | gateway | site | tcp/80 | requests |",
		},
		"one goes": {
			[]review.Step{between(step("same", outType, "o", out, out), ends), between(step("delete", inType, "i", in, nil), sdne)},
			"| gone | gateway | site | tcp/80 | requests; only one of its two rules is there, so that nothing passes |",
		},
		"both go": {
			[]review.Step{between(step("delete", outType, "o", out, nil), ends), between(step("delete", inType, "i", in, nil), sdne)},
			"| gone | gateway | site | tcp/80 | requests |",
		},
	} {
		assert.Equal(t, []string{test.want}, rows(t, append(groups, test.steps...)...), name)
	}
}

func TestWhoIsAtTheOtherEnd(t *testing.T) {
	for name, test := range map[string]struct {
		rule review.Step
		want string
	}{
		"everybody": {
			step("create", inType, "r", nil, tcp(443, inputs{"securityGroupId": "sg-1", "cidrIpv4": "0.0.0.0/0", "description": "from internet: clients"})),
			"| **new way in** | internet | gateway | tcp/443 | clients |",
		},
		"everybody by IPv6": {
			step("create", inType, "r", nil, tcp(443, inputs{"securityGroupId": "sg-1", "cidrIpv6": "::/0"})),
			"| **new way in** | internet | gateway | tcp/443 | addresses `::/0` |",
		},
		"a public range that calls itself the network": {
			step("create", inType, "r", nil, tcp(22, inputs{"securityGroupId": "sg-1", "cidrIpv4": "198.51.100.0/24", "description": "from network: me"})),
			"| **new way in** | internet | gateway | tcp/22 | me; addresses `198.51.100.0/24` |",
		},
		"a range that only begins as a private one": {
			step("create", inType, "r", nil, tcp(22, inputs{"securityGroupId": "sg-1", "cidrIpv4": "10.0.0.0/7"})),
			"| **new way in** | internet | gateway | tcp/22 | addresses `10.0.0.0/7` |",
		},
		"a private range": {
			step("create", inType, "r", nil, tcp(22, inputs{"securityGroupId": "sg-1", "cidrIpv4": "10.1.0.0/16"})),
			"| **new way in** | 10.1.0.0/16 | gateway | tcp/22 | addresses `10.1.0.0/16` |",
		},
		"the network": {
			step("create", outType, "r", nil, tcp(5432, inputs{"securityGroupId": "sg-1", "cidrIpv4": "10.0.0.0/16", "description": "to network: data"})),
			"| **new** | gateway | network | tcp/5432 | data; addresses `10.0.0.0/16` |",
		},
		"S3": {
			step("create", outType, "r", nil, tcp(443, inputs{"securityGroupId": "sg-1", "prefixListId": "pl-1", "description": "to s3: packages"})),
			"| **new** | gateway | s3 | tcp/443 | packages |",
		},
		"another stack's group": {
			step("create", outType, "r", nil, tcp(80, inputs{"securityGroupId": "sg-1", "referencedSecurityGroupId": "sg-9"})),
			"| **new** | gateway | sg-9 | tcp/80 |  |",
		},
		"an older kind of rule, all ports": {
			step("create", "aws:ec2/securityGroupRule:SecurityGroupRule", "r", nil, inputs{
				"type": "ingress", "securityGroupId": "sg-1", "protocol": "-1", "fromPort": 0.0, "toPort": 0.0, "cidrBlocks": []any{"0.0.0.0/0"}}),
			"| **new way in** | internet | gateway | all |  |",
		},
		"a rule inside its group, several ports": {
			step("create", groupType, "db", nil, inputs{"ingress": []any{inputs{
				"protocol": "tcp", "fromPort": 5000.0, "toPort": 5010.0, "securityGroups": []any{"sg-1"}, "description": "x"}}}),
			"| one side only | gateway | db | tcp/5000-5010 | x; only one of its two rules is there, so that nothing passes |",
		},
		"a narrower way": {
			update(inType, "r", "cidrIpv4", tcp(443, inputs{"securityGroupId": "sg-1", "cidrIpv4": "0.0.0.0/0"}),
				tcp(443, inputs{"securityGroupId": "sg-1", "cidrIpv4": "198.51.100.0/24"})),
			"| narrower | internet | gateway | tcp/443 | addresses `198.51.100.0/24`, no longer `0.0.0.0/0` |",
		},
		"a wider way": {
			update(inType, "r", "cidrIpv4", tcp(443, inputs{"securityGroupId": "sg-1", "cidrIpv4": "198.51.100.0/24"}),
				tcp(443, inputs{"securityGroupId": "sg-1", "cidrIpv4": "198.51.0.0/16"})),
			"| **wider way in** | internet | gateway | tcp/443 | addresses **also `198.51.0.0/16`** |",
		},
	} {
		assert.Equal(t, []string{test.want}, rows(t, group("gateway", "sg-1"), test.rule), name)
	}
}
