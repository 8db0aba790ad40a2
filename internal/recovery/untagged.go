package recovery

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// What AWS has no tags for is the stack's when it has a name that the state or the program gives to one of its type.

// wants tells whether the state or the program gives a name to something of a type.
func (a *Account) wants(token, name string) bool {
	for _, each := range a.known {
		if text(each, "type") == token && text(object(each["inputs"]), "name") == name {
			return true
		}
	}
	return false
}

func (a *Account) aliases(ctx context.Context) ([]Thing, error) {
	var things []Thing
	pages := kms.NewListAliasesPaginator(a.kms, &kms.ListAliasesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.Aliases {
			if name := aws.ToString(each.AliasName); a.wants(alias, name) {
				things = append(things, Thing{Type: alias, ID: name, Name: name, Key: name})
			}
		}
	}
	return things, nil
}

func (a *Account) queries(ctx context.Context) ([]Thing, error) {
	var things []Thing
	question := &cloudwatchlogs.DescribeQueryDefinitionsInput{}
	for {
		page, err := a.logs.DescribeQueryDefinitions(ctx, question)
		if err != nil {
			return nil, err
		}
		for _, each := range page.QueryDefinitions {
			if name := aws.ToString(each.Name); a.wants(query, name) {
				id := aws.ToString(each.QueryDefinitionId)
				things = append(things, Thing{Type: query, ID: id, Name: name, Key: name, Props: map[string]any{"queryDefinitionId": id}})
			}
		}
		if question.NextToken = page.NextToken; aws.ToString(page.NextToken) == "" {
			return things, nil
		}
	}
}

// listBudgets lists none when no budget is wanted: whoever deploys without may not be allowed to ask.
func (a *Account) listBudgets(ctx context.Context) ([]Thing, error) {
	if !slices.ContainsFunc(a.known, func(r map[string]any) bool { return text(r, "type") == budget }) {
		return nil, nil
	}
	caller, err := a.caller.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, err
	}
	var things []Thing
	pages := budgets.NewDescribeBudgetsPaginator(a.budgets, &budgets.DescribeBudgetsInput{AccountId: caller.Account})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.Budgets {
			if name := aws.ToString(each.BudgetName); a.wants(budget, name) {
				things = append(things, Thing{Type: budget, ID: aws.ToString(caller.Account) + ":" + name, Name: name, Key: name})
			}
		}
	}
	return things, nil
}
