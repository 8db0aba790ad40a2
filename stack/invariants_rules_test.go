package stack_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
)

const (
	ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressRule  = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

func onlyLoadBalancersAdmitAddresses(t *testing.T, all []recorder.Resource) {
	for _, rule := range of(all, ingressRule) {
		if rule.Input("cidrIpv4") == nil && rule.Input("cidrIpv6") == nil {
			continue
		}
		assert.Regexp(t, `^firewall-(gateway|.*-clb|.*-nlb)-id$`, rule.Input("securityGroupId"), rule.Name)
		assert.Contains(t, []any{443.0, 80.0}, rule.Input("toPort"), rule.Name)
	}
}

func defaultsAreClosed(t *testing.T, all []recorder.Resource) {
	for _, token := range []string{"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"} {
		require.Len(t, of(all, token), 1)
		assert.Nil(t, of(all, token)[0].Input("ingress"))
		assert.Nil(t, of(all, token)[0].Input("egress"))
	}
	acl := of(all, "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")[0]
	assert.Equal(t, "network-vpc-default-acl", acl.Input("defaultNetworkAclId"))
	assert.Equal(t, []string{"subnetIds"}, acl.IgnoreChanges, "subnets fall back to it while their list is replaced")
}

func everyRuleSaysWhy(t *testing.T, all []recorder.Resource) {
	rules := append(of(all, ingressRule), of(all, egressRule)...)
	require.NotEmpty(t, rules)
	for _, rule := range rules {
		why, _ := rule.Input("description").(string)
		_, reason, _ := strings.Cut(why, ": ")
		assert.NotEmpty(t, reason, rule.Name)
	}
}

func theWayOutIs443Only(t *testing.T, all []recorder.Resource) {
	network := of(all, "aws:ec2/vpc:Vpc")[0].Input("cidrBlock")
	for _, rule := range of(all, egressRule) {
		assert.Equal(t, "tcp", rule.Input("ipProtocol"), rule.Name)
		assert.Equal(t, rule.Input("fromPort"), rule.Input("toPort"), rule.Name)
		// Inside the network, what stands there decides; outside, nobody of ours does.
		if rule.Input("referencedSecurityGroupId") == nil && rule.Input("cidrIpv4") != network {
			assert.Equal(t, 443.0, rule.Input("toPort"), rule.Name)
		}
	}
}

func groupsHaveNoInlineRules(t *testing.T, all []recorder.Resource) {
	for _, group := range of(all, "aws:ec2/securityGroup:SecurityGroup") {
		assert.Nil(t, group.Input("ingress"), group.Name)
		assert.Nil(t, group.Input("egress"), group.Name)
	}
}

// natGroup tells the groups of NAT instances. They have names of their own, by which the
// handbook finds them, and stand in a public subnet, where their interface is.
func natGroup(each recorder.Resource) bool {
	return each.Type == groupToken && strings.HasPrefix(each.Name, "way-out-nat-")
}

func nothingPrivateIsPublic(t *testing.T, all []recorder.Resource) {
	for _, service := range of(all, "aws:ecs/service:Service") {
		assert.Equal(t, false, service.Input("networkConfiguration.assignPublicIp"), service.Name)
		subnets, _ := service.Input("networkConfiguration.subnets").([]any)
		require.NotEmpty(t, subnets)
		for _, subnet := range subnets {
			assert.Contains(t, subnet, "network-private-", service.Name)
		}
	}
	for _, machine := range of(all, instanceToken) {
		assert.Equal(t, false, machine.Input("associatePublicIpAddress"), machine.Name)
		assert.Contains(t, machine.Input("subnetId"), "network-private-", machine.Name)
	}
	for _, group := range of(all, groupToken) {
		if natGroup(group) {
			continue
		}
		subnets, _ := group.Input("vpcZoneIdentifiers").([]any)
		require.NotEmpty(t, subnets)
		for _, subnet := range subnets {
			assert.Contains(t, subnet, "network-private-", group.Name)
		}
	}
	for _, route := range of(all, "aws:ec2/route:Route") {
		if strings.HasPrefix(fmt.Sprint(route.Input("routeTableId")), "network-private-") {
			assert.Nil(t, route.Input("gatewayId"), "%s leads straight to the internet", route.Name)
		}
	}
	for _, association := range of(all, "aws:ec2/routeTableAssociation:RouteTableAssociation") {
		subnet, table := fmt.Sprint(association.Input("subnetId")), fmt.Sprint(association.Input("routeTableId"))
		assert.Equal(t, strings.HasPrefix(subnet, "network-public-"), table == "network-public-id", association.Name)
	}
}
