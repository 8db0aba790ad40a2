package settings

import (
	"math"
	"net/mail"
	"slices"
)

// retentionDays are the periods CloudWatch Logs accepts, but for 0, "never expire".
// Source: the PutRetentionPolicy operation of its API.
var retentionDays = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// maxMonthlyBudgetUSD is ours: more is a slip of the keyboard.
const maxMonthlyBudgetUSD = 1_000_000

func checkOperations(ps *Problems, o Operations) {
	const path = "torii:operations."
	if !slices.Contains(retentionDays, o.LogRetentionDays) {
		ps.refuse(path+"logRetentionDays", o.LogRetentionDays,
			"is not allowed; choose %s", list(texts(retentionDays)))
	}
	checkAddresses(ps, path+"alertEmails", o.AlertEmails)
	// Less than a cent AWS refuses, and more digits than that it rounds.
	budget, cents := o.MonthlyBudgetUSD, o.MonthlyBudgetUSD*100
	if budget != 0 && (budget < 0.01 || budget > maxMonthlyBudgetUSD || math.Abs(cents-math.Round(cents)) > 1e-6) {
		ps.refuse(path+"monthlyBudgetUsd", budget, "is not allowed; choose 0.01 to %d in whole cents, or 0 for no budget", maxMonthlyBudgetUSD)
	}
	if scopes := []string{BudgetAccount, BudgetStack}; !slices.Contains(scopes, o.BudgetScope) {
		ps.refuse(path+"budgetScope", o.BudgetScope, "is not allowed; choose %s", list(scopes))
	}
	if len(o.AlertEmails) > 0 && !o.Alarms && budget == 0 {
		ps.missing(path+"alertEmails", "nothing is mailed without alarms and without a monthlyBudgetUsd; set one of them, or leave it out")
	}
}

// checkAddresses wants plain e-mail addresses, each once.
func checkAddresses(ps *Problems, path string, addresses []string) {
	seen := map[string]bool{}
	for i, address := range addresses {
		at := indexed(path, i)
		if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
			ps.refuse(at, address, "is not an e-mail address; give one such as ops@example.jp")
		}
		ps.twice(at, address, seen)
	}
}
