package settings

// Operations is torii:operations, how the stack is kept.
type Operations struct {
	// Refuses to delete the gate, its access logs, and the volumes that people keep their work on. Before
	// a destroy, turn it off and run up.
	Protect bool `setting:"protect"`
	// Days that logs are kept; one of the periods CloudWatch Logs knows.
	LogRetentionDays int `setting:"logRetentionDays"`
	// Makes alarms for what is in the stack, and the SNS topic that they go to. docs/runbook.md says what each
	// means and what to do.
	Alarms bool `setting:"alarms"`
	// E-mail addresses that alarms and the budget are mailed to. AWS asks each for consent first.
	AlertEmails []string `setting:"alertEmails"`
	// Makes the stack's dashboard in CloudWatch.
	Dashboard bool `setting:"dashboard"`
	// USD a month, of which 80 % and 100 % are told of, and 100 % when AWS expects it. Default 0, no budget.
	MonthlyBudgetUSD float64 `setting:"monthlyBudgetUsd"`
	// What the budget counts: account (all that the AWS account costs) or stack (what bears the tag Stack with the stack's
	// name, once you have activated that tag for cost allocation; until then, it counts nothing).
	BudgetScope string `setting:"budgetScope"`
}

// Values of torii:operations.budgetScope.
const (
	BudgetAccount = "account"
	BudgetStack   = "stack"
)

func defaultOperations() Operations {
	return Operations{
		Protect:          true,
		LogRetentionDays: 90,
		Alarms:           true,
		Dashboard:        true,
		BudgetScope:      BudgetAccount,
	}
}
