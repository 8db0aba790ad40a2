// Package cost says what AWS bills a month for a stack's resources, by list prices that lie
// in one file, prices.yaml. It is arithmetic on what is asked for: nothing is looked up, what
// depends on use is named and not counted, and so is what it has no price for.
package cost

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Resource is one resource that AWS is asked for: a custom one, of any provider. Components
// are none; leave them out.
type Resource struct {
	Type      string         // token, such as aws:ec2/instance:Instance
	Name      string         // logical
	URN       string         // "" where it is not known; DependsOn then finds it by type and name
	DependsOn []string       // URNs, explicit and by data
	Inputs    map[string]any // as JSON has them; what is not known yet is Unknown
}

// Unknown is what a preview writes in the place of a value that only a deployment can tell.
const Unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

// Bill is what resources cost in a month of 730 hours.
type Bill struct {
	Region, Date, Currency string // of the prices, such as ap-northeast-1, 2026-11-22, USD
	Lines                  []Line // in the order of prices.yaml
	// Total is the sum of the lines as they are rounded.
	Total float64
	// NotCounted names what is missing in Total, in sentences: first what has no price or
	// cannot be known, then what depends on use, with its price.
	NotCounted []string
}

// Line is one thing that is billed, for all resources that it is billed for.
type Line struct {
	What    string  // such as "NAT gateway" or "instance t3.large"
	Detail  string  // what for, by logical names: "hub, web ×2"
	Count   float64 // how many units in a month
	Unit    string  // hour, month, GB-month, vCPU-hour, GB-hour or metric-month
	Price   float64 // of one unit
	Monthly float64 // Count times Price, rounded to cents

	order int
}

// Compare puts lines of any bills into the order of prices.yaml, and instance types into that
// of their price.
func (l Line) Compare(other Line) int {
	return cmp.Or(cmp.Compare(l.order, other.order), cmp.Compare(l.Price, other.Price), cmp.Compare(l.What, other.What))
}

// Of adds up what resources cost. It does not fail: what it cannot count is in NotCounted.
func (p *Prices) Of(resources []Resource) Bill {
	l := &ledger{prices: p, amounts: map[string]*amount{}, present: map[string]bool{}}
	l.resources = slices.Clone(resources)
	slices.SortStableFunc(l.resources, func(a, b Resource) int {
		return strings.Compare(a.Type+" "+a.Name, b.Type+" "+b.Name)
	})
	l.elsewhere()
	for _, each := range l.resources {
		l.count(each)
	}
	return l.bill()
}

// ledger gathers what is billed while resources are gone through.
type ledger struct {
	prices    *Prices
	resources []Resource
	amounts   map[string]*amount // by what is billed
	present   map[string]bool    // kinds that depend on use
	lacking   []string           // sentences
}

// amount is one line while it grows.
type amount struct {
	order   int
	what    string
	unit    string
	price   float64
	count   float64
	details []string
}

// count puts one resource on the bill.
func (l *ledger) count(r Resource) {
	kind := kindOf(r.Type)
	l.present[kind] = true
	rule, priced := rules[kind]
	switch {
	case priced:
		rule(l, r)
	case l.prices.isFree(kind), l.prices.dependsOnUse(kind):
	default:
		l.lack(r, "has no price here")
	}
}

// add puts units of an item on the bill.
func (l *ledger) add(key string, units float64, detail string) {
	item, order := l.prices.item(key)
	l.put(key, amount{order: order, what: item.What, unit: item.Unit, price: item.Price}, units, detail)
}

func (l *ledger) put(key string, of amount, units float64, detail string) {
	line, there := l.amounts[key]
	if !there {
		line = &of
		l.amounts[key] = line
	}
	line.count += units
	line.details = append(line.details, detail)
}

// lack says what the total lacks of a resource.
func (l *ledger) lack(r Resource, why string) {
	l.lacking = append(l.lacking, r.Name+" ("+kindOf(r.Type)+") "+why)
}

// elsewhere says so when the stack stands where the prices are not from.
func (l *ledger) elsewhere() {
	for _, each := range l.resources {
		zone, _ := value(each.Inputs, "availabilityZone").(string)
		if zone != "" && zone != Unknown && !strings.HasPrefix(zone, l.prices.Region) {
			l.lacking = append(l.lacking, "prices are those of "+l.prices.Region+", and "+each.Name+" stands in "+zone)
			return
		}
	}
}

// bill is what was gathered, in order.
func (l *ledger) bill() Bill {
	bill := Bill{Region: l.prices.Region, Date: l.prices.Date, Currency: l.prices.Currency, NotCounted: l.lacking}
	lines := make([]*amount, 0, len(l.amounts))
	for _, each := range l.amounts {
		if each.count > 0 {
			lines = append(lines, each)
		}
	}
	for _, each := range lines {
		bill.Lines = append(bill.Lines, Line{
			What: each.what, Detail: strings.Join(each.details, ", "), Count: round(each.count, 1e4), Unit: each.unit,
			Price: each.price, Monthly: cents(each.count * each.price), order: each.order,
		})
		bill.Total += cents(each.count * each.price)
	}
	slices.SortFunc(bill.Lines, Line.Compare)
	bill.Total = cents(bill.Total)
	for _, each := range l.prices.Usage {
		if slices.ContainsFunc(each.Types, func(kind string) bool { return l.present[kind] }) {
			bill.NotCounted = append(bill.NotCounted, each.Text)
		}
	}
	return bill
}

// kindOf is a type's token without the part that repeats its name.
func kindOf(token string) string {
	if last := strings.LastIndex(token, ":"); strings.Count(token, ":") > 1 {
		return token[:last]
	}
	return token
}

func cents(value float64) float64 { return round(value, 100) }

func round(value, steps float64) float64 { return math.Round(value*steps) / steps }
