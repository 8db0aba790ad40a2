package edge

// WAF describes the web application firewall.
type WAF struct {
	// AllowedCountries are the ISO 3166 codes that are let in. When empty, everybody is
	// whom no other rule blocks.
	AllowedCountries []string
	// RateLimit is requests per 5 minutes and address; 0 for no limit.
	RateLimit int
	// NotebookHosts are the hosts of JupyterHubs, "" for the load balancer's own name. What
	// is saved there may be large, and may look like an attack.
	NotebookHosts []string
}

// Rule is one rule of a web ACL, in words that a test can read.
type Rule struct {
	Name      string
	Priority  int      // evaluated in this order; unique
	Managed   string   // rule group of AWS's that blocks what it matches, or ""
	Counted   []string // rules of that group that only label what they match
	Labels    []string // blocked when an earlier rule has given it one of these; or nil
	Except    []Place  // where such a request passes nevertheless
	Limit     int      // requests per 5 minutes and address, blocked above; or 0
	Countries []string // let in, ending the evaluation; or nil
}

// Place is where a rule does not hold.
type Place struct {
	Host string // "" for the load balancer's own name
	Path string // what the path begins with; "" for all of it
}

const commonGroup = "AWSManagedRulesCommonRuleSet"

// Rules of the common group about a request's body, and the label each puts on what it
// matches. Source: AWS's list of baseline rule groups.
const (
	bodySizeRule  = "SizeRestrictions_BODY" // bodies over 8 KB: all that a load balancer shows the WAF
	bodySizeLabel = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"
)

var bodyContentLabels = map[string]string{
	"CrossSiteScripting_BODY": "awswaf:managed:aws:core-rule-set:CrossSiteScripting_Body",
	"EC2MetaDataSSRF_BODY":    "awswaf:managed:aws:core-rule-set:EC2MetaDataSSRF_Body",
	"GenericLFI_BODY":         "awswaf:managed:aws:core-rule-set:GenericLFI_Body",
	"GenericRFI_BODY":         "awswaf:managed:aws:core-rule-set:GenericRFI_Body",
}

// notebookPath is what leads to the users' own servers, behind the hub's login.
const notebookPath = "/user/"

// Rules returns a web ACL's rules. Letting a country in ends the evaluation, so that
// rule comes last, with a number that leaves room for others before it: anywhere else
// it would switch off all that follow.
func (w WAF) Rules() []Rule {
	common := Rule{Name: "common", Priority: 20, Managed: commonGroup}
	if len(w.NotebookHosts) > 0 {
		common.Counted = append(sortedKeys(bodyContentLabels), bodySizeRule)
	}
	rules := []Rule{
		{Name: "ip-reputation", Priority: 10, Managed: "AWSManagedRulesAmazonIpReputationList"},
		common,
	}
	if len(w.NotebookHosts) > 0 {
		rules = append(rules, w.bodyRules()...)
	}
	rules = append(rules, Rule{Name: "known-bad-inputs", Priority: 30, Managed: "AWSManagedRulesKnownBadInputsRuleSet"})
	if w.RateLimit > 0 {
		rules = append(rules, Rule{Name: "rate-limit", Priority: 40, Limit: w.RateLimit})
	}
	if len(w.AllowedCountries) > 0 {
		rules = append(rules, Rule{Name: "allowed-countries", Priority: 1000, Countries: w.AllowedCountries})
	}
	return rules
}

// bodyRules block again what the common group now only labels, but for notebooks: a
// saved notebook is soon over 8 KB, and a table (<style>), a link or a path (../) in it
// reads like an attack. Content is let off below the users' own servers alone, where
// whoever has logged in runs code of their own anyhow; the hub's pages keep all rules.
func (w WAF) bodyRules() []Rule {
	size := Rule{Name: "body-size", Priority: 21, Labels: []string{bodySizeLabel}}
	content := Rule{Name: "body-content", Priority: 22}
	for _, name := range sortedKeys(bodyContentLabels) {
		content.Labels = append(content.Labels, bodyContentLabels[name])
	}
	for _, host := range w.NotebookHosts {
		size.Except = append(size.Except, Place{Host: host})
		content.Except = append(content.Except, Place{Host: host, Path: notebookPath})
	}
	return []Rule{size, content}
}

// BlocksByDefault says what happens to a request that no rule decides: with countries
// to let in, everybody else is blocked.
func (w WAF) BlocksByDefault() bool { return len(w.AllowedCountries) > 0 }
