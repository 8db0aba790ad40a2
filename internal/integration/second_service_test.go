//go:build integration

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/examples/second-service/service"
	"torii/internal/localdeploy"
	"torii/internal/recorder"
)

const secondFolder = "examples/second-service"

// secondSpec is the second program, as a stack that stands on the same local AWS and shares the backend of its state.
func (s *site) secondSpec(chosen settings) localdeploy.Spec {
	s.t.Helper()
	spec := s.spec(chosen)
	project, err := os.ReadFile(filepath.Join(recorder.Root(), secondFolder, "Pulumi.yaml"))
	require.NoError(s.t, err)
	spec.Stack, spec.Project, spec.Program = "beside-"+s.name, project, service.Deploy
	return spec
}

// secondUp deploys the second program.
func (s *site) secondUp(what string, chosen settings) localdeploy.Result {
	s.t.Helper()
	result, err := localdeploy.Up(s.t.Context(), s.secondSpec(chosen))
	require.NoError(s.t, err, what)
	s.t.Logf("%s: %v in %s", what, result.Changes, result.Duration.Round(time.Second))
	return result
}

// secondDestroyed takes the second program's stack down.
func (s *site) secondDestroyed(chosen settings) {
	s.t.Helper()
	result, err := localdeploy.Destroy(s.t.Context(), s.secondSpec(chosen))
	require.NoError(s.t, err)
	s.t.Logf("second service destroyed: %v in %s", result.Changes, result.Duration.Round(time.Second))
}

// secondServiceComesAndGoes puts a service of another stack behind the gate of a running one, changes it, and takes it
// away. The first stack never sees any of it.
func secondServiceComesAndGoes(t *testing.T, s *site, c clients, first settings) {
	s.t, c.t = t, t
	before, err := s.server.Resources(t.Context())
	require.NoError(t, err)

	second := stackFile(t, secondFolder+"/Pulumi.dev.yaml")
	second.set("second-service:torii", "organization/torii/nobody")
	second.set("second-service:host", "second.example.jp")
	second.set("second-service:domain", "example.jp")
	_, err = localdeploy.Preview(t.Context(), s.secondSpec(second))
	require.ErrorContains(t, err, `unknown stack "organization/torii/nobody"`)

	second.set("second-service:torii", "organization/torii/fargate-web")
	s.secondUp("second service", second)
	checkBeside(t, c)

	again := s.secondUp("second service again", second)
	assert.Equal(t, map[string]int{"same": again.Changes["same"]}, again.Changes)

	second.set("second-service:image", "public.ecr.aws/docker/library/nginx:1.28.1")
	changed := s.secondUp("second service with another image", second)
	assert.Equal(t, []string{"aws:ecs/service:Service service"}, updated(changed))
	for _, step := range replaced(changed) {
		assert.Contains(t, step, "aws:ecs/taskDefinition:TaskDefinition service", "nothing else is replaced or deleted")
	}
	s.unchanged(first)

	s.secondDestroyed(second)
	after, err := s.server.Resources(t.Context())
	require.NoError(t, err)
	assert.Empty(t, after.Without(before), "left of the second service")
	assert.Empty(t, before.Without(after), "gone from the first stack")
}

// checkBeside wants the second service where the first one's is: behind the gate, in the cluster, closed to all others.
func checkBeside(t *testing.T, c clients) {
	gate, listeners := c.gate()
	described, err := c.elb.DescribeRules(t.Context(), &elb.DescribeRulesInput{ListenerArn: listeners[443].ListenerArn})
	require.NoError(t, err)
	hosts := map[string]elbtypes.Rule{}
	for _, rule := range described.Rules {
		if len(rule.Conditions) > 0 {
			hosts[rule.Conditions[0].HostHeaderConfig.Values[0]] = rule
		}
	}
	assert.ElementsMatch(t, []string{"www.example.jp", "second.example.jp"}, keys(hosts))
	assert.Regexp(t, `^4[0-9]{4}$`, aws.ToString(hosts["second.example.jp"].Priority))

	added, err := c.elb.DescribeListenerCertificates(t.Context(), &elb.DescribeListenerCertificatesInput{ListenerArn: listeners[443].ListenerArn})
	require.NoError(t, err)
	names := map[string]acmtypes.CertificateStatus{}
	for _, each := range added.Certificates {
		certificate := c.certificate(each.CertificateArn)
		names[aws.ToString(certificate.DomainName)] = certificate.Status
	}
	assert.Equal(t, map[string]acmtypes.CertificateStatus{
		"www.example.jp": acmtypes.CertificateStatusIssued, "second.example.jp": acmtypes.CertificateStatusIssued,
	}, names)
	assert.Contains(t, c.records(), "second.example.jp. A")

	running := c.services()["second-service-beside-fargate-web-service"]
	require.NotNil(t, running.NetworkConfiguration, "a service in the first stack's cluster")
	network := running.NetworkConfiguration.AwsvpcConfiguration
	require.Len(t, network.SecurityGroups, 1)
	assert.Equal(t, aws.ToString(hosts["second.example.jp"].Actions[0].TargetGroupArn), aws.ToString(running.LoadBalancers[0].TargetGroupArn))
	assert.Equal(t, c.services()["torii-fargate-web-site"].NetworkConfiguration.AwsvpcConfiguration.Subnets, network.Subnets)

	rules := c.rules(c.vpc().VpcId)
	assert.ElementsMatch(t, []string{
		"in tcp/80 from " + gate.SecurityGroups[0] + " from gateway: requests and health checks",
		"out tcp/443 to 0.0.0.0/0 to internet: image pulls, logs, and what the service calls",
	}, sentences(rules["torii service"]))
	assert.Contains(t, sentences(rules["torii gateway"]), "out tcp/80 to "+network.SecurityGroups[0]+" to service: requests and health checks")
}

// sentences say security group rules in words: direction, port, peer and description.
func sentences(rules []ec2types.SecurityGroupRule) []string {
	var all []string
	for _, rule := range rules {
		peer := aws.ToString(rule.CidrIpv4)
		if rule.ReferencedGroupInfo != nil {
			peer = aws.ToString(rule.ReferencedGroupInfo.GroupId)
		}
		format := "in tcp/%d from %s %s"
		if aws.ToBool(rule.IsEgress) {
			format = "out tcp/%d to %s %s"
		}
		all = append(all, fmt.Sprintf(format, aws.ToInt32(rule.ToPort), peer, aws.ToString(rule.Description)))
	}
	slices.Sort(all)
	return all
}
