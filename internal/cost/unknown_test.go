package cost

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestBeforeANetworkIsThere has what a preview of a new stack has: ids are unknown, and
// dependencies say how many there will be.
func TestBeforeANetworkIsThere(t *testing.T) {
	public := []string{urn(subnetToken, "public-a"), urn(subnetToken, "public-c")}
	resources := []Resource{
		given(t, subnetToken, "public-a", `{}`), given(t, subnetToken, "public-c", `{}`),
		given(t, albToken, "gate", `{"internal":false,"subnets":"`+Unknown+`"}`, public...),
		given(t, endpointToken, "logs", `{"vpcEndpointType":"Interface","subnetIds":"`+Unknown+`"}`, public...),
	}
	assert.Equal(t, []billed{
		{"load balancer, without its use", "gate", 730, "hour", 17.74},
		{"public IPv4 address", "gate ×2", 1460, "hour", 7.30},
		{"interface endpoint, in each zone", "logs ×2", 1460, "hour", 20.44},
	}, lines(load(t).Of(resources)))
	// Without URNs, dependencies are found by type and name.
	for i := range resources {
		resources[i].URN = ""
	}
	assert.Len(t, load(t).Of(resources).Lines, 3)
	assert.Equal(t, []string{"gate (aws:lb/loadBalancer) has public addresses, one for each subnet, and it is not known how many"},
		load(t).Of(resources[2:3]).NotCounted[:1])
}

// TestNothingIsFreeInSilence: what has no price is named.
func TestNothingIsFreeInSilence(t *testing.T) {
	for want, resource := range map[string]Resource{
		"db (aws:rds/instance) has no price here":                                             given(t, "aws:rds/instance:Instance", "db", `{}`),
		"vm (gcp:compute/instance) has no price here":                                         given(t, "gcp:compute/instance:Instance", "vm", `{}`),
		"homes (aws:ebs/volume) has a volume of type io2, which has no price here":            given(t, volumeToken, "homes", `{"type":"io2","size":1}`),
		"homes (aws:ebs/volume) has a volume, and it is not known how large":                  given(t, volumeToken, "homes", `{"type":"gp3","size":"`+Unknown+`"}`),
		"gw (aws:lb/loadBalancer) has no price here: it is a gateway load balancer":           given(t, albToken, "gw", `{"loadBalancerType":"gateway"}`),
		"gate (aws:wafv2/webAcl) costs by the rule, and it is not known how many it has":      given(t, "aws:wafv2/webAcl:WebAcl", "gate", `{"rules":"`+Unknown+`"}`),
		"logs (aws:ec2/vpcEndpoint) costs by the zone, and it is not known in how many it is": given(t, endpointToken, "logs", `{"vpcEndpointType":"Interface"}`),
		"box (aws:ec2/instance) is of type x9.huge, which has no price here":                  given(t, instanceToken, "box", `{"instanceType":"x9.huge","rootBlockDevice":{"volumeType":"gp3","volumeSize":8}}`),
		"box (aws:ec2/instance) is of a type that is not known":                               given(t, instanceToken, "box", `{"instanceType":"`+Unknown+`","rootBlockDevice":{"volumeType":"gp3","volumeSize":8}}`),
		"box (aws:ec2/instance) has a disk as large as its image says, which is not known":    given(t, instanceToken, "box", `{"instanceType":"t3.nano"}`),
		"prices are those of ap-northeast-1, and a stands in us-east-1a":                      given(t, subnetToken, "a", `{"availabilityZone":"us-east-1a"}`),
		"web (aws:autoscaling/group) has machines, and no launch template that is known":      given(t, groupToken, "web", `{"mixedInstancesPolicy":{}}`),
		"site (aws:ecs/service) has tasks, and it is not known how many or how large":         given(t, serviceToken, "site", `{"launchType":"FARGATE"}`),
		"d (something) has no price here":                                                     given(t, "something", "d", `{}`),
	} {
		assert.Contains(t, load(t).Of([]Resource{resource}).NotCounted, want)
	}
}

// TestWhatDependsOnUseIsNamed where the stack has it, and only there.
func TestWhatDependsOnUseIsNamed(t *testing.T) {
	assert.Empty(t, load(t).Of([]Resource{given(t, "aws:ec2/vpc:Vpc", "network", `{}`)}).NotCounted)
	assert.Equal(t, []string{
		"traffic through NAT gateways: 0.062 per GB",
		"daily snapshots: 0.05 per GB-month of what changed",
		"logs: 0.76 per GB that comes in, 0.033 per GB-month that is kept",
	}, load(t).Of([]Resource{
		given(t, "aws:cloudwatch/logGroup:LogGroup", "logs", `{}`), given(t, "aws:cloudwatch/logGroup:LogGroup", "more", `{}`),
		given(t, "aws:dlm/lifecyclePolicy:LifecyclePolicy", "homes", `{}`), given(t, "aws:ec2/natGateway:NatGateway", "nat", `{}`),
	}).NotCounted)
	cluster := func(insights string) []string {
		return load(t).Of([]Resource{
			given(t, "aws:ecs/cluster:Cluster", "c", `{"settings":[{"name":"containerInsights","value":"`+insights+`"}]}`),
		}).NotCounted
	}
	assert.Equal(t, []string{"Container Insights: 0.30 per metric and month, of which a service has more than ten"}, cluster("enabled"))
	assert.Empty(t, cluster("disabled"))
}

func FuzzOf(f *testing.F) {
	for _, seed := range []string{
		`{"instanceType":"t3.large","rootBlockDevice":{"volumeSize":"30","volumeType":"gp3"}}`,
		`{"subnets":[null,1,{}],"subnetMappings":[[],"x"]}`, `{"rules":{},"minSize":-1,"size":1e300,"type":"gp3"}`, `[]`,
	} {
		f.Add(albToken, seed)
		f.Add(groupToken, seed)
		f.Add(instanceToken, seed)
		f.Add(volumeToken, seed)
	}
	prices := load(f)
	f.Fuzz(func(t *testing.T, token, text string) {
		var read map[string]any
		if json.Unmarshal([]byte(text), &read) != nil {
			return
		}
		itself := Resource{Type: token, Name: "n", URN: "u", DependsOn: []string{"u", "u2", ""}, Inputs: read}
		template := Resource{Type: templateToken, Name: "n", URN: "u2", Inputs: read}
		bill := prices.Of([]Resource{itself, template})
		total := 0.0
		for _, line := range bill.Lines {
			total += line.Monthly
		}
		if math.IsNaN(bill.Total) || bill.Total < 0 || math.Abs(total-bill.Total) > 0.01+bill.Total*1e-9 {
			t.Errorf("total %v of %s %s", bill.Total, token, text)
		}
	})
}
