package edge

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// defaultAction writes what happens to a request that no rule decides.
func (w WAF) defaultAction() *wafv2.WebAclDefaultActionArgs {
	if w.BlocksByDefault() {
		return &wafv2.WebAclDefaultActionArgs{Block: &wafv2.WebAclDefaultActionBlockArgs{}}
	}
	return &wafv2.WebAclDefaultActionArgs{Allow: &wafv2.WebAclDefaultActionAllowArgs{}}
}

// ruleArgs writes the rules the way AWS wants them: a rule group is overridden, while a
// rule of our own acts. ownName is the load balancer's DNS name.
func (w WAF) ruleArgs(ownName pulumi.StringOutput) wafv2.WebAclRuleArray {
	var all wafv2.WebAclRuleArray
	for _, rule := range w.Rules() {
		args := &wafv2.WebAclRuleArgs{
			Name:      pulumi.String(rule.Name),
			Priority:  pulumi.Int(rule.Priority),
			Statement: rule.statement(ownName),
			VisibilityConfig: &wafv2.WebAclRuleVisibilityConfigArgs{
				CloudwatchMetricsEnabled: pulumi.Bool(true),
				MetricName:               pulumi.String(rule.Name),
				SampledRequestsEnabled:   pulumi.Bool(true),
			},
		}
		switch {
		case rule.Managed != "":
			args.OverrideAction = &wafv2.WebAclRuleOverrideActionArgs{None: &wafv2.WebAclRuleOverrideActionNoneArgs{}}
		case len(rule.Countries) > 0:
			args.Action = &wafv2.WebAclRuleActionArgs{Allow: &wafv2.WebAclRuleActionAllowArgs{}}
		default:
			args.Action = &wafv2.WebAclRuleActionArgs{Block: &wafv2.WebAclRuleActionBlockArgs{}}
		}
		all = append(all, args)
	}
	return all
}

func (r Rule) statement(ownName pulumi.StringOutput) *wafv2.WebAclRuleStatementArgs {
	switch {
	case r.Managed != "":
		return &wafv2.WebAclRuleStatementArgs{ManagedRuleGroupStatement: r.group()}
	case len(r.Labels) > 0:
		all := []*wafv2.WebAclRuleStatementArgs{or(labels(r.Labels))}
		for _, place := range r.Except {
			// One "not" each instead of one "or" inside a "not": the provider knows statements
			// in three layers only.
			all = append(all, not(place.statement(ownName)))
		}
		return and(all...)
	case len(r.Countries) > 0:
		return &wafv2.WebAclRuleStatementArgs{
			GeoMatchStatement: &wafv2.WebAclRuleStatementGeoMatchStatementArgs{
				CountryCodes: pulumi.ToStringArray(r.Countries),
			},
		}
	default:
		return &wafv2.WebAclRuleStatementArgs{
			RateBasedStatement: &wafv2.WebAclRuleStatementRateBasedStatementArgs{
				AggregateKeyType:    pulumi.String("IP"),
				Limit:               pulumi.Int(r.Limit),
				EvaluationWindowSec: pulumi.Int(300),
			},
		}
	}
}

// group is a rule group of AWS's, with the rules that only count.
func (r Rule) group() *wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs {
	group := &wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs{
		VendorName: pulumi.String("AWS"),
		Name:       pulumi.String(r.Managed),
	}
	var overrides wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArray
	for _, name := range r.Counted {
		overrides = append(overrides, &wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs{
			Name: pulumi.String(name),
			ActionToUse: &wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs{
				Count: &wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs{},
			},
		})
	}
	if overrides != nil {
		group.RuleActionOverrides = overrides
	}
	return group
}

// statement matches requests to a place.
func (p Place) statement(ownName pulumi.StringOutput) *wafv2.WebAclRuleStatementArgs {
	name := pulumi.String(p.Host).ToStringOutput()
	if p.Host == "" {
		name = ownName.ApplyT(strings.ToLower).(pulumi.StringOutput)
	}
	host := matches("EXACTLY", "LOWERCASE", name, &fieldArgs{
		SingleHeader: &wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchSingleHeaderArgs{Name: pulumi.String("host")},
	})
	if p.Path == "" {
		return host
	}
	return and(host, matches("STARTS_WITH", "NORMALIZE_PATH", pulumi.String(p.Path), &fieldArgs{
		UriPath: &wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchUriPathArgs{},
	}))
}

// fieldArgs is the part of a request that is looked at.
type fieldArgs = wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchArgs

// matches compares a part of the request, after a transformation, with a text.
func matches(how, transformation string, search pulumi.StringInput, field *fieldArgs) *wafv2.WebAclRuleStatementArgs {
	return &wafv2.WebAclRuleStatementArgs{ByteMatchStatement: &wafv2.WebAclRuleStatementByteMatchStatementArgs{
		FieldToMatch:         field,
		PositionalConstraint: pulumi.String(how),
		SearchString:         search,
		TextTransformations: wafv2.WebAclRuleStatementByteMatchStatementTextTransformationArray{
			&wafv2.WebAclRuleStatementByteMatchStatementTextTransformationArgs{
				Priority: pulumi.Int(0), Type: pulumi.String(transformation),
			},
		},
	}}
}

func labels(keys []string) []*wafv2.WebAclRuleStatementArgs {
	var all []*wafv2.WebAclRuleStatementArgs
	for _, key := range keys {
		all = append(all, &wafv2.WebAclRuleStatementArgs{LabelMatchStatement: &wafv2.WebAclRuleStatementLabelMatchStatementArgs{
			Scope: pulumi.String("LABEL"), Key: pulumi.String(key),
		}})
	}
	return all
}

func array(statements []*wafv2.WebAclRuleStatementArgs) wafv2.WebAclRuleStatementArray {
	var all wafv2.WebAclRuleStatementArray
	for _, each := range statements {
		all = append(all, each)
	}
	return all
}

// or is any of some statements; AWS refuses an "or" of one.
func or(statements []*wafv2.WebAclRuleStatementArgs) *wafv2.WebAclRuleStatementArgs {
	if len(statements) == 1 {
		return statements[0]
	}
	return &wafv2.WebAclRuleStatementArgs{
		OrStatement: &wafv2.WebAclRuleStatementOrStatementArgs{Statements: array(statements)},
	}
}

func and(statements ...*wafv2.WebAclRuleStatementArgs) *wafv2.WebAclRuleStatementArgs {
	return &wafv2.WebAclRuleStatementArgs{
		AndStatement: &wafv2.WebAclRuleStatementAndStatementArgs{Statements: array(statements)},
	}
}

func not(statement *wafv2.WebAclRuleStatementArgs) *wafv2.WebAclRuleStatementArgs {
	return &wafv2.WebAclRuleStatementArgs{
		NotStatement: &wafv2.WebAclRuleStatementNotStatementArgs{Statements: array([]*wafv2.WebAclRuleStatementArgs{statement})},
	}
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
