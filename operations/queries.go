package operations

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// query is a question to a log group, in the language of CloudWatch Logs Insights.
type query struct {
	question string // its logical name, and in AWS its name in the folder of the stack
	group    pulumi.StringInput
	text     string
}

// Questions to the web ACL's log, which Insights reads as JSON. A rule group of AWS's is one rule to the web ACL; which of
// the group's own rules it was is in the list of groups, of which the last one looked at is the one that blocked.
const (
	blockedByRule = `filter action = "BLOCK"
| fields coalesce(ruleGroupList.0.terminatingRule.ruleId, ruleGroupList.1.terminatingRule.ruleId,
  ruleGroupList.2.terminatingRule.ruleId) as inGroup
| stats count(*) as requests, count_distinct(httpRequest.clientIp) as addresses by terminatingRuleId, inGroup
| sort requests desc`
	blockedByAddress = `filter action = "BLOCK"
| stats count(*) as requests, latest(terminatingRuleId) as rule, latest(httpRequest.uri) as uri
  by httpRequest.clientIp, httpRequest.country
| sort requests desc
| limit 100`
)

// Questions to a hub's log: JupyterHub's own lines in the stream hub, and its events, which are JSON, in the stream events.
// It has no event of logins. Events are of servers that the hub started and stopped; one that was last started runs, and the
// longer ago, the longer nobody asked for a new one.
const (
	hubLogins = `filter @logStream = "hub" and @message like /User logged in|User logged out|Failed login/
| parse @message /(?<what>User logged in|User logged out|Failed login)\S* (?:for )?'?(?<who>[^']+)/
| display @timestamp, what, who
| sort @timestamp desc
| limit 1000`
	hubServers = `filter @logStream = "events" and ispresent(username)
| stats latest(action) as last, max(@timestamp) as since by username, servername
| sort since asc`
)

// flowsRejected asks the flow logs, whose default format Insights knows.
const flowsRejected = `filter action = "REJECT"
| stats count(*) as flows, sum(packets) as packetCount by srcAddr, dstAddr, dstPort, protocol
| sort flows desc
| limit 100`

// questions are those for what stands.
func questions(s Stands) []query {
	var all []query
	if s.Gate != nil {
		all = append(all,
			query{"waf-blocked-by-rule", s.Gate.WebACLLogGroup, blockedByRule},
			query{"waf-blocked-by-address", s.Gate.WebACLLogGroup, blockedByAddress})
	}
	for _, each := range s.Hubs {
		all = append(all,
			query{each.Workload + "-logins", each.LogGroup, hubLogins},
			query{each.Workload + "-servers", each.LogGroup, hubServers})
	}
	if s.FlowLogGroup != nil {
		all = append(all, query{"flows-rejected-by-source", s.FlowLogGroup, flowsRejected})
	}
	return all
}

func (b *builder) queries() error {
	for _, each := range questions(b.args.Stands) {
		_, err := cloudwatch.NewQueryDefinition(b.ctx, each.question, &cloudwatch.QueryDefinitionArgs{
			Name:          pulumi.String(b.args.Tags.Word() + "/" + each.question), // people look for it by name
			LogGroupNames: pulumi.StringArray{each.group},
			QueryString:   pulumi.String(each.text),
		}, pulumi.Parent(b.self))
		if err != nil {
			return fmt.Errorf("saving query %s: %w", each.question, err)
		}
	}
	return nil
}
