package cost

import (
	"fmt"
	"math"
)

// Money writes an amount with two digits: 1234.50.
func Money(amount float64) string { return fmt.Sprintf("%.2f", amount) }

// Signed writes a difference with its sign: +12.30, −5.00, 0.00.
func Signed(difference float64) string {
	switch rounded := cents(difference); {
	case rounded > 0:
		return "+" + Money(rounded)
	case rounded < 0:
		return "−" + Money(math.Abs(rounded))
	}
	return Money(0)
}
