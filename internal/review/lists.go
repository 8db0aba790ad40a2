package review

import (
	"fmt"
	"slices"
	"strings"

	"torii/internal/cost"
)

// lists are all changes, folded, by what becomes of them.
func (c comment) lists(p *page) {
	if !c.any() {
		return
	}
	p.line("\n### All changes")
	titles := map[kind]string{replaced: "Replaced", deleted: "Deleted", changed: "Changed", added: "Added"}
	for _, k := range []kind{replaced, deleted, changed, added} {
		items := c.items(k)
		if len(items) > 0 {
			p.fold(titles[k], len(items), func() { p.list(items) })
		}
	}
}

// items are the lines of one list.
func (c comment) items(k kind) []string {
	var items []string
	for _, each := range c.changes {
		if each.kind != k || !each.real() {
			continue
		}
		item := c.words.thing(each.token()) + " " + code(each.name())
		if k == changed || k == replaced {
			if properties := each.properties(); len(properties) > 0 {
				item += ": " + strings.Join(firstOf(properties), ", ")
			}
		}
		items = append(items, item)
	}
	return items
}

// longestItem is how many properties of a resource, or addresses of a flow, are named.
const longestItem = 12

func firstOf(items []string) []string {
	if len(items) <= longestItem {
		return items
	}
	return append(append([]string{}, items[:longestItem]...), fmt.Sprintf("and %d more", len(items)-longestItem))
}

// costs compares what there is before and after.
func costs(prices *cost.Prices, changes []change) cost.Comparison {
	var before, after []cost.Resource
	for _, c := range changes {
		if !c.real() {
			continue
		}
		if c.kind != added && c.old != nil {
			before = append(before, billed(c, c.old))
		}
		if c.kind != deleted && c.new != nil {
			after = append(after, billed(c, c.new))
		}
	}
	return cost.Compare(prices.Of(before), prices.Of(after))
}

// billed is a resource as package cost wants it.
func billed(c change, state *State) cost.Resource {
	from := append([]string{}, state.Dependencies...)
	for _, urns := range state.From {
		from = append(from, urns...)
	}
	slices.Sort(from)
	from = slices.Compact(from) // what is in both is one thing
	return cost.Resource{Type: state.Type, Name: c.name(), URN: c.urn, DependsOn: from, Inputs: state.Inputs}
}

// costSentence is the summary's half-sentence.
func costSentence(c cost.Comparison) string {
	switch {
	case c.Difference > 0:
		return "about **" + cost.Money(c.Difference) + " USD a month more**"
	case c.Difference < 0:
		return "about " + cost.Money(-c.Difference) + " USD a month less"
	default:
		return "what it costs stays as it is"
	}
}

// money is the change of what the stack costs.
func (c comment) money(p *page) {
	if len(c.costs.Changes)+len(c.costs.NotCounted) == 0 {
		return
	}
	p.line("\n### What it costs a month\n")
	if len(c.costs.Changes) > 0 {
		var rows []string
		for _, each := range c.costs.Changes {
			rows = append(rows, fmt.Sprintf("| %s | %s | %s | %s | %s |", cell(prose(each.What)), cell(prose(each.Detail)),
				cost.Money(each.Before), cost.Money(each.After), cost.Signed(each.Difference)))
		}
		p.line("List prices in US dollars, from **%s** to **%s** (%s):\n",
			cost.Money(c.costs.Before), cost.Money(c.costs.After), cost.Signed(c.costs.Difference))
		p.table("| | for | before | after | difference |\n|---|---|---:|---:|---:|\n", rows)
	}
	if n := len(c.costs.NotCounted); n > 0 {
		p.fold("Not counted", n, func() {
			var items []string
			for _, each := range c.costs.NotCounted {
				items = append(items, prose(each))
			}
			p.list(items)
		})
	}
}
