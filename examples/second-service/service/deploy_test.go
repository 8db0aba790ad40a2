package service

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"torii/consume"
	"torii/internal/recorder"
)

// world is AWS with a Torii stack in it, whose outputs are known.
type world struct {
	recorder.Recording
	outputs map[string]any
}

func (w *world) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.TypeToken == "pulumi:pulumi:StackReference" {
		return args.Name, resource.NewPropertyMapFromMap(map[string]any{"name": args.Name, "outputs": w.outputs}), nil
	}
	return w.Recording.NewResource(args)
}

// torii are the outputs of a stack whose service listens on 80 and goes out by the ways named.
func torii(ways ...string) map[string]any {
	flow := func(from, to, port string) map[string]any {
		return map[string]any{"from": from, "to": to, "port": port, "why": "because"}
	}
	table := []any{flow("internet", "gateway", "tcp/443"), flow("gateway", "site", "tcp/80")}
	for _, way := range ways {
		table = append(table, flow("site", way, "tcp/443"))
	}
	return map[string]any{
		"vpcId": "vpc-1", "publicSubnetIds": []any{"subnet-1", "subnet-2"}, "privateSubnetIds": []any{"subnet-3", "subnet-4"},
		"loadBalancerArn":     "arn:aws:elasticloadbalancing:" + recorder.Region + ":" + recorder.AccountID + ":loadbalancer/app/gate-1/2",
		"loadBalancerDnsName": "gate-1.example", "loadBalancerZoneId": "Z1", "httpsListenerArn": "arn:listener",
		"gatewaySecurityGroupId": "sg-gateway", "ecsClusterArn": "arn:aws:ecs:x:1:cluster/cluster-1",
		"s3PrefixListId": "pl-1", "endpointsSecurityGroupId": "sg-endpoints", "natSecurityGroupId": "sg-nat",
		"urls": map[string]any{"site": "https://www.example.jp/"}, "flows": table,
	}
}

// committed is the committed stack file over the defaults of Pulumi.yaml, as Pulumi hands them to the program.
func committed(t *testing.T) map[string]string {
	t.Helper()
	read := func(name string, into any) {
		text, err := os.ReadFile(filepath.Join("..", name))
		require.NoError(t, err)
		require.NoError(t, yaml.Unmarshal(text, into))
	}
	var project struct {
		Config map[string]struct{ Default *string }
	}
	var stack struct{ Config map[string]string }
	read("Pulumi.yaml", &project)
	read("Pulumi.dev.yaml", &stack)
	config := map[string]string{}
	for key, setting := range project.Config {
		if setting.Default != nil {
			config["second-service:"+key] = *setting.Default
		}
	}
	maps.Copy(config, stack.Config)
	return config
}

// deploy runs the program with settings over the committed ones.
func deploy(t *testing.T, outputs map[string]any, more map[string]string) (*world, error) {
	t.Helper()
	config := committed(t)
	for key, value := range more {
		config["second-service:"+key] = value
	}
	w := &world{outputs: outputs}
	err := pulumi.RunErr(Deploy, pulumi.WithMocks("second-service", "dev", w), func(info *pulumi.RunInfo) { info.Config = config })
	return w, err
}

const (
	egress  = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	rule    = "aws:lb/listenerRule:ListenerRule"
)

func TestBehindTheGate(t *testing.T) {
	w, err := deploy(t, torii("internet"), map[string]string{"host": "api.example.jp", "domain": "example.jp"})
	require.NoError(t, err)
	leads := w.One(t, rule, "service")
	assert.Equal(t, float64(consume.Priority("second-service", "dev", "service")), leads.Input("priority"))
	assert.Equal(t, "arn:listener", leads.Input("listenerArn"))
	assert.Equal(t, []any{"api.example.jp"}, leads.Input("conditions[0].hostHeader.values"))
	assert.Equal(t, "vpc-1", w.One(t, "aws:lb/targetGroup:TargetGroup", "service-tg").Input("vpcId"))

	certificate := w.One(t, "aws:lb/listenerCertificate:ListenerCertificate", "service")
	assert.Equal(t, "arn:listener", certificate.Input("listenerArn"))
	assert.True(t, certificate.After("aws:acm/certificateValidation:CertificateValidation", "service"))
	alias := w.One(t, "aws:route53/record:Record", "service-A")
	assert.Equal(t, "gate-1.example", alias.Input("aliases[0].name"))
	assert.Equal(t, "Z1", alias.Input("aliases[0].zoneId"))
	assert.Equal(t, recorder.ZoneID, alias.Input("zoneId"))

	service := w.One(t, "aws:ecs/service:Service", "service")
	assert.Equal(t, "arn:aws:ecs:x:1:cluster/cluster-1", service.Input("cluster"))
	assert.Equal(t, []any{"subnet-3", "subnet-4"}, service.Input("networkConfiguration.subnets"))
	assert.Equal(t, []any{"firewall-service-id"}, service.Input("networkConfiguration.securityGroups"))
	assert.True(t, service.After(rule, "service"), "AWS refuses tasks of a target group that no listener uses")
	assert.Equal(t, "service/cluster-1/service-0000000", w.One(t, "aws:appautoscaling/target:Target", "service").Input("resourceId"))
	assert.Equal(t, "app/gate-1/2/targetgroup/service-tg/1",
		w.One(t, "aws:appautoscaling/policy:Policy", "service-requests").Input(
			"targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification.resourceLabel"))

	for _, each := range w.All() {
		if each.Custom {
			assert.True(t, strings.HasPrefix(string(resource.URN(each.Parent).Type()), "torii:"), "%s %s stands in no component", each.Type, each.Name)
		}
	}
}

// TestTheCommittedFile is for a stage without a domain, whose way out is a machine.
func TestTheCommittedFile(t *testing.T) {
	w, err := deploy(t, torii("internet", "nat"), nil)
	require.NoError(t, err)
	assert.Len(t, w.Of("tls:index/selfSignedCert:SelfSignedCert"), 1)
	assert.Empty(t, w.Of("aws:route53/record:Record"))
	assert.Equal(t, []any{"api.dev.internal"}, w.One(t, rule, "service").Input("conditions[0].hostHeader.values"))
	assert.Equal(t, []string{
		"sg-gateway to firewall-service-id on 80", "firewall-service-id to 0.0.0.0/0 on 443", "firewall-service-id to sg-nat on 443",
	}, rules(w, egress, "to"))
	assert.Equal(t, []string{"sg-nat from firewall-service-id on 443", "firewall-service-id from sg-gateway on 80"}, rules(w, ingress, "from"))
}

func TestWithoutInternet(t *testing.T) {
	const image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api:1"
	w, err := deploy(t, torii("endpoints", "s3"), map[string]string{"image": image})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"sg-gateway to firewall-service-id on 80", "firewall-service-id to sg-endpoints on 443", "firewall-service-id to pl-1 on 443",
	}, rules(w, egress, "to"))
	assert.Equal(t, []string{"sg-endpoints from firewall-service-id on 443", "firewall-service-id from sg-gateway on 80"}, rules(w, ingress, "from"))
}

// rules are the rules of one direction in words, by name.
func rules(w *world, token, word string) []string {
	var all []string
	for _, each := range w.Of(token) {
		for _, peer := range []string{"referencedSecurityGroupId", "cidrIpv4", "prefixListId"} {
			if to, is := each.Input(peer).(string); is {
				all = append(all, strings.Join([]string{each.Input("securityGroupId").(string), word, to, "on", each.Name[strings.LastIndex(each.Name, "-")+1:]}, " "))
			}
		}
	}
	return all
}

func TestAClusterOfItsOwn(t *testing.T) {
	outputs := torii("internet")
	delete(outputs, "ecsClusterArn")
	w, err := deploy(t, outputs, nil)
	require.NoError(t, err)
	assert.Equal(t, w.One(t, "aws:ecs/cluster:Cluster", "service").Name+"-0000000",
		strings.Split(w.One(t, "aws:appautoscaling/target:Target", "service").Input("resourceId").(string), "/")[1])
}

func TestRefusals(t *testing.T) {
	for name, each := range map[string]struct {
		settings map[string]string
		outputs  map[string]any
		want     []string
	}{
		"settings": {map[string]string{
			"host": "api", "image": "nginx", "port": "70000", "healthPath": "well", "min": "3", "max": "2", "priority": "1000",
		}, nil, []string{
			"reading the settings of second-service: host: api is not a host name; give one in lower case such as api.example.jp",
			"image: nginx is not pinned; add a tag other than latest, or a digest",
			"port: 70000 is not allowed; choose 1 to 65535",
			"healthPath: well is not a path; give one such as /health",
			"min: 3 and max 2 are not allowed; choose 1 or more, and max no less",
			"priority: 1000 is not allowed; choose 40000 to 49999, or 0 for the one that comes from the names",
		}},
		"numbers":       {map[string]string{"port": "http"}, nil, []string{"port: http is not a whole number"}},
		"latest":        {map[string]string{"image": "nginx:latest"}, nil, []string{"image: nginx:latest is not pinned"}},
		"outside":       {map[string]string{"domain": "example.jp"}, nil, []string{"host: api.dev.internal is outside domain example.jp"}},
		"no name":       {map[string]string{"torii": "dev"}, nil, []string{`"dev" does not name one`}},
		"port and host": {map[string]string{"port": "8080", "host": "www.example.jp"}, nil, []string{"port 8080: the gate of stack organization/torii/dev leads to port 80 only", "host www.example.jp: workload site of stack organization/torii/dev answers there"}},
		"no way out":    {nil, torii(), []string{"stack organization/torii/dev has no way out, and tasks could not pull their image"}},
		"no internet":   {nil, torii("endpoints", "s3"), []string{"cannot be pulled, since no way of stack organization/torii/dev leads to the internet"}},
		"no zone":       {map[string]string{"host": "api.example.com", "domain": "example.com"}, nil, []string{"domain: example.com has no public hosted zone in this account's Route 53"}},
	} {
		t.Run(name, func(t *testing.T) {
			outputs := each.outputs
			if outputs == nil {
				outputs = torii("internet")
			}
			w, err := deploy(t, outputs, each.settings)
			for _, want := range each.want {
				require.ErrorContains(t, err, want)
			}
			assert.Empty(t, w.All(), "nothing is made")
		})
	}
	far := torii("internet")
	far["loadBalancerArn"] = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/gate-1/2"
	_, err := deploy(t, far, nil)
	require.ErrorContains(t, err, "is not in account 123456789012 and region ap-northeast-1; a service stands where its gate does")
}

func TestPinnedImages(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("0", 64)
	for image, is := range map[string]bool{
		"nginx:1.28.0": true, "localhost:5000/api:2": true, "nginx" + digest: true, "nginx:1" + digest: true,
		"nginx": false, "localhost:5000/api": false, "nginx@sha256:0": false,
	} {
		assert.Equal(t, is, pinned.MatchString(image), image)
	}
}

func TestFlows(t *testing.T) {
	var all []string
	for _, flow := range flows(8080, []string{"endpoints", "internet", "nat", "s3"}) {
		all = append(all, flow.From+" "+flow.To)
		assert.NotEmpty(t, flow.Why)
	}
	assert.Equal(t, []string{"gateway service", "service endpoints", "service internet", "service nat"}, all)
}
