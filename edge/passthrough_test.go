package edge

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
)

const (
	policyResource  = "aws:elb/loadBalancerPolicy:LoadBalancerPolicy"
	backendResource = "aws:elb/loadBalancerBackendServerPolicy:LoadBalancerBackendServerPolicy"
)

// through lets TLS pass through to port 443 of the instances.
func through(args *BalancerArgs) {
	args.TLS, args.Kind, args.PassThrough, args.Port, args.HealthPort = false, "", true, 443, 8081
}

func TestNetworkLoadBalancerLetsTLSThrough(t *testing.T) {
	recording := beside(t, through)
	require.Len(t, recording.Of(listenerResource), 1, "nothing answers on port 80")
	listener := recording.One(t, listenerResource, "web-nlb-tls")
	assert.Equal(t, []any{443.0, "TCP", nil, nil, "forward"}, []any{
		listener.Input("port"), listener.Input("protocol"), listener.Input("sslPolicy"), listener.Input("certificateArn"),
		listener.Input("defaultActions[0].type"),
	})
	assert.True(t, listener.DeleteBeforeReplace, "a port has one listener")
	targets := recording.One(t, "aws:lb/targetGroup:TargetGroup", "web-nlb")
	assert.Equal(t, []any{"TCP", 443.0, true, "false", "HTTP", "8081", "/well"}, []any{
		targets.Input("protocol"), targets.Input("port"), targets.Input("proxyProtocolV2"), targets.Input("preserveClientIp"),
		targets.Input("healthCheck.protocol"), targets.Input("healthCheck.port"), targets.Input("healthCheck.path"),
	})
	assert.Equal(t, map[string]any{"bucket": "", "enabled": false}, recording.One(t, networkResource, "web-nlb").Input("accessLogs"),
		"AWS writes no log of TCP")
	require.Len(t, recording.Of(bucketResource), 1)
	for _, none := range []string{certificateToACM, certificateToIAM, signedResource, keyResource, certificateToken} {
		assert.Empty(t, recording.Of(none), none)
	}
}

func TestClassicLoadBalancerLetsTLSThrough(t *testing.T) {
	recording := beside(t, through)
	balancer := recording.One(t, classicResource, "web-clb")
	assert.Equal(t, []any{
		map[string]any{"lbPort": 443.0, "lbProtocol": "tcp", "instancePort": 443.0, "instanceProtocol": "tcp"},
	}, balancer.Input("listeners"))
	assert.Equal(t, "HTTP:8081/well", balancer.Input("healthCheck.target"))
	assert.Equal(t, map[string]any{"bucket": "web-clb-access-logs", "enabled": true, "interval": 5.0}, balancer.Input("accessLogs"))

	require.Len(t, recording.Of(policyResource), 1)
	policy := recording.One(t, policyResource, "web-clb-proxy")
	assert.Equal(t, []any{"proxy", "ProxyProtocolPolicyType", []any{map[string]any{"name": "ProxyProtocol", "value": "true"}}}, []any{
		policy.Input("policyName"), policy.Input("policyTypeName"), policy.Input("policyAttributes"),
	})
	chosen := recording.One(t, backendResource, "web-clb-proxy-443")
	assert.Equal(t, []any{443.0, []any{"proxy"}, "web-clb-0000000"}, []any{
		chosen.Input("instancePort"), chosen.Input("policyNames"), chosen.Input("loadBalancerName"),
	})
	assert.True(t, chosen.After(policyResource, "web-clb-proxy"))
	assert.True(t, chosen.After(classicResource, "web-clb"), "the port is known once a listener leads to it")
	assert.Empty(t, recording.Of("aws:elb/listenerPolicy:ListenerPolicy"))
}

func TestWhoWaitsForAClassicLoadBalancersNameWaitsForThePROXYHeader(t *testing.T) {
	recording := recorder.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		gateway, err := ec2.NewInternetGateway(ctx, "network", nil)
		if err != nil {
			return err
		}
		args := &BalancerArgs{InternetGateway: gateway, SecurityGroupID: pulumi.String("sg-web"), HealthPath: "/well"}
		through(args)
		made, err := NewClassic(ctx, "web-clb", args)
		if err != nil {
			return err
		}
		_, err = NewTrustStore(ctx, "waits", &TrustStoreArgs{ClientAuthorities: made.Name})
		return err
	})
	assert.True(t, recording.One(t, objectResource, "waits-authorities").After(backendResource, "web-clb-proxy-443"))
}

func TestPassThroughThatCannotBe(t *testing.T) {
	for problem, change := range map[string]func(*BalancerArgs){
		"TLS can end there or pass through, not both":                   func(args *BalancerArgs) { through(args); args.TLS = true },
		"port 443 speaks TLS, and health checks need one that does not": func(args *BalancerArgs) { through(args); args.HealthPort = 0 },
	} {
		args := &BalancerArgs{}
		change(args)
		for name, create := range map[string]func(*pulumi.Context) error{
			"web-clb": func(ctx *pulumi.Context) error { _, err := NewClassic(ctx, "web-clb", args); return err },
			"web-nlb": func(ctx *pulumi.Context) error {
				_, err := NewNetworkBalancer(ctx, "web-nlb", &NetworkBalancerArgs{BalancerArgs: *args})
				return err
			},
		} {
			recording, err := recorder.Run("test", nil, create)
			assert.ErrorContains(t, err, "creating load balancer "+name+": "+problem)
			assert.Empty(t, recording.All(), problem)
		}
	}
}
