package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"torii/internal/cost"
)

// alone is one stack's bill in full.
func alone(s costed) string {
	rows := [][]string{{"what", "for", "units", "price", "a month"}}
	for _, line := range s.bill.Lines {
		rows = append(rows, []string{line.What, line.Detail, units(line.Count, line.Unit), price(line), cost.Money(line.Monthly)})
	}
	rows = append(rows, []string{"", "", "", "a month", bold(s.bill.Total)})
	return "What " + s.name + " costs.\n\n" + basis(s.prices) + "\n\n" + table(rows) + "\n" + notCounted([]costed{s})
}

// beside is several stacks' bills, a column each.
func beside(stacks []costed) string {
	rows := [][]string{{"what", "price"}}
	for _, each := range stacks {
		rows[0] = append(rows[0], each.name)
	}
	for _, line := range everyLine(stacks) {
		row := []string{line.What, price(line)}
		for _, each := range stacks {
			row = append(row, amountOf(each.bill, line.What))
		}
		rows = append(rows, row)
	}
	total := []string{"", "a month"}
	for _, each := range stacks {
		total = append(total, bold(each.bill.Total))
	}
	return basis(stacks[0].prices) + "\n\n" + table(append(rows, total)) + "\n" + notCounted(stacks)
}

// everyLine is each line that any of the bills has, in the order of bills.
func everyLine(stacks []costed) []cost.Line {
	var all []cost.Line
	for _, each := range stacks {
		all = append(all, each.bill.Lines...)
	}
	slices.SortFunc(all, cost.Line.Compare)
	return slices.CompactFunc(all, func(a, b cost.Line) bool { return a.What == b.What })
}

func amountOf(bill cost.Bill, what string) string {
	for _, line := range bill.Lines {
		if line.What == what {
			return cost.Money(line.Monthly)
		}
	}
	return ""
}

// basis says what the figures rest on.
func basis(p *cost.Prices) string {
	return fmt.Sprintf(`List prices for %s in %s, without tax, as known on %s. A month is %s hours. A notebook that stops
itself runs %s of them; a group that is empty until somebody starts one, such as a bastion, %s; other groups and
services count at their smallest. What AWS gives everybody for nothing is not taken off.`,
		p.Region, p.Currency, p.Date, plain(p.Basis.HoursPerMonth), plain(p.Basis.NotebookHours), plain(p.Basis.StartedHours))
}

// notCounted names what the totals lack.
func notCounted(stacks []costed) string {
	var said []string
	for _, each := range stacks {
		for _, sentence := range each.bill.NotCounted {
			if !slices.Contains(said, sentence) {
				said = append(said, sentence)
			}
		}
	}
	if len(said) == 0 {
		return "Nothing is left out."
	}
	return "Not counted:\n\n- " + strings.Join(said, "\n- ")
}

// table writes rows, the first of which is the head, in Markdown.
func table(rows [][]string) string {
	var text strings.Builder
	write := func(cells []string) {
		for _, cell := range cells {
			if cell = strings.ReplaceAll(cell, "|", "\\|"); cell != "" {
				cell = " " + cell
			}
			text.WriteString("|" + cell + " ")
		}
		text.WriteString("|\n")
	}
	write(rows[0])
	write(slices.Repeat([]string{"---"}, len(rows[0])))
	for _, row := range rows[1:] {
		write(row)
	}
	return text.String()
}

func price(line cost.Line) string { return plain(line.Price) + " per " + line.Unit }

// units is a number of them: 1460 hours.
func units(count float64, unit string) string {
	if count == 1 {
		return "1 " + unit
	}
	return plain(count) + " " + unit + "s"
}

func plain(number float64) string { return strconv.FormatFloat(number, 'f', -1, 64) }

func bold(amount float64) string { return "**" + cost.Money(amount) + "**" }
