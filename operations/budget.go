package operations

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/budgets"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Budget is what a month may cost.
type Budget struct {
	MonthlyUSD float64 // more than 0; no budget with 0
	// StackOnly counts what bears the stack's tag Stack, which has to be activated for cost allocation in the billing
	// console: AWS counts nothing by a tag that is not. All that the account costs without.
	StackOnly bool
}

// notices are what the topic is told of: of what was spent, and of what AWS expects by the end of the month.
var notices = []struct {
	kind    string
	percent float64
}{
	{"ACTUAL", 80},
	{"ACTUAL", 100},
	{"FORECASTED", 100},
}

// budget makes the budget. Mails name it, so that it has the stack's name and not one of Pulumi's.
func (b *builder) budget() error {
	args := &budgets.BudgetArgs{
		Name:        pulumi.String(b.args.Tags.Word()),
		BudgetType:  pulumi.String("COST"),
		LimitAmount: pulumi.String(strconv.FormatFloat(b.args.Budget.MonthlyUSD, 'f', -1, 64)),
		LimitUnit:   pulumi.String("USD"),
		TimeUnit:    pulumi.String("MONTHLY"),
		Tags:        b.args.Tags.Named("budget"),
	}
	if b.args.Budget.StackOnly {
		args.CostFilters = budgets.BudgetCostFilterArray{&budgets.BudgetCostFilterArgs{
			// Two tags would be one or the other, not both.
			Name: pulumi.String("TagKeyValue"), Values: pulumi.StringArray{pulumi.String("user:Stack$" + b.args.Tags["Stack"])},
		}}
	}
	var told budgets.BudgetNotificationArray
	for _, each := range notices {
		told = append(told, &budgets.BudgetNotificationArgs{
			NotificationType:       pulumi.String(each.kind),
			Threshold:              pulumi.Float64(each.percent),
			ThresholdType:          pulumi.String("PERCENTAGE"),
			ComparisonOperator:     pulumi.String("GREATER_THAN"),
			SubscriberSnsTopicArns: pulumi.StringArray{b.self.TopicARN},
		})
	}
	args.Notifications = told
	// AWS refuses a topic that it may not publish to.
	_, err := budgets.NewBudget(b.ctx, "monthly", args, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{b.granted}))
	if err != nil {
		return fmt.Errorf("creating the budget: %w", err)
	}
	return nil
}
