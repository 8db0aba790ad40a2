package edge

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// WAF describes the web application firewall.
type WAF struct {
	// AllowedCountries are the ISO 3166 codes that are let in. When empty, everybody is
	// whom no other rule blocks.
	AllowedCountries []string
	// RateLimit is requests per 5 minutes and address; 0 for no limit.
	RateLimit int
}

// Rule is one rule of a web ACL, in words that a test can read.
type Rule struct {
	Name      string
	Priority  int      // evaluated in this order; unique
	Managed   string   // rule group of AWS's that blocks what it matches, or ""
	Limit     int      // requests per 5 minutes and address, blocked above; or 0
	Countries []string // let in, ending the evaluation; or nil
}

// Rules returns a web ACL's rules. Letting a country in ends the evaluation, so that
// rule comes last, with a number that leaves room for others before it: anywhere else
// it would switch off all that follow.
func (w WAF) Rules() []Rule {
	rules := []Rule{
		{Name: "ip-reputation", Priority: 10, Managed: "AWSManagedRulesAmazonIpReputationList"},
		{Name: "common", Priority: 20, Managed: "AWSManagedRulesCommonRuleSet"},
		{Name: "known-bad-inputs", Priority: 30, Managed: "AWSManagedRulesKnownBadInputsRuleSet"},
	}
	if w.RateLimit > 0 {
		rules = append(rules, Rule{Name: "rate-limit", Priority: 40, Limit: w.RateLimit})
	}
	if len(w.AllowedCountries) > 0 {
		rules = append(rules, Rule{Name: "allowed-countries", Priority: 1000, Countries: w.AllowedCountries})
	}
	return rules
}

// BlocksByDefault says what happens to a request that no rule decides: with countries
// to let in, everybody else is blocked.
func (w WAF) BlocksByDefault() bool { return len(w.AllowedCountries) > 0 }

// defaultAction writes what happens to a request that no rule decides.
func (w WAF) defaultAction() *wafv2.WebAclDefaultActionArgs {
	if w.BlocksByDefault() {
		return &wafv2.WebAclDefaultActionArgs{Block: &wafv2.WebAclDefaultActionBlockArgs{}}
	}
	return &wafv2.WebAclDefaultActionArgs{Allow: &wafv2.WebAclDefaultActionAllowArgs{}}
}

// ruleArgs writes the rules the way AWS wants them: a rule group is overridden, here
// with nothing, while a rule of our own acts.
func (w WAF) ruleArgs() wafv2.WebAclRuleArray {
	var all wafv2.WebAclRuleArray
	for _, rule := range w.Rules() {
		args := &wafv2.WebAclRuleArgs{
			Name:      pulumi.String(rule.Name),
			Priority:  pulumi.Int(rule.Priority),
			Statement: rule.statement(),
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

func (r Rule) statement() *wafv2.WebAclRuleStatementArgs {
	switch {
	case r.Managed != "":
		return &wafv2.WebAclRuleStatementArgs{
			ManagedRuleGroupStatement: &wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs{
				VendorName: pulumi.String("AWS"),
				Name:       pulumi.String(r.Managed),
			},
		}
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
