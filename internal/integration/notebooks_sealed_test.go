//go:build integration

package integration

import (
	"os"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/iamsimulator"
)

// TestNotebooksWithoutInternet has endpoints only, wheels from S3, people who come by
// session tags and may open a shell, the account's own trail, and session preferences. Then
// the packages come from an index in the network.
func TestNotebooksWithoutInternet(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sealed-lab", "")
	chosen := stackFile(t, "examples/Pulumi.notebooks.yaml")
	chosen.set("torii:network/nat", "none")
	chosen.set("torii:network/endpoints", []string{"ssm", "kms"})
	chosen.set("torii:security/trail", "account")
	chosen.set("torii:security/sessionPreferences", true)
	chosen.set("torii:workloads/lab/packages", "s3://wheels/lab/")
	chosen.set("torii:workloads/lab/access", "session-tags")
	chosen.set("torii:workloads/lab/shell", true)
	first := s.up("first up", chosen)
	c := s.ask()

	checkUnreachable(t, c, "aiko-1", "ken-1", "ken-2")
	ways := c.waysOut("torii lab")
	assert.Equal(t, []string{"a group", "a prefix list"}, ways, "to the endpoints and to S3")
	nats, err := c.ec2.DescribeNatGateways(t.Context(), &ec2.DescribeNatGatewaysInput{})
	require.NoError(t, err)
	assert.Empty(t, nats.NatGateways)
	endpoints, err := c.ec2.DescribeVpcEndpoints(t.Context(), &ec2.DescribeVpcEndpointsInput{Filters: inVPC(c.vpc().VpcId)})
	require.NoError(t, err)
	var services []string
	for _, endpoint := range endpoints.VpcEndpoints {
		services = append(services, aws.ToString(endpoint.ServiceName))
	}
	const region = "com.amazonaws.ap-northeast-1."
	assert.ElementsMatch(t, []string{region + "s3", region + "ssm", region + "ssmmessages", region + "ec2messages", region + "kms"}, services)

	checkPreferences(t, c)
	checkSessionTagAccess(t, c, first.Outputs["notebookAccess"].Value.(map[string]any)["lab"].(map[string]any))
	assert.NotContains(t, first.Outputs, "trailArn", "the account has its own")
	assert.Contains(t, c.userData(c.notebook("ken-1")), `"Packages":"s3://wheels/lab/"`)
	s.unchanged(chosen)

	chosen.set("torii:workloads/lab/packages", "https://packages.example.jp/simple/")
	s.up("from an index", chosen)
	assert.Equal(t, []string{"10.0.0.0/16", "a group", "a prefix list"}, c.waysOut("torii lab"), "and to the network")
	s.destroyed(chosen)
}

// waysOut are where a group's rules lead, sorted, all on 443.
func (c clients) waysOut(group string) []string {
	c.t.Helper()
	var ways []string
	for _, rule := range c.rules(c.vpc().VpcId)[group] {
		require.True(c.t, aws.ToBool(rule.IsEgress), "nothing leads in")
		assert.Equal(c.t, int32(443), aws.ToInt32(rule.FromPort))
		assert.Equal(c.t, int32(443), aws.ToInt32(rule.ToPort))
		switch {
		case rule.PrefixListId != nil:
			ways = append(ways, "a prefix list")
		case rule.ReferencedGroupInfo != nil:
			ways = append(ways, "a group")
		default:
			ways = append(ways, aws.ToString(rule.CidrIpv4))
		}
	}
	slices.Sort(ways)
	return ways
}

// checkSessionTagAccess asks a simulator what roles' sessions may, by the one policy that
// AWS has for them.
func checkSessionTagAccess(t *testing.T, c clients, access map[string]any) {
	assert.Equal(t, "torii-sealed-lab-lab", access["policyName"], "a permission set names it")
	policies := map[string]string{"lab": c.policyText(access["policies"].(map[string]any)["everybody"].(string))}
	var requests []iamsimulator.Request
	for _, notebook := range []string{"ken-1", "aiko-1"} {
		request := c.mayStart(policies, notebook)
		request.Principal = "arn:aws:sts::123456789012:assumed-role/data/ken"
		request.Context["aws:PrincipalTag/ToriiOwner"] = []string{"ken"}
		requests = append(requests, request)
	}
	shell := requests[0]
	shell.Resource = "arn:aws:ssm:ap-northeast-1:123456789012:document/SSM-SessionManagerRunShell"
	shell.Context = map[string][]string{"ssm:SessionDocumentAccessCheck": {"true"}, "aws:PrincipalTag/ToriiOwner": {"ken"}}
	answers, err := iamsimulator.Simulate(t.Context(), os.Stderr, append(requests, shell))
	require.NoError(t, err)
	assert.True(t, answers[0].Allowed, "own: %s", answers[0].Reason)
	assert.False(t, answers[1].Allowed, "a colleague's: %s", answers[1].Reason)
	assert.True(t, answers[2].Allowed, "the shell that the settings allow: %s", answers[2].Reason)
}
