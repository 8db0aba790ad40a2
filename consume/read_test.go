package consume_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/consume"
)

// world is an engine in which one other stack is known.
type world struct {
	stack   string
	outputs resource.PropertyMap
}

func (w world) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.TypeToken != "pulumi:pulumi:StackReference" {
		return args.Name, args.Inputs, nil
	}
	if args.Name != w.stack {
		return "", nil, fmt.Errorf("unknown stack %q", args.Name)
	}
	return args.Name, resource.PropertyMap{
		"name": resource.NewProperty(args.Name), "outputs": resource.NewProperty(w.outputs),
	}, nil
}

func (world) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return nil, fmt.Errorf("nothing asks %s", args.Token)
}

const torii = "organization/torii/prod"

// web are the outputs of a stack with a web service and NAT gateways.
func web() map[string]any {
	return map[string]any{
		"vpcId": "vpc-1", "publicSubnetIds": []any{"subnet-1", "subnet-2"}, "privateSubnetIds": []any{"subnet-3", "subnet-4"},
		"loadBalancerArn":     "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/app/gate-1/2",
		"loadBalancerDnsName": "gate-1.example", "loadBalancerZoneId": "Z1", "httpsListenerArn": "arn:listener",
		"gatewaySecurityGroupId": "sg-gateway", "ecsClusterArn": "arn:cluster",
		"s3PrefixListId": "pl-1", "endpointsSecurityGroupId": "sg-endpoints", "natSecurityGroupId": "sg-nat",
		"urls": map[string]any{"site": "https://www.example.jp/"},
		"flows": []any{
			flow("internet", "gateway", "tcp/443", "ranges", []any{"0.0.0.0/0"}),
			flow("gateway", "site", "tcp/80"), flow("site", "internet", "tcp/443"),
		},
	}
}

func flow(from, to, port string, more ...any) map[string]any {
	row := map[string]any{"from": from, "to": to, "port": port, "why": "because"}
	for i := 0; i < len(more); i += 2 {
		row[more[i].(string)] = more[i+1]
	}
	return row
}

// read reads outputs, in an update and in a preview, which must say the same.
func read(t *testing.T, stack string, outputs resource.PropertyMap) (*consume.Outputs, error) {
	t.Helper()
	once := func(preview bool) (found *consume.Outputs, err error) {
		err = pulumi.RunErr(func(ctx *pulumi.Context) (err error) {
			found, err = consume.Read(ctx, stack)
			return err
		}, pulumi.WithMocks("second", "test", world{torii, outputs}), func(info *pulumi.RunInfo) { info.DryRun = preview })
		return found, err
	}
	updated, err := once(false)
	previewed, previewErr := once(true)
	assert.Equal(t, updated, previewed)
	assert.Equal(t, fmt.Sprint(err), fmt.Sprint(previewErr))
	return updated, err
}

func plain(outputs map[string]any) resource.PropertyMap {
	return resource.NewPropertyMapFromMap(outputs)
}

func TestRead(t *testing.T) {
	found, err := read(t, torii, plain(web()))
	require.NoError(t, err)
	assert.Equal(t, &consume.Outputs{
		Stack: torii, VPCID: "vpc-1",
		PublicSubnetIDs: []string{"subnet-1", "subnet-2"}, PrivateSubnetIDs: []string{"subnet-3", "subnet-4"},
		LoadBalancerARN:     "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/app/gate-1/2",
		LoadBalancerDNSName: "gate-1.example", LoadBalancerZoneID: "Z1", HTTPSListenerARN: "arn:listener",
		GatewaySecurityGroupID: "sg-gateway", ECSClusterARN: "arn:cluster",
		URLs: map[string]string{"site": "https://www.example.jp/"},
		Flows: []consume.Flow{
			{From: "internet", To: "gateway", Port: 443, Why: "because", Ranges: []string{"0.0.0.0/0"}},
			{From: "gateway", To: "site", Port: 80, Why: "because"},
			{From: "site", To: "internet", Port: 443, Why: "because"},
		},
	}, found)
	assert.Equal(t, "app/gate-1/2", found.LoadBalancerSuffix())
	assert.Equal(t, []string{"internet"}, found.WaysOut())
}

func TestReadWhatOnlySomeStacksHave(t *testing.T) {
	outputs := web()
	delete(outputs, "ecsClusterArn")
	outputs["flows"] = []any{
		flow("internet", "gateway", "tcp/443"), flow("gateway", "hub", "tcp/8000"), flow("hub", "endpoints", "tcp/443"),
		flow("hub", "s3", "tcp/443"), flow("hub", "internet", "tcp/443"), flow("hub", "nat", "tcp/443"), flow("nat", "internet", "tcp/443"),
	}
	found, err := read(t, torii, plain(outputs))
	require.NoError(t, err)
	assert.Empty(t, found.ECSClusterARN)
	assert.Equal(t, "sg-nat", found.NATSecurityGroupID)
	assert.Equal(t, "sg-endpoints", found.EndpointsSecurityGroupID)
	assert.Equal(t, "pl-1", found.S3PrefixListID)
	assert.Equal(t, []string{"endpoints", "internet", "nat", "s3"}, found.WaysOut())
}

func TestReadOfWhatCannotBeRead(t *testing.T) {
	const lacks = "; either it is no Torii stack, or an older release has deployed it: " +
		`run "pulumi up" on it with the release that this program is made for`
	without := func(names ...string) resource.PropertyMap {
		outputs := web()
		for _, name := range names {
			delete(outputs, name)
		}
		return plain(outputs)
	}
	with := func(name string, value any) resource.PropertyMap {
		outputs := web()
		outputs[name] = value
		return plain(outputs)
	}
	secret := maps.Clone(plain(web()))
	secret["vpcId"] = resource.MakeSecret(secret["vpcId"])
	for name, each := range map[string]struct {
		stack, want string
		outputs     resource.PropertyMap
	}{
		"no name":          {"prod", `"prod" does not name one; give organization, project and stack, such as organization/torii/prod`, nil},
		"half a name":      {"organization//prod", `"organization//prod" does not name one`, nil},
		"no such stack":    {"organization/torii/other", `unknown stack "organization/torii/other"`, nil},
		"never deployed":   {torii, `reading the outputs of stack ` + torii + `: it has none; run "pulumi up" on it first`, plain(nil)},
		"another's stack":  {torii, "it lacks publicSubnetIds, privateSubnetIds, flows" + lacks, plain(map[string]any{"vpcId": "vpc-1"})},
		"an older release": {torii, "it lacks loadBalancerZoneId, gatewaySecurityGroupId" + lacks, without("gatewaySecurityGroupId", "loadBalancerZoneId")},
		"no gate":          {torii, "it has no gate, since none of its workloads is behind one", with("flows", []any{flow("lab", "internet", "tcp/443")})},
		"secret":           {torii, "vpcId is secret there, and nothing here may be", secret},
		"another kind":     {torii, "urls is not a map of texts there but []interface {}", with("urls", []any{"x"})},
		"a number":         {torii, "vpcId is not text there but float64", with("vpcId", 1)},
		"mixed texts":      {torii, "publicSubnetIds is not a list of texts there but []interface {}", with("publicSubnetIds", []any{"x", 1})},
		"no table":         {torii, "flows is not a list of flows there but string", with("flows", "none")},
		"a bad port":       {torii, `flows[0]: has the port "80" and not one such as tcp/80`, with("flows", []any{flow("a", "gateway", "80")})},
		"half a flow":      {torii, "flows[0]: has no to", with("flows", []any{flow("a", "", "tcp/80")})},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, each.stack, each.outputs)
			require.ErrorContains(t, err, each.want)
		})
	}
}

// TestOlderReleaseWithNATInstances: its flow table says that there is something whose group this release exports.
func TestOlderReleaseWithNATInstances(t *testing.T) {
	outputs := web()
	delete(outputs, "natSecurityGroupId")
	outputs["flows"] = append(outputs["flows"].([]any), flow("site", "nat", "tcp/443"), flow("nat", "internet", "tcp/443"))
	_, err := read(t, torii, plain(outputs))
	require.ErrorContains(t, err, "it lacks natSecurityGroupId; ")
}
