package cost

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inputs reads a resource's inputs as a preview's JSON has them.
func inputs(t testing.TB, text string) map[string]any {
	t.Helper()
	var all map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &all), text)
	return all
}

// urn is the URN of a resource of a stack.
func urn(token, name string) string {
	return "urn:pulumi:test::torii::torii:some:Component$" + token + "::" + name
}

// given is a resource as a preview tells of it.
func given(t testing.TB, token, name, text string, dependsOn ...string) Resource {
	return Resource{Type: token, Name: name, URN: urn(token, name), DependsOn: dependsOn, Inputs: inputs(t, text)}
}

func load(t testing.TB) *Prices {
	t.Helper()
	prices, err := Load()
	require.NoError(t, err)
	return prices
}

const (
	albToken      = "aws:lb/loadBalancer:LoadBalancer"
	elbToken      = "aws:elb/loadBalancer:LoadBalancer"
	volumeToken   = "aws:ebs/volume:Volume"
	instanceToken = "aws:ec2/instance:Instance"
	groupToken    = "aws:autoscaling/group:Group"
	templateToken = "aws:ec2/launchTemplate:LaunchTemplate"
	serviceToken  = "aws:ecs/service:Service"
	taskToken     = "aws:ecs/taskDefinition:TaskDefinition"
	targetToken   = "aws:appautoscaling/target:Target"
	parameterType = "aws:ssm/parameter:Parameter"
	subnetToken   = "aws:ec2/subnet:Subnet"
	endpointToken = "aws:ec2/vpcEndpoint:VpcEndpoint"
)

// billed is what a test wants of a line.
type billed struct {
	what, detail string
	count        float64
	unit         string
	monthly      float64
}

func lines(bill Bill) []billed {
	var all []billed
	for _, line := range bill.Lines {
		all = append(all, billed{line.What, line.Detail, line.Count, line.Unit, line.Monthly})
	}
	return all
}

func TestWhatEachKindCosts(t *testing.T) {
	disk := `"rootBlockDevice":{"volumeType":"gp3","volumeSize":30}`
	for name, c := range map[string]struct {
		resources []Resource
		want      []billed
	}{
		"a load balancer, and an address in each subnet": {
			[]Resource{given(t, albToken, "gate", `{"loadBalancerType":"application","internal":false,"subnets":["a","c","d"]}`)},
			[]billed{
				{"load balancer, without its use", "gate", 730, "hour", 17.74},
				{"public IPv4 address", "gate ×3", 2190, "hour", 10.95},
			},
		},
		"an internal one has no public address": {
			[]Resource{given(t, albToken, "gate", `{"internal":true,"subnets":["a","c"]}`)},
			[]billed{{"load balancer, without its use", "gate", 730, "hour", 17.74}},
		},
		"a network one, whose addresses of its own are billed as such": {
			[]Resource{
				given(t, albToken, "nlb", `{"loadBalancerType":"network","subnetMappings":[{"subnetId":"a","allocationId":"e"},{"subnetId":"c"}]}`),
				given(t, "aws:ec2/eip:Eip", "fixed", `{}`),
			},
			[]billed{
				{"network load balancer, without its use", "nlb", 730, "hour", 17.74},
				{"public IPv4 address", "fixed, nlb", 1460, "hour", 7.30},
			},
		},
		"a classic one": {
			[]Resource{given(t, elbToken, "web-clb", `{"internal":false,"subnets":["a","c"]}`)},
			[]billed{
				{"classic load balancer, without its use", "web-clb", 730, "hour", 19.71},
				{"public IPv4 address", "web-clb ×2", 1460, "hour", 7.30},
			},
		},
		"a trust store, for as long as it is there": {
			[]Resource{given(t, "aws:lb/trustStore:TrustStore", "clients", `{}`)},
			[]billed{{"trust store of a load balancer", "clients", 730, "hour", 4.09}},
		},
		"a NAT gateway and its address": {
			[]Resource{given(t, "aws:ec2/natGateway:NatGateway", "nat", `{}`), given(t, "aws:ec2/eip:Eip", "nat", `{}`)},
			[]billed{{"public IPv4 address", "nat", 730, "hour", 3.65}, {"NAT gateway", "nat", 730, "hour", 45.26}},
		},
		"interface endpoints by the zone, gateway ones not": {
			[]Resource{
				given(t, endpointToken, "ecr.api", `{"vpcEndpointType":"Interface","subnetIds":["a","c"]}`),
				given(t, endpointToken, "s3", `{"vpcEndpointType":"Gateway"}`),
			},
			[]billed{{"interface endpoint, in each zone", "ecr.api ×2", 1460, "hour", 20.44}},
		},
		"an instance, its disk and its metrics": {
			[]Resource{given(t, instanceToken, "box", `{"instanceType":"m7g.large","monitoring":true,"associatePublicIpAddress":true,`+disk+`}`)},
			[]billed{
				{"public IPv4 address", "box", 730, "hour", 3.65},
				{"instance m7g.large", "box", 730, "hour", 76.94},
				{"gp3 volumes", "box 30", 30, "GB-month", 2.88},
				{"metrics each minute, of machines", "box", 7, "metric-month", 2.10},
			},
		},
		"a volume, with what it was asked to do beyond the usual": {
			[]Resource{
				given(t, volumeToken, "homes", `{"type":"gp3","size":200,"iops":4000,"throughput":250}`),
				given(t, volumeToken, "old", `{"size":10}`),
			},
			[]billed{
				{"gp3 volumes", "homes 200", 200, "GB-month", 19.20},
				{"operations of gp3 volumes beyond 3000 a second", "homes", 1000, "IOPS-month", 6.00},
				{"throughput of gp3 volumes beyond 125 MiB a second", "homes", 125, "MiB/s-month", 6.00},
				{"gp2 volumes", "old 10", 10, "GB-month", 1.20},
			},
		},
		"a web ACL and its rules": {
			[]Resource{given(t, "aws:wafv2/webAcl:WebAcl", "gate", `{"rules":[{"priority":0},{"priority":1},{"priority":2}]}`)},
			[]billed{{"web ACL", "gate", 1, "month", 5}, {"rule of a web ACL", "gate ×3", 3, "month", 3}},
		},
		"alarms: AWS's own for a scaling policy, and one for each metric looked at": {
			[]Resource{
				given(t, "aws:autoscaling/policy:Policy", "cpu", `{"policyType":"TargetTrackingScaling"}`),
				given(t, "aws:appautoscaling/policy:Policy", "steps", `{"policyType":"StepScaling"}`),
				given(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "up", `{"metricName":"x"}`),
				given(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "rate", `{"metricQueries":[{"expression":"a/b"},{"metric":{}},{"metric":{}}]}`),
				given(t, "aws:cloudwatch/compositeAlarm:CompositeAlarm", "all", `{}`),
			},
			[]billed{{"alarm", "cpu ×2, rate ×2, up", 5, "month", 0.50}, {"composite alarm", "all", 1, "month", 0.50}},
		},
		"what costs by the month": {
			[]Resource{
				given(t, "aws:kms/key:Key", "sessions", `{}`), given(t, "aws:secretsmanager/secret:Secret", "s", `{}`),
				given(t, "aws:cloudwatch/dashboard:Dashboard", "d", `{}`), given(t, "aws:route53/zone:Zone", "z", `{}`),
				given(t, parameterType, "plain", `{}`), given(t, parameterType, "long", `{"tier":"Advanced"}`),
			},
			[]billed{
				{"dashboard", "d", 1, "month", 3}, {"key", "sessions", 1, "month", 1}, {"secret", "s", 1, "month", 0.40},
				{"advanced parameter", "long", 1, "month", 0.05}, {"hosted zone", "z", 1, "month", 0.50},
			},
		},
		"what costs nothing": {
			[]Resource{given(t, "aws:ec2/vpc:Vpc", "network", `{}`), given(t, "tls:index/privateKey:PrivateKey", "k", `{}`)}, nil,
		},
	} {
		bill := load(t).Of(c.resources)
		assert.Equal(t, c.want, lines(bill), name)
		total := 0.0
		for _, line := range c.want {
			total += line.monthly
		}
		assert.InDelta(t, total, bill.Total, 1e-9, name)
	}
}
