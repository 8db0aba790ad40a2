//go:build integration

package edge_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"torii/edge"
	"torii/internal/account"
	"torii/internal/localaws"
	"torii/internal/localdeploy"
	"torii/internal/localdeploy/deploytest"
	"torii/internal/recorder"
	"torii/internal/tags"
)

// bench is a local AWS of a test's own, on which a program stands.
type bench struct {
	*testing.T
	spec     localdeploy.Spec
	baseline localaws.Resources
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, spec: deploytest.Start(t)}
	_, err := b.spec.Server.EnsureZone(t.Context(), "example.jp")
	require.NoError(t, err)
	b.baseline, err = b.spec.Server.Resources(t.Context())
	require.NoError(t, err)
	return b
}

// up deploys a program, and once more to see that nothing changes.
func (b *bench) up(program pulumi.RunFunc) localdeploy.Result {
	b.Helper()
	b.spec.Program = program
	result, err := localdeploy.Up(b.Context(), b.spec)
	require.NoError(b, err)
	again, err := localdeploy.Up(b.Context(), b.spec)
	require.NoError(b, err)
	require.Empty(b, work(again), "the second run changes what the first has made")
	return result
}

// destroy takes everything down and looks for what is left.
func (b *bench) destroy() {
	b.Helper()
	_, err := localdeploy.Destroy(b.Context(), b.spec)
	require.NoError(b, err)
	left, err := b.spec.Server.Resources(b.Context())
	require.NoError(b, err)
	require.Empty(b, left.Without(b.baseline).String())
}

// work is what a run changed, in words.
func work(of localdeploy.Result) []string {
	var all []string
	for _, step := range of.Steps {
		switch step.Op {
		case "create", "update", "delete", "create-replacement", "delete-replaced":
			if step.Custom {
				all = append(all, step.Op+" "+step.Type+" "+step.Name)
			}
		}
	}
	return all
}

// state changes what Pulumi remembers of the resources of one type.
func (b *bench) state(token string, change func(outputs map[string]any)) {
	b.Helper()
	path := filepath.Join(b.spec.Dir, "state", ".pulumi", "stacks", "torii", b.spec.Stack+".json")
	text, err := os.ReadFile(path)
	require.NoError(b, err)
	var file map[string]any
	require.NoError(b, yaml.Unmarshal(text, &file)) // JSON is YAML, and this keeps whole numbers whole
	changed := 0
	for _, each := range file["checkpoint"].(map[string]any)["latest"].(map[string]any)["resources"].([]any) {
		if resource := each.(map[string]any); resource["type"] == token {
			change(resource["outputs"].(map[string]any))
			changed++
		}
	}
	require.NotZero(b, changed, "no %s", token)
	text, err = json.MarshalIndent(file, "", "    ")
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(path, text, 0o600))
}

// aws is the configuration of clients of the local AWS.
func (b *bench) aws() aws.Config {
	return aws.Config{
		BaseEndpoint: aws.String(b.spec.Server.URL),
		Region:       recorder.Region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

// ground is what load balancers stand on: a network with two public subnets, and the
// description of a load balancer in it.
func ground(ctx *pulumi.Context) (vpc *ec2.Vpc, args edge.BalancerArgs, err error) {
	vpc, err = ec2.NewVpc(ctx, "network", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16")})
	if err != nil {
		return nil, args, err
	}
	gateway, err := ec2.NewInternetGateway(ctx, "network", &ec2.InternetGatewayArgs{VpcId: vpc.ID()})
	if err != nil {
		return nil, args, err
	}
	group, err := ec2.NewSecurityGroup(ctx, "balancers", &ec2.SecurityGroupArgs{VpcId: vpc.ID()})
	if err != nil {
		return nil, args, err
	}
	var subnets pulumi.StringArray
	for i, zone := range []string{"a", "c"} {
		subnet, err := ec2.NewSubnet(ctx, "public-"+zone, &ec2.SubnetArgs{
			VpcId: vpc.ID(), CidrBlock: pulumi.Sprintf("10.0.%d.0/24", i), AvailabilityZone: pulumi.String(recorder.Region + zone),
		})
		if err != nil {
			return nil, args, err
		}
		subnets = append(subnets, subnet.ID())
	}
	return vpc, edge.BalancerArgs{
		SubnetIDs: subnets, SecurityGroupID: group.ID(), InternetGateway: gateway,
		Kind: edge.CertificateSelfSigned, TLS: true,
		Port: 8080, HealthPath: "/well", IdleTimeoutSeconds: 75, LogRetentionDays: 90,
		Cloud: account.Place{Partition: "aws", Region: recorder.Region, AccountID: recorder.AccountID},
		Tags:  tags.ForStack("torii", "test"),
	}, nil
}
