package security_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
	"torii/internal/tags"
	"torii/security"
)

const (
	groupToken   = "aws:ec2/securityGroup:SecurityGroup"
	ingressToken = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressToken  = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

func firewall(flows []security.Flow) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := security.NewFirewall(ctx, "firewall", &security.FirewallArgs{
			VPCID: pulumi.String("vpc-1"), Groups: groups, Flows: flows,
			S3PrefixListID: pulumi.String("pl-1"), Tags: tags.ForStack("torii", "test"),
		})
		return err
	}
}

func TestFirewallWritesOnePairPerFlow(t *testing.T) {
	recording := recorder.MustRun(t, "test", nil, firewall([]security.Flow{
		{From: security.Internet, To: "gateway", Port: 443, Why: "clients", Open: []string{"203.0.113.0/24", "2001:db8::/32"}},
		{From: "gateway", To: "site", Port: 80, Why: "requests"},
		{From: "site", To: security.Internet, Port: 443, Why: "pulls"},
		{From: "site", To: security.S3, Port: 443, Why: "layers"},
	}))
	require.Len(t, recording.Of(groupToken), 2)
	assert.Equal(t, map[string]any{
		"vpcId": "vpc-1", "description": "torii site",
		"tags": map[string]any{"Project": "torii", "Stack": "test", "ManagedBy": "pulumi", "Name": "torii-test-site"},
	}, recording.One(t, groupToken, "firewall-site").Inputs.Mappable())

	inbound := map[string]any{}
	for _, rule := range recording.Of(ingressToken) {
		inbound[rule.Name] = withoutTags(rule)
	}
	assert.Equal(t, map[string]any{
		"firewall-gateway-from-internet-443-203.0.113.0_24": map[string]any{
			"securityGroupId": "firewall-gateway-id", "ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0,
			"cidrIpv4": "203.0.113.0/24", "description": "from internet: clients"},
		"firewall-gateway-from-internet-443-2001-db8--_32": map[string]any{
			"securityGroupId": "firewall-gateway-id", "ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0,
			"cidrIpv6": "2001:db8::/32", "description": "from internet: clients"},
		"firewall-site-from-gateway-80": map[string]any{
			"securityGroupId": "firewall-site-id", "ipProtocol": "tcp", "fromPort": 80.0, "toPort": 80.0,
			"referencedSecurityGroupId": "firewall-gateway-id", "description": "from gateway: requests"},
	}, inbound)

	outbound := map[string]any{}
	for _, rule := range recording.Of(egressToken) {
		outbound[rule.Name] = withoutTags(rule)
	}
	assert.Equal(t, map[string]any{
		"firewall-gateway-to-site-80": map[string]any{
			"securityGroupId": "firewall-gateway-id", "ipProtocol": "tcp", "fromPort": 80.0, "toPort": 80.0,
			"referencedSecurityGroupId": "firewall-site-id", "description": "to site: requests"},
		"firewall-site-to-internet-443": map[string]any{
			"securityGroupId": "firewall-site-id", "ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0,
			"cidrIpv4": "0.0.0.0/0", "description": "to internet: pulls"},
		"firewall-site-to-s3-443": map[string]any{
			"securityGroupId": "firewall-site-id", "ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0,
			"prefixListId": "pl-1", "description": "to s3: layers"},
	}, outbound)
}

func TestFirewallRegistersNothingForATableThatFails(t *testing.T) {
	recording, err := recorder.Run("test", nil, firewall([]security.Flow{
		{From: "site", To: security.Internet, Port: 22, Why: "x"},
	}))
	require.ErrorContains(t, err, "checking the flow table: flow from site to internet on port 22: the way out is 443 only")
	assert.Empty(t, recording.All())
}

func withoutTags(rule recorder.Resource) map[string]any {
	inputs := rule.Inputs.Mappable()
	delete(inputs, "tags")
	return inputs
}

// TestFirewallBesideAnother: a group of another stack gets the rules of the flow and nothing else, and what other stacks
// do is theirs to write.
func TestFirewallBesideAnother(t *testing.T) {
	recording := recorder.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		made, err := security.NewFirewall(ctx, "firewall", &security.FirewallArgs{
			VPCID: pulumi.String("vpc-1"), Groups: []string{"api"}, Tags: tags.ForStack("second", "test"),
			Standing: security.Groups{"gateway": pulumi.String("sg-gateway")},
			Flows: []security.Flow{
				{From: "gateway", To: "api", Port: 80, Why: "requests"},
				{From: "gateway", To: security.OtherStacks, Port: 8080, Why: "theirs"},
			},
		})
		if err == nil {
			assert.Len(t, made.Ready, 2)
		}
		return err
	})
	require.Len(t, recording.Of(groupToken), 1)
	require.Len(t, recording.Of(egressToken), 1)
	assert.Equal(t, map[string]any{
		"securityGroupId": "sg-gateway", "ipProtocol": "tcp", "fromPort": 80.0, "toPort": 80.0,
		"referencedSecurityGroupId": "firewall-api-id", "description": "to api: requests",
	}, withoutTags(recording.One(t, egressToken, "firewall-gateway-to-api-80")))
	require.Len(t, recording.Of(ingressToken), 1)
	assert.Equal(t, map[string]any{
		"securityGroupId": "firewall-api-id", "ipProtocol": "tcp", "fromPort": 80.0, "toPort": 80.0,
		"referencedSecurityGroupId": "sg-gateway", "description": "from gateway: requests",
	}, withoutTags(recording.One(t, ingressToken, "firewall-api-from-gateway-80")))
}
