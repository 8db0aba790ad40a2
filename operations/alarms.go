package operations

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// alarm is one alarm: of one metric, or of an expression over several.
type alarm struct {
	name  string // logical
	says  string // what it means, in half a sentence
	entry entry
	// threshold is what the limit's is replaced by. 0: the limit's own holds.
	threshold  float64
	metrics    []metric
	ids        []string // of the metrics, as the expression calls them; with an expression only
	expression string
}

// share is how many percent errors are of requests, 0 while there are few errors. Those of the load balancer's own are no
// part of its requests, of which it counts only what it found a target for.
func share(of string) string {
	return fmt.Sprintf("IF(errors >= %d, 100 * errors / %s, 0)", leastErrors, of)
}

// alarms are those for what stands.
func alarms(s Stands, stack, region string) []alarm {
	var all []alarm
	if s.Gate != nil {
		all = append(all, s.Gate.alarms(region)...)
	}
	for _, each := range s.Targets {
		all = append(all, each.alarms()...)
	}
	for _, each := range s.Services {
		all = append(all, alarm{
			name: each.Workload + "-" + string(tasksMissing), entry: tasksMissing,
			says:    each.Workload + " has had fewer tasks than it shall have for 10 minutes",
			metrics: []metric{each.metric("DesiredTaskCount"), each.metric("RunningTaskCount")}, ids: []string{"desired", "running"},
			expression: "desired - FILL(running, 0)",
		})
	}
	for _, each := range s.Hubs {
		all = append(all, each.alarms(stack)...)
	}
	for _, each := range s.Fleets {
		all = append(all, alarm{
			name: each.Workload + "-" + string(fleetBelowMinimum), entry: fleetBelowMinimum, threshold: float64(each.Min),
			says:    fmt.Sprintf("%s has had fewer than its %d machines for 15 minutes", each.Workload, each.Min),
			metrics: []metric{inService(each.Group, each.Workload)},
		})
	}
	all = append(all, natAlarms(s)...)
	for _, each := range s.Snapshots {
		all = append(all, alarm{
			name: each.Workload + "-" + string(snapshotsFailed), entry: snapshotsFailed,
			says: "a snapshot of " + each.Workload + " failed", metrics: []metric{each.metric("SnapshotsCreateFailed")},
		})
	}
	for _, each := range s.Certificates {
		of, says := certificateExpires, "the certificate of "+each.Name+" ends in less than 30 days, and ACM has not renewed it"
		if each.SelfSigned {
			of, says = selfSignedExpires, "the self-signed certificate of "+each.Name+" ends in less than 21 days"
		}
		all = append(all, alarm{name: each.Name + "-" + string(of), entry: of, says: says, metrics: []metric{each.days()}})
	}
	return all
}

func (g Gate) alarms(region string) []alarm {
	return []alarm{
		{
			name: string(gate5xx), entry: gate5xx, says: "the gate itself answers more than 5 % of requests with an error",
			metrics: []metric{g.metric("HTTPCode_ELB_5XX_Count", "Sum"), g.metric("RequestCount", "Sum")}, ids: []string{"errors", "requests"},
			expression: share("(errors + FILL(requests, 0))"),
		},
		{
			name: string(wafBlocked), entry: wafBlocked, says: "the web ACL blocks more than 1000 requests in 5 minutes",
			metrics: []metric{g.firewall("BlockedRequests", pulumi.String(region))},
		},
	}
}

func (t Targets) alarms() []alarm {
	named := func(of entry, says string, metrics ...metric) alarm {
		return alarm{name: t.Name + "-" + string(of), entry: of, says: says, metrics: metrics}
	}
	all := []alarm{
		named(noHealthyTarget, "nothing answers for "+t.Name, t.healthy()),
		named(unhealthyTargets, "a target of "+t.Name+" has been unwell for 15 minutes", t.unhealthy()),
	}
	if !t.HTTP {
		return all
	}
	failing := named(target5xx, t.Name+" answers more than 5 % of requests with an error", t.errors(), t.requests())
	failing.ids, failing.expression = []string{"errors", "requests"}, share("requests")
	slow := named(latency, "one request in twenty to "+t.Name+" waits longer than 2 seconds", t.time())
	if t.Hub {
		slow = named(hubLatency, "one request in twenty to "+t.Name+" waits longer than 15 seconds", t.time())
	}
	return append(all, failing, slow)
}

func (h Hub) alarms(stack string) []alarm {
	named := func(of entry, says string, from metric) alarm {
		return alarm{name: h.Workload + "-" + string(of), entry: of, says: says, metrics: []metric{from}}
	}
	return []alarm{
		named(hubHealth, "hub "+h.Workload+" has not been well, or has said nothing, for 15 minutes", h.metric(stack, "Healthy", "Maximum")),
		named(hubDisk, "the disk of homes of hub "+h.Workload+" is more than 80 % full", h.metric(stack, "HomeDiskUsedPercent", "Maximum")),
		named(hubMemory, "the machine of hub "+h.Workload+" has less than 10 % of its memory left",
			h.metric(stack, "MemoryUsedPercent", "Minimum")),
	}
}

func natAlarms(s Stands) []alarm {
	var all []alarm
	for _, each := range s.NATGateways {
		all = append(all,
			alarm{
				name: string(natGatewayPorts) + "-" + each.Zone, entry: natGatewayPorts,
				says:    "the NAT gateway in " + each.Zone + " has no ports left for new connections",
				metrics: []metric{each.gateway("ErrorPortAllocation")},
			},
			alarm{
				name: string(natGatewayDrops) + "-" + each.Zone, entry: natGatewayDrops,
				says: "the NAT gateway in " + each.Zone + " drops packets", metrics: []metric{each.gateway("PacketsDropCount")},
			})
	}
	for _, each := range s.NATInstances {
		all = append(all, alarm{
			name: string(natInstanceDown) + "-" + each.Zone, entry: natInstanceDown,
			says: "the NAT instance in " + each.Zone + " is down", metrics: []metric{inService(each.ID, each.Zone)},
		})
	}
	return all
}
