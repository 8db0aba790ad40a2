package review

import (
	"fmt"
	"maps"
	"slices"
)

// inPlace is what an update does although nothing is deleted or replaced. The templates are those that Auto Scaling groups
// start machines from, by URN.
func (w words) inPlace(c change, templates map[string]change) []notice {
	var all []notice
	say := func(at stake, text string) { all = append(all, notice{at, text, false}) }
	switch short(c.token()) {
	case "autoscaling/Group":
		if c.differs("launchTemplate", "launchConfiguration", "mixedInstancesPolicy") && c.new.input("instanceRefresh") != nil {
			say(machines, refresh(c, templates))
		}
	case "ec2/Instance":
		if c.differs("instanceType", "userData", "userDataBase64") {
			say(machines, w.the(c)+" is stopped, changed and started again; what runs on it ends.")
		}
	case "ec2/Route":
		if was, is := leadsThrough(c.old), leadsThrough(c.new); was != is {
			say(traffic, fmt.Sprintf("%s leads through %s instead of %s; open connections by it break off.", w.the(c), is, was))
		}
	case "wafv2/WebAcl", "wafv2/IpSet", "wafv2/RuleGroup":
		say(traffic, w.the(c)+" changes which requests are let through: "+several(firstOf(c.properties()))+".")
	case "route53/Record":
		if c.differs("records", "aliases") {
			say(traffic, w.the(c)+" leads elsewhere, as soon as resolvers have forgotten the old answer.")
		}
	case "cloudwatch/LogGroup":
		was, had := c.old.number("retentionInDays")
		is, has := c.new.number("retentionInDays")
		if has && is > 0 && (!had || was == 0 || is < was) {
			say(data, fmt.Sprintf("%s keeps its logs for %s; older ones are deleted.", w.the(c), count(int(is), "day")))
		}
	}
	return append(all, w.weaker(c)...)
}

// weaker is what an update takes away of a resource's protection.
func (w words) weaker(c change) []notice {
	var all []notice
	say := func(text string) {
		at := w.of(c.token()).Stake
		if at == "" {
			at = data
		}
		all = append(all, notice{at, w.the(c) + text, false})
	}
	for _, name := range []string{"deletionProtection", "enableDeletionProtection"} {
		if c.old.is(name) && !c.new.is(name) {
			say(" loses AWS's protection from deletion.")
		}
	}
	if c.new.is("forceDestroy") && !c.old.is("forceDestroy") {
		say(" can from then on be deleted together with what is in it.")
	}
	if c.old.is("finalSnapshot") && !c.new.is("finalSnapshot") {
		say(" can from then on be deleted without a last snapshot.")
	}
	for _, name := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
		if c.old.is(name) && !c.new.is(name) {
			say(" no longer has " + code(name) + ": its bucket can be made public.")
		}
	}
	return all
}

// differs tells whether one of these properties, or something in it, differs.
func (c change) differs(names ...string) bool {
	for path := range maps.Keys(c.diff) {
		if slices.Contains(names, pathParts(path)[0]) {
			return true
		}
	}
	return false
}

// refresh says what a new launch template does to the machines of a group that follows it.
func refresh(c change, templates map[string]change) string {
	since := ""
	for _, urn := range c.new.Dependencies {
		if template, found := templates[urn]; found && template.kind == changed {
			since = ", since its launch template changes (" + several(firstOf(template.properties())) + ")"
		}
	}
	most, _ := c.new.number("maxSize")
	if most == 1 {
		return "The machine of the Auto Scaling group " + code(c.name()) + " is **replaced**" + since +
			". The old one ends before the new one starts; until that is up, nobody answers."
	}
	return "The machines of the Auto Scaling group " + code(c.name()) + " are **replaced** one after another" + since + "."
}

// targets are what a route can lead through, by property.
var targets = []struct{ property, name string }{
	{"natGatewayId", "a NAT gateway"},
	{"networkInterfaceId", "a network interface, such as a NAT instance's,"},
	{"gatewayId", "an internet or VPN gateway"},
	{"egressOnlyGatewayId", "an egress-only internet gateway"},
	{"transitGatewayId", "a transit gateway"},
	{"vpcPeeringConnectionId", "a peering connection"},
	{"vpcEndpointId", "a VPC endpoint"},
}

// leadsThrough is what a route leads through.
func leadsThrough(route *State) string {
	for _, each := range targets {
		if route.text(each.property) != "" {
			return each.name
		}
	}
	return "nothing that is known"
}
