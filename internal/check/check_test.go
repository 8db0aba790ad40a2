package check

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadOutputs(t *testing.T) {
	t.Parallel()
	const network = `"vpcId": "vpc-1", "privateSubnetIds": ["subnet-1"], "flows": [{"from": "x", "to": "internet"}]`
	for _, c := range []struct{ name, text, want string }{
		{"no JSON", "error: no stack", "reading the stack's outputs: they are not the JSON that pulumi stack output --json prints: " +
			"invalid character 'e' looking for beginning of value"},
		{"none", "{}", "the stack has no outputs, so nothing of it is deployed; run pulumi up"},
		{"of another kind", `{"vpcId": ["vpc-1"]}`, "the output vpcId is not what this release makes of it; run pulumi up with it"},
		{"masked as a secret", `{"hubs": "[secret]"}`, "the output hubs is not what this release makes of it; run pulumi up with it"},
		{"of something else", `{"bucket": "b"}`, "the stack lacks outputs that this release makes: vpcId, privateSubnetIds, flows; " +
			"it was deployed by an older one, or not to the end; run pulumi up with this release"},
		{"a gate without its web ACL", `{"vpcId": "vpc-1", "privateSubnetIds": ["subnet-1"], "flows": [{"from": "internet", "to": "gateway"}],
			"urls": {"site": "https://x/"}, "loadBalancerArn": "arn", "loadBalancerDnsName": "x"}`,
			"the stack lacks outputs that this release makes: webAclArn, ecsClusterArn; " +
				"it was deployed by an older one, or not to the end; run pulumi up with this release"},
		{"machines without their groups", `{` + network + `, "hubs": {"hub": {}}, "fleets": {"web": {}}, "notebooks": {"lab": {"ken-1": {"volumeId": "v"}}}}`,
			"the stack lacks outputs that this release makes: hubs.hub.autoScalingGroup, hubs.hub.volumeId, fleets.web.autoScalingGroup, " +
				"fleets.web.urls, notebooks.lab.ken-1.instanceId; it was deployed by an older one, or not to the end; run pulumi up with this release"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := ReadOutputs([]byte(c.text), "pulumi up")
			require.EqualError(t, err, c.want)
		})
	}

	o, err := ReadOutputs([]byte(`{`+network+`, "ecsClusterArn": "c",
		"urls": {"hub": "h", "site": "s", "web": "w", "old": "o"},
		"hubs": {"hub": {"autoScalingGroup": "g", "volumeId": "v"}},
		"fleets": {"web": {"autoScalingGroup": "g", "urls": {"alb": "w", "nlb": "n"}}, "old": {"autoScalingGroup": "g", "urls": {"clb": "o"}}},
		"clientBundles": "[secret]"}`), "pulumi up")
	require.NoError(t, err)
	assert.Equal(t, []string{"site"}, o.services())
	assert.Equal(t, []string{"hub", "site", "web"}, o.behind())
	assert.Equal(t, []string{"web-nlb"}, o.exposed("nlb"))
	assert.Equal(t, []string{"old-clb"}, o.exposed("clb"))
}

// fakeEC2 has one VPC.
type fakeEC2 struct {
	ec2API
	tags []ec2types.Tag
	err  error
}

func (f fakeEC2) DescribeVpcs(_ context.Context, in *ec2.DescribeVpcsInput, _ ...func(*ec2.Options)) (*ec2.DescribeVpcsOutput, error) {
	if f.err != nil {
		return nil, f.err
	}
	return &ec2.DescribeVpcsOutput{Vpcs: []ec2types.Vpc{{VpcId: aws.String(in.VpcIds[0]), Tags: f.tags}}}, nil
}

var prodTags = []ec2types.Tag{
	{Key: aws.String("Project"), Value: aws.String("torii")}, {Key: aws.String("Stack"), Value: aws.String("prod")},
}

func TestRunBeginsWithTheNetwork(t *testing.T) {
	t.Parallel()
	about := Options{Outputs: Outputs{VPCID: "vpc-1"}, Region: "ap-northeast-1", CertificateDays: 30}
	for _, c := range []struct {
		name string
		ec2  fakeEC2
		want string
	}{
		{"another account", fakeEC2{err: &smithy.GenericAPIError{Code: "InvalidVpcID.NotFound"}},
			"the stack's VPC vpc-1 is not in region ap-northeast-1 of the account that these credentials are for; are they those of the stack's account?"},
		{"no permission", fakeEC2{err: errors.New("denied")}, "asking for the stack's VPC: denied"},
		{"no tags", fakeEC2{}, "the stack's VPC vpc-1 has lost its tags Project and Stack, by which the rest is found; pulumi up --refresh puts them back"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			about := about
			about.AWS.EC2 = c.ec2
			_, err := Run(t.Context(), about)
			require.EqualError(t, err, c.want)
		})
	}
	about.AWS.EC2 = fakeEC2{tags: prodTags}
	found, err := Run(t.Context(), about)
	require.NoError(t, err)
	assert.Empty(t, found, "a stack of a network alone gives no reason to ask anything")
	assert.Equal(t, "there is nothing to check", Sum(found))
}

// fakeECS has a cluster with services of two stacks, in pages of one.
type fakeECS struct {
	services map[string]ecstypes.Service
	err      error
}

func (f fakeECS) ListServices(_ context.Context, in *ecs.ListServicesInput, _ ...func(*ecs.Options)) (*ecs.ListServicesOutput, error) {
	names := sorted(f.services)
	if in.NextToken == nil {
		return &ecs.ListServicesOutput{ServiceArns: names[:1], NextToken: aws.String("more")}, f.err
	}
	return &ecs.ListServicesOutput{ServiceArns: names[1:]}, nil
}

func (f fakeECS) DescribeServices(_ context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	var out ecs.DescribeServicesOutput
	for _, name := range in.Services {
		out.Services = append(out.Services, f.services[name])
	}
	return &out, nil
}

func (fakeECS) ListTaskDefinitions(
	_ context.Context, in *ecs.ListTaskDefinitionsInput, _ ...func(*ecs.Options),
) (*ecs.ListTaskDefinitionsOutput, error) {
	if aws.ToString(in.FamilyPrefix) != "torii-prod-site" || in.Status != ecstypes.TaskDefinitionStatusActive {
		return nil, errors.New("asked for another family, or for what is out of use")
	}
	return &ecs.ListTaskDefinitionsOutput{TaskDefinitionArns: []string{arn + "9", arn + "10"}}, nil
}

// TestServices wants services to be those of the stack, and what could not be asked to be said.
func TestServices(t *testing.T) {
	t.Parallel()
	of := func(stack string) ecstypes.Service {
		return steady(func(s *ecstypes.Service) {
			s.TaskDefinition = aws.String(arn + "10")
			for key, value := range map[string]string{"Project": "torii", "Stack": stack, "Name": "torii-" + stack + "-site"} {
				s.Tags = append(s.Tags, ecstypes.Tag{Key: aws.String(key), Value: aws.String(value)})
			}
		})
	}
	theirs := of("second")
	theirs.DesiredCount = 0
	about := Options{
		Outputs:         Outputs{VPCID: "vpc-1", ClusterARN: "c", URLs: map[string]string{"site": "https://x/", "lost": "https://y/"}},
		CertificateDays: 30, NoURLs: "not asked",
		AWS: AWS{EC2: fakeEC2{tags: prodTags}, ECS: fakeECS{services: map[string]ecstypes.Service{"a": theirs, "b": of("prod")}}},
	}
	found, err := Run(t.Context(), about)
	require.NoError(t, err)
	assert.Equal(t, []Finding{
		failed("service lost", "the cluster has no such service", "somebody deleted it; pulumi up --refresh makes it again"),
		fine("service site", "2 of 2 tasks run, of torii-prod-site:10 as asked for"),
		skipped("address lost", "not asked"), skipped("address site", "not asked"),
	}, found)

	about.AWS.ECS = fakeECS{services: map[string]ecstypes.Service{"a": theirs}, err: errors.New("denied")}
	found, err = Run(t.Context(), about)
	require.NoError(t, err)
	assert.Equal(t, Finding{Verdict: Unasked, What: "services", Why: "could not ask: listing services: denied"}, found[0])
	assert.Len(t, found, 3, "the others are asked all the same")
}

func TestFormatIsALineForEach(t *testing.T) {
	t.Parallel()
	all := []Finding{
		fine("service site", "2 of 2 tasks run"),
		failed("web ACL", "none is\n attached", "pulumi up --refresh attaches it"),
		skipped("address site", "no traffic"),
		unasked("trail", errors.New("denied")),
	}
	assert.Equal(t, `ok     service site  2 of 2 tasks run
FAIL   web ACL       none is attached; pulumi up --refresh attaches it
skip   address site  no traffic
error  trail         could not ask: denied
`, Format(all))
	assert.Equal(t, "1 ok, 1 failed, 1 could not be asked, 1 skipped", Sum(all))
}

// TestWait asks again while something may come right by itself, and no longer.
func TestWait(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		patience time.Duration
		answers  []Finding // one after the other; the last one stays
		asked    int
		after    time.Duration
	}{
		{"all is well", time.Minute, []Finding{fine("a", "b")}, 1, 0},
		{"no patience", 0, []Finding{pending("a", "b", "c")}, 1, 0},
		{"time will not mend it", time.Minute, []Finding{failed("a", "b", "c")}, 1, 0},
		{"it comes right", time.Minute, []Finding{pending("a", "b", "c"), pending("a", "b", "c"), fine("a", "b")}, 3, 30 * time.Second},
		{"it does not", time.Minute, []Finding{pending("a", "b", "c")}, 5, time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begun, asked, said := time.Now(), 0, 0
				all, err := Wait(t.Context(), c.patience, func(context.Context) ([]Finding, error) {
					asked++
					return []Finding{c.answers[min(asked, len(c.answers))-1]}, nil
				}, func([]Finding) { said++ })
				require.NoError(t, err)
				assert.Equal(t, c.answers[len(c.answers)-1:], all)
				assert.Equal(t, c.asked, asked)
				assert.Equal(t, c.asked-1, said)
				assert.Equal(t, c.after, time.Since(begun))
			})
		})
	}
}
