package operations

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// columns is how wide a dashboard is. Source: "Dashboard body structure and syntax" in the CloudWatch API.
const (
	columns      = 24
	widgetWidth  = 8
	widgetHeight = 6
)

// widget is one graph.
type widget struct {
	title   string
	metrics []metric
	unit    string // of the left axis
}

// widgets are the graphs for what stands, three to a row. One that would be empty is left out.
func widgets(s Stands, stack, region string) []widget {
	traffic, failing, slow := widget{title: "Traffic", unit: "requests"}, widget{title: "Errors", unit: "requests"},
		widget{title: "Latency, p95", unit: "seconds"}
	blocked := widget{title: "Blocked and let in", unit: "requests"}
	unwell := widget{title: "Unwell targets", unit: "targets"}
	if s.Gate != nil {
		at := pulumi.String(region)
		failing.metrics = append(failing.metrics, s.Gate.metric("HTTPCode_ELB_5XX_Count", "Sum").called("gate"))
		blocked.metrics = []metric{
			s.Gate.firewall("BlockedRequests", at).called("blocked"), s.Gate.firewall("AllowedRequests", at).called("let in"),
		}
	}
	for _, each := range s.Targets {
		unwell.metrics = append(unwell.metrics, each.unhealthy())
		if each.HTTP {
			traffic.metrics = append(traffic.metrics, each.requests())
			failing.metrics = append(failing.metrics, each.errors())
			slow.metrics = append(slow.metrics, each.time())
		}
	}
	tasks := widget{title: "Tasks and machines", unit: "count"}
	for _, each := range s.Services {
		tasks.metrics = append(tasks.metrics, each.metric("RunningTaskCount").called(each.Workload+" runs"),
			each.metric("DesiredTaskCount").called(each.Workload+" shall run"))
	}
	for _, each := range s.Fleets {
		tasks.metrics = append(tasks.metrics, inService(each.Group, each.Workload+" in service"))
	}
	all := append([]widget{traffic, blocked, slow, failing, unwell, tasks}, hubWidgets(s.Hubs, stack)...)
	all = append(all, natWidgets(s)...)
	snapshots := widget{title: "Snapshots", unit: "count"}
	for _, each := range s.Snapshots {
		snapshots.metrics = append(snapshots.metrics, each.metric("SnapshotsCreateCompleted").called(each.Workload+" taken"),
			each.metric("SnapshotsCreateFailed").called(each.Workload+" failed"))
	}
	var kept []widget
	for _, each := range append(all, snapshots) {
		if len(each.metrics) > 0 {
			kept = append(kept, each)
		}
	}
	return kept
}

func hubWidgets(hubs []Hub, stack string) []widget {
	people, disk, memory := widget{title: "Hub users and servers", unit: "count"}, widget{title: "Hub disk", unit: "percent"},
		widget{title: "Hub memory", unit: "percent"}
	for _, each := range hubs {
		people.metrics = append(people.metrics, each.metric(stack, "ActiveUsers", "Maximum").called(each.Workload+" users"),
			each.metric(stack, "RunningServers", "Maximum").called(each.Workload+" servers"))
		disk.metrics = append(disk.metrics, each.metric(stack, "HomeDiskUsedPercent", "Maximum"))
		memory.metrics = append(memory.metrics, each.metric(stack, "MemoryUsedPercent", "Maximum"))
	}
	return []widget{people, disk, memory}
}

func natWidgets(s Stands) []widget {
	out, failing := widget{title: "NAT, traffic out", unit: "bytes"}, widget{title: "NAT, errors", unit: "count"}
	for _, each := range s.NATGateways {
		out.metrics = append(out.metrics, each.gateway("BytesOutToDestination"))
		failing.metrics = append(failing.metrics, each.gateway("ErrorPortAllocation").called(each.Zone+" no port"),
			each.gateway("PacketsDropCount").called(each.Zone+" dropped"))
	}
	in := widget{title: "NAT instances in service", unit: "count"}
	for _, each := range s.NATInstances {
		out.metrics = append(out.metrics, metric{"AWS/EC2", "NetworkOut", []dimension{{"AutoScalingGroupName", each.ID}}, "Sum", each.Zone})
		in.metrics = append(in.metrics, inService(each.ID, each.Zone))
	}
	return []widget{out, failing, in}
}

// graph is a widget as CloudWatch reads it.
type graph struct {
	Type       string `json:"type"`
	X          int    `json:"x"`
	Y          int    `json:"y"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Properties struct {
		Title   string `json:"title"`
		Region  string `json:"region"`
		View    string `json:"view"`
		Period  int    `json:"period"`
		Metrics []any  `json:"metrics"`
		YAxis   any    `json:"yAxis"`
	} `json:"properties"`
}

// render writes a dashboard's body. Values are those of all the metrics' dimensions, in their order.
func render(all []widget, region string, values []string) (string, error) {
	graphs := []graph{}
	for i, each := range all {
		perRow := columns / widgetWidth
		g := graph{Type: "metric", X: i % perRow * widgetWidth, Y: i / perRow * widgetHeight, Width: widgetWidth, Height: widgetHeight}
		g.Properties.Title, g.Properties.Region, g.Properties.View, g.Properties.Period = each.title, region, "timeSeries", 300
		g.Properties.YAxis = map[string]any{"left": map[string]any{"min": 0, "label": each.unit, "showUnits": false}}
		for _, m := range each.metrics {
			line := []any{m.namespace, m.name}
			for _, d := range m.dimensions {
				line = append(line, d.name, values[0])
				values = values[1:]
			}
			g.Properties.Metrics = append(g.Properties.Metrics, append(line, map[string]string{"stat": m.stat, "label": m.label}))
		}
		graphs = append(graphs, g)
	}
	text, err := json.Marshal(map[string]any{"widgets": graphs})
	if err != nil {
		return "", fmt.Errorf("writing the dashboard: %w", err)
	}
	return string(text), nil
}

// values are what the dimensions of widgets say, in the order in which render reads them.
func values(all []widget) pulumi.StringArray {
	found := pulumi.StringArray{}
	for _, each := range all {
		for _, m := range each.metrics {
			for _, d := range m.dimensions {
				found = append(found, d.value)
			}
		}
	}
	return found
}

// dashboard makes the dashboard, whose name is the stack's. A stack in which nothing stands but a network has none.
func (b *builder) dashboard() error {
	region, word := b.args.Cloud.Region, b.args.Tags.Word()
	all := widgets(b.args.Stands, b.args.stack(), region)
	if len(all) == 0 {
		return nil
	}
	_, err := cloudwatch.NewDashboard(b.ctx, "dashboard", &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(word),
		DashboardBody: values(all).ToStringArrayOutput().ApplyT(func(known []string) (string, error) {
			return render(all, region, known)
		}).(pulumi.StringOutput),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating dashboard %s: %w", word, err)
	}
	b.self.DashboardName = word
	return nil
}
