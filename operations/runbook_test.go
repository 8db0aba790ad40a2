package operations

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
)

// everything is a stack that has all there is, two of what differs.
var everything = Stands{
	Gate: &Gate{
		LoadBalancer: pulumi.String("app/gate/1"), WebACLMetric: "torii-prod-gate", WebACLLogGroup: pulumi.String("aws-waf-logs-gate"),
	},
	Targets: []Targets{
		{
			Name: "hub", Balancer: Application, LoadBalancer: pulumi.String("app/gate/1"),
			TargetGroup: pulumi.String("targetgroup/hub/2"), HTTP: true, Hub: true,
		},
		{
			Name: "site", Balancer: Application, LoadBalancer: pulumi.String("app/gate/1"),
			TargetGroup: pulumi.String("targetgroup/site/3"), HTTP: true,
		},
		{Name: "web-clb", Balancer: Classic, LoadBalancer: pulumi.String("web-clb-4"), HTTP: true},
		{
			Name: "web-nlb", Balancer: Network, LoadBalancer: pulumi.String("net/web/5"),
			TargetGroup: pulumi.String("targetgroup/web/6"),
		},
	},
	Services:     []Service{{Workload: "site", Cluster: pulumi.String("cluster-7"), Service: pulumi.String("site-8")}},
	Hubs:         []Hub{{Workload: "hub", LogGroup: pulumi.String("hub-9")}},
	Fleets:       []Fleet{{Workload: "web", Group: pulumi.String("web-10"), Min: 3}},
	NATGateways:  []NAT{{Zone: "ap-northeast-1a", ID: pulumi.String("nat-11")}},
	NATInstances: []NAT{{Zone: "ap-northeast-1c", ID: pulumi.String("torii-prod-nat-ap-northeast-1c")}},
	Snapshots:    []Snapshots{{Workload: "hub", PolicyID: pulumi.String("policy-12")}},
	Certificates: []Certificate{
		{Name: "site", ARN: pulumi.String("arn:aws:acm:ap-northeast-1:123456789012:certificate/13")},
		{Name: "gate", ARN: pulumi.String("arn:aws:acm:ap-northeast-1:123456789012:certificate/14"), SelfSigned: true},
	},
	FlowLogGroup: pulumi.String("network-flows-15"),
}

// Every alarm's mail leads to an entry, every entry is of an alarm, and every limit belongs to one.
func TestRunbookHasAnEntryForEachAlarm(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(recorder.Root(), "docs", "runbook.md"))
	require.NoError(t, err)
	var headings []string
	for _, part := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(string(text), -1) {
		headings = append(headings, part[1])
	}
	used := map[string]bool{}
	for _, each := range alarms(everything, "torii-prod", "ap-northeast-1") {
		words := strings.Split(each.description("torii-prod"), "See docs/runbook.md, ")
		require.Len(t, words, 2, each.name)
		used[words[1]] = true
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(used)), headings)
	var limited []string
	for each := range limits {
		limited = append(limited, string(each))
	}
	assert.ElementsMatch(t, headings, limited)
	for _, entry := range strings.Split(string(text), "\n## ")[1:] {
		for _, part := range []string{"**Users**", "**Look at**", "**Do**"} {
			assert.Contains(t, entry, part, strings.SplitN(entry, "\n", 2)[0])
		}
	}
}

// Whoever reads an entry finds others that it points to.
func TestRunbookPointsToItself(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(recorder.Root(), "docs", "runbook.md"))
	require.NoError(t, err)
	for _, link := range regexp.MustCompile(`\]\(#([\w-]+)\)`).FindAllStringSubmatch(string(text), -1) {
		assert.Contains(t, limits, entry(link[1]))
	}
}
