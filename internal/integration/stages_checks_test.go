//go:build integration

package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dlm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stands is what AWS says of a stage, as far as stages differ in it.
type stands struct {
	privateSubnets int
	natGateways    int
	machines       []string // their types, sorted
	homeGiB        int32
	snapshotsKept  int32
	tasks          int32
	logDays        int32 // of the site
	protected      string
	trails         bool
}

// wantedOfStages is what the three files ask for.
var wantedOfStages = map[string]stands{
	"dev": {
		privateSubnets: 2, machines: []string{"t3.medium", "t4g.nano"}, homeGiB: 20, snapshotsKept: 3, tasks: 1, logDays: 14,
		protected: "false",
	},
	"staging": {
		privateSubnets: 2, natGateways: 1, machines: []string{"t3.large"}, homeGiB: 50, snapshotsKept: 7, tasks: 2, logDays: 30,
		protected: "true",
	},
	"prod": {
		privateSubnets: 3, natGateways: 3, machines: []string{"t3.xlarge"}, homeGiB: 200, snapshotsKept: 35, tasks: 3, logDays: 365,
		protected: "true", trails: true,
	},
}

// text is an output of the stage that is a text.
func (s *stage) text(name string) string {
	s.t.Helper()
	text, is := s.up.Outputs[name].Value.(string)
	require.True(s.t, is, name)
	return text
}

// has asks AWS what there is of the stage.
func (s *stage) has(c clients) stands {
	c.t.Helper()
	ctx, t := c.t.Context(), c.t
	s.t = t
	found := stands{trails: s.up.Outputs["trailArn"].Value != nil}
	found.privateSubnets = len(s.up.Outputs["privateSubnetIds"].Value.([]any))
	inside := inVPC(aws.String(s.text("vpcId")))
	mine := []ec2types.Filter{{Name: aws.String("tag:Stack"), Values: []string{s.name}}}

	gateways, err := c.ec2.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{Filter: inside})
	require.NoError(t, err)
	found.natGateways = len(gateways.NatGateways)
	machines, err := c.ec2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{Filters: inside})
	require.NoError(t, err)
	for _, reservation := range machines.Reservations {
		for _, machine := range reservation.Instances {
			found.machines = append(found.machines, string(machine.InstanceType))
		}
	}
	slices.Sort(found.machines)
	volumes, err := c.ec2.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{
		Filters: append(mine, ec2types.Filter{Name: aws.String("tag-key"), Values: []string{"ToriiData"}}),
	})
	require.NoError(t, err)
	require.Len(t, volumes.Volumes, 1)
	found.homeGiB = aws.ToInt32(volumes.Volumes[0].Size)
	found.snapshotsKept = c.snapshotsKept("torii-" + s.name + "-hub")

	service := s.service(c)
	found.tasks = service.desired
	groups, err := c.logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(service.logGroup)})
	require.NoError(t, err)
	require.Len(t, groups.LogGroups, 1)
	found.logDays = aws.ToInt32(groups.LogGroups[0].RetentionInDays)

	attributes, err := c.elb.DescribeLoadBalancerAttributes(ctx, &elb.DescribeLoadBalancerAttributesInput{
		LoadBalancerArn: aws.String(s.text("loadBalancerArn")),
	})
	require.NoError(t, err)
	for _, attribute := range attributes.Attributes {
		if aws.ToString(attribute.Key) == "deletion_protection.enabled" {
			found.protected = aws.ToString(attribute.Value)
		}
	}
	return found
}

// snapshotsKept is how many daily snapshots are kept of the volume with this value of the tag ToriiData.
func (c clients) snapshotsKept(data string) int32 {
	c.t.Helper()
	listed, err := c.dlm.GetLifecyclePolicies(c.t.Context(), &dlm.GetLifecyclePoliciesInput{})
	require.NoError(c.t, err)
	for _, each := range listed.Policies {
		policy, err := c.dlm.GetLifecyclePolicy(c.t.Context(), &dlm.GetLifecyclePolicyInput{PolicyId: each.PolicyId})
		require.NoError(c.t, err)
		details := policy.Policy.PolicyDetails
		if aws.ToString(details.TargetTags[0].Value) == data {
			return aws.ToInt32(details.Schedules[0].RetainRule.Count)
		}
	}
	c.t.Fatalf("nothing makes snapshots of %s", data)
	return 0
}

// sizesOf are the sizes of snapshots in GiB, sorted.
func (c clients) sizesOf(snapshots []string) []int32 {
	c.t.Helper()
	found, err := c.ec2.DescribeSnapshots(c.t.Context(), &ec2.DescribeSnapshotsInput{SnapshotIds: snapshots})
	require.NoError(c.t, err)
	var sizes []int32
	for _, snapshot := range found.Snapshots {
		sizes = append(sizes, aws.ToInt32(snapshot.VolumeSize))
	}
	slices.Sort(sizes)
	return sizes
}

// siteService is the web service of a stage.
type siteService struct {
	desired         int32
	image, logGroup string
}

func (s *stage) service(c clients) siteService {
	c.t.Helper()
	ctx, t, cluster := c.t.Context(), c.t, aws.String(s.text("ecsClusterArn"))
	listed, err := c.ecs.ListServices(ctx, &ecs.ListServicesInput{Cluster: cluster})
	require.NoError(t, err)
	require.Len(t, listed.ServiceArns, 1)
	described, err := c.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: cluster, Services: listed.ServiceArns})
	require.NoError(t, err)
	task, err := c.ecs.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: described.Services[0].TaskDefinition})
	require.NoError(t, err)
	container := task.TaskDefinition.ContainerDefinitions[0]
	return siteService{
		desired: described.Services[0].DesiredCount, image: aws.ToString(container.Image),
		logGroup: container.LogConfiguration.Options["awslogs-group"],
	}
}

// image is what the stage's web service runs.
func (s *stage) image(c clients) string {
	s.t = c.t
	return s.service(c).image
}

// checkWithoutDomain is HTTPS all the same: one certificate for the load balancer's own name, at which the hub answers,
// and for the host that the site was given.
func (s *stage) checkWithoutDomain(t *testing.T) {
	c := s.ask()
	name := s.text("loadBalancerDnsName")
	listeners, err := c.elb.DescribeListeners(t.Context(), &elb.DescribeListenersInput{LoadBalancerArn: aws.String(s.text("loadBalancerArn"))})
	require.NoError(t, err)
	at := slices.IndexFunc(listeners.Listeners, func(l elbtypes.Listener) bool { return aws.ToInt32(l.Port) == 443 })
	require.NotEqual(t, -1, at)
	https := listeners.Listeners[at]
	assert.Equal(t, elbtypes.ProtocolEnumHttps, https.Protocol)
	require.Len(t, https.Certificates, 1)
	certificate := c.certificate(https.Certificates[0].CertificateArn)
	assert.Equal(t, acmtypes.CertificateTypeImported, certificate.Type)
	assert.Equal(t, acmtypes.CertificateStatusIssued, certificate.Status)
	assert.ElementsMatch(t, []string{name, "www.dev.internal"}, certificate.SubjectAlternativeNames)
	assert.Equal(t, map[string]any{"hub": "https://" + name + "/", "site": "https://www.dev.internal/"}, s.up.Outputs["urls"].Value)
}

// besideAndAway puts the second program behind dev's gate, as its committed file says, and takes it away: here its way
// out is a machine of dev's, whose security group has to admit it.
func (s *stage) besideAndAway(t *testing.T) {
	second := stackFile(t, secondFolder+"/Pulumi.dev.yaml")
	s.secondUp("second service", second)
	c := s.ask()
	rules := c.rules(aws.String(s.text("vpcId")))
	admitted := slices.DeleteFunc(sentences(rules["torii nat"]), func(rule string) bool {
		return !strings.Contains(rule, "from service: forwarded to the internet")
	})
	assert.Len(t, admitted, 1)
	s.secondDestroyed(second)
	assert.Equal(t, len(rules["torii nat"])-1, len(c.rules(aws.String(s.text("vpcId")))["torii nat"]))
}
