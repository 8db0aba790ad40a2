package edge

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
	"torii/internal/bucket"
	"torii/internal/recorder"
	"torii/internal/tags"
)

const (
	classicResource  = "aws:elb/loadBalancer:LoadBalancer"
	networkResource  = "aws:lb/loadBalancer:LoadBalancer"
	certificateToACM = "aws:acm/certificate:Certificate"
	certificateToIAM = "aws:iam/serverCertificate:ServerCertificate"
	signedResource   = "tls:index/selfSignedCert:SelfSignedCert"
	keyResource      = "tls:index/privateKey:PrivateKey"
	bucketResource   = "aws:s3/bucketV2:BucketV2"
	recordResource   = "aws:route53/record:Record"
	listenerResource = "aws:lb/listener:Listener"
)

// beside records a classic and a network load balancer.
func beside(t *testing.T, change func(*BalancerArgs)) *recorder.Recording {
	t.Helper()
	return recorder.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		gateway, err := ec2.NewInternetGateway(ctx, "network", nil)
		if err != nil {
			return err
		}
		args := &BalancerArgs{
			SubnetIDs: pulumi.StringArray{pulumi.String("subnet-a"), pulumi.String("subnet-c")}, SecurityGroupID: pulumi.String("sg-web"),
			InternetGateway: gateway, TLS: true, Kind: CertificateSelfSigned,
			Port: 8080, HealthPath: "/well", IdleTimeoutSeconds: 75, LogRetentionDays: 90, Protect: true,
			Cloud: account.Place{Partition: "aws", Region: recorder.Region, AccountID: recorder.AccountID},
			Tags:  tags.ForStack("torii", "test"),
		}
		change(args)
		if _, err := NewClassic(ctx, "web-clb", args); err != nil {
			return err
		}
		_, err = NewNetworkBalancer(ctx, "web-nlb", &NetworkBalancerArgs{BalancerArgs: *args, VPCID: pulumi.String("vpc-1")})
		return err
	})
}

func unchanged(*BalancerArgs) {}

func TestClassicLoadBalancer(t *testing.T) {
	recording := beside(t, unchanged)
	balancer := recording.One(t, classicResource, "web-clb")
	arn := recording.One(t, "aws:elb/listenerPolicy:ListenerPolicy", "web-clb-tls").Input("triggers.certificate")
	for path, want := range map[string]any{
		"internal": false, "subnets": []any{"subnet-a", "subnet-c"}, "securityGroups": []any{"sg-web"},
		"crossZoneLoadBalancing": true, "connectionDraining": true, "connectionDrainingTimeout": 30.0, "idleTimeout": 75.0,
		"desyncMitigationMode": "defensive",
		"healthCheck": map[string]any{
			"target": "HTTP:8080/well", "interval": 15.0, "timeout": 5.0, "healthyThreshold": 2.0, "unhealthyThreshold": 3.0,
		},
		"accessLogs": map[string]any{"bucket": "web-clb-access-logs", "enabled": true, "interval": 5.0},
		"listeners": []any{
			map[string]any{"lbPort": 80.0, "lbProtocol": "http", "instancePort": 8080.0, "instanceProtocol": "http"},
			map[string]any{"lbPort": 443.0, "lbProtocol": "https", "instancePort": 8080.0, "instanceProtocol": "http", "sslCertificateId": arn},
		},
		"tags.Name": "torii-test-web-clb", "name": nil,
	} {
		assert.Equal(t, want, balancer.Input(path), path)
	}
	assert.True(t, balancer.After("aws:s3/bucketPolicy:BucketPolicy", "web-clb-access-logs"), "AWS tries to write before it turns logs on")
	assert.True(t, balancer.After("aws:ec2/internetGateway:InternetGateway", "network"))
	assert.True(t, balancer.Protect)
	assert.True(t, recording.One(t, bucketResource, "web-clb-access-logs").Protect)

	policy := recording.One(t, "aws:elb/loadBalancerPolicy:LoadBalancerPolicy", "web-clb-tls")
	assert.Equal(t, "SSLNegotiationPolicyType", policy.Input("policyTypeName"))
	assert.Equal(t, []any{map[string]any{"name": "Reference-Security-Policy", "value": "ELBSecurityPolicy-TLS-1-2-2017-01"}},
		policy.Input("policyAttributes"))
	chosen := recording.One(t, "aws:elb/listenerPolicy:ListenerPolicy", "web-clb-tls")
	assert.Equal(t, "tls", policy.Input("policyName"))
	assert.Equal(t, []any{443.0, []any{"tls"}}, []any{chosen.Input("loadBalancerPort"), chosen.Input("policyNames")})
	assert.True(t, chosen.After(classicResource, "web-clb"), "the listener is made with the load balancer")
	assert.Empty(t, recording.Of(recordResource), "nothing leads here without a zone")
}

func TestNetworkLoadBalancer(t *testing.T) {
	recording := beside(t, unchanged)
	balancer := recording.One(t, networkResource, "web-nlb")
	for path, want := range map[string]any{
		"loadBalancerType": "network", "internal": false, "ipAddressType": "ipv4", "subnets": []any{"subnet-a", "subnet-c"},
		"securityGroups": []any{"sg-web"}, "enableCrossZoneLoadBalancing": true, "enableDeletionProtection": true,
		"accessLogs": map[string]any{"bucket": "web-nlb-access-logs", "enabled": true}, "tags.Name": "torii-test-web-nlb", "name": nil,
	} {
		assert.Equal(t, want, balancer.Input(path), path)
	}
	assert.True(t, balancer.After("aws:s3/bucketPolicy:BucketPolicy", "web-nlb-access-logs"))
	assert.True(t, balancer.After("aws:ec2/internetGateway:InternetGateway", "network"))
	assert.True(t, balancer.Protect)

	targets := recording.One(t, "aws:lb/targetGroup:TargetGroup", "web-nlb")
	for path, want := range map[string]any{
		"vpcId": "vpc-1", "targetType": "instance", "protocol": "TCP", "port": 8080.0, "deregistrationDelay": 30.0, "preserveClientIp": "false",
		"healthCheck": map[string]any{
			"protocol": "HTTP", "port": "traffic-port", "path": "/well", "matcher": "200-399", "interval": 15.0, "timeout": 5.0,
			"healthyThreshold": 2.0, "unhealthyThreshold": 3.0,
		}, "proxyProtocolV2": false, "name": nil,
	} {
		assert.Equal(t, want, targets.Input(path), path)
	}
	require.Len(t, recording.Of(listenerResource), 1)
	listener := recording.One(t, listenerResource, "web-nlb-tls")
	assert.Equal(t, []any{443.0, "TLS", "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "forward"}, []any{
		listener.Input("port"), listener.Input("protocol"), listener.Input("sslPolicy"), listener.Input("defaultActions[0].type"),
	})
	assert.True(t, listener.After(certificateToACM, "web-nlb-certificate"))
}

func TestBalancersWithoutTLS(t *testing.T) {
	recording := beside(t, func(args *BalancerArgs) { args.TLS, args.Kind, args.Protect = false, "", false })
	assert.Equal(t, []any{
		map[string]any{"lbPort": 80.0, "lbProtocol": "http", "instancePort": 8080.0, "instanceProtocol": "http"},
	}, recording.One(t, classicResource, "web-clb").Input("listeners"))
	assert.False(t, recording.One(t, classicResource, "web-clb").Protect)
	balancer := recording.One(t, networkResource, "web-nlb")
	assert.Equal(t, map[string]any{"bucket": "", "enabled": false}, balancer.Input("accessLogs"))
	assert.Equal(t, false, balancer.Input("enableDeletionProtection"))
	listener := recording.One(t, listenerResource, "web-nlb-tcp")
	assert.Equal(t, []any{80.0, "TCP", nil, nil}, []any{
		listener.Input("port"), listener.Input("protocol"), listener.Input("sslPolicy"), listener.Input("certificateArn"),
	})
	require.Len(t, recording.Of(bucketResource), 1, "AWS writes no log of plain TCP")
	assert.Equal(t, true, recording.One(t, bucketResource, "web-clb-access-logs").Input("forceDestroy"))
	for _, none := range []string{
		certificateToACM, certificateToIAM, signedResource, keyResource, certificateToken,
		"aws:elb/listenerPolicy:ListenerPolicy", "aws:elb/loadBalancerPolicy:LoadBalancerPolicy",
	} {
		assert.Empty(t, recording.Of(none), none)
	}
}

func TestSelfSignedCertificatesBesideTheGate(t *testing.T) {
	recording := beside(t, unchanged)
	for name, want := range map[string][]any{
		"web-clb-certificate": {"RSA", 2048.0, nil, []any{"web-clb.internal"}},
		"web-nlb-certificate": {"ECDSA", nil, "P256", []any{"web-nlb-1.ap-northeast-1.elb.amazonaws.com"}},
	} {
		key, signed := recording.One(t, keyResource, name), recording.One(t, signedResource, name)
		assert.Equal(t, want, []any{key.Input("algorithm"), key.Input("rsaBits"), key.Input("ecdsaCurve"), signed.Input("dnsNames")}, name)
		assert.Equal(t, []any{8760.0, 720.0}, []any{signed.Input("validityPeriodHours"), signed.Input("earlyRenewalHours")}, name)
		assert.Equal(t, "torii:edge:Certificate", string(resource.URN(signed.Parent).Type()), name)
	}
	uploaded := recording.One(t, certificateToIAM, "web-clb-certificate")
	assert.Equal(t, recording.One(t, signedResource, "web-clb-certificate").Output("certPem"), uploaded.Input("certificateBody"))
	assert.Nil(t, uploaded.Input("name"), "with one, the old would have to go before the new one comes")
	assert.False(t, uploaded.DeleteBeforeReplace)
	require.Len(t, recording.Of(certificateToACM), 1)

	hosted := beside(t, func(args *BalancerArgs) { args.Host, args.ZoneID = "www.example.jp", "Z1" })
	assert.Equal(t, []any{"www.example.jp"}, hosted.One(t, signedResource, "web-clb-certificate").Input("dnsNames"))
	assert.Equal(t, []any{"web-nlb-1.ap-northeast-1.elb.amazonaws.com", "www.example.jp"},
		hosted.One(t, signedResource, "web-nlb-certificate").Input("dnsNames"))
	for _, balancer := range []string{"web-clb", "web-nlb"} {
		record := hosted.One(t, recordResource, balancer+"-A")
		assert.Equal(t, []any{"www.example.jp", "A", "Z1"}, []any{record.Input("name"), record.Input("type"), record.Input("zoneId")})
		assert.Equal(t, map[string]any{
			"name": balancer + "-1.ap-northeast-1.elb.amazonaws.com", "zoneId": "Z14GRHDCWA56QT", "evaluateTargetHealth": true,
		}, record.Input("aliases[0]"))
	}
}

func TestCertificateThatStandsAlreadyIsShared(t *testing.T) {
	const arn = "arn:aws:acm:ap-northeast-1:123456789012:certificate/1"
	recording := beside(t, func(args *BalancerArgs) {
		args.Kind, args.Host, args.CertificateARN = CertificateACM, "www.example.jp", pulumi.String(arn)
	})
	assert.Equal(t, arn, recording.One(t, classicResource, "web-clb").Input("listeners[1].sslCertificateId"))
	assert.Equal(t, arn, recording.One(t, listenerResource, "web-nlb-tls").Input("certificateArn"))
	assert.Empty(t, recording.Of(certificateToken))
	assert.Empty(t, recording.Of(recordResource))
}

func TestBalancersAskNobodyForCertificates(t *testing.T) {
	recording, err := recorder.Run("test", nil, func(ctx *pulumi.Context) error {
		_, err := NewClassic(ctx, "web-clb", &BalancerArgs{TLS: true, Kind: CertificateACM, Host: "www.example.jp"})
		return err
	})
	assert.ErrorContains(t, err, "creating load balancer web-clb: no certificate of kind acm is given")
	assert.Empty(t, recording.Of(classicResource))
}

func TestIssuedCertificate(t *testing.T) {
	recording := recorder.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		_, err := NewCertificate(ctx, "web-certificate", &CertificateArgs{
			Kind: CertificateACM, Hosts: []string{"www.example.jp", "*.www.example.jp"}, ZoneID: "Z1",
			OwnName: pulumi.String("web.internal"), Role: "web-certificate", Tags: tags.ForStack("torii", "test"),
		})
		return err
	})
	certificate := recording.One(t, certificateToACM, "web-certificate")
	assert.Equal(t, []any{"www.example.jp", []any{"*.www.example.jp"}, "DNS", "torii-test-web-certificate"}, []any{
		certificate.Input("domainName"), certificate.Input("subjectAlternativeNames"), certificate.Input("validationMethod"),
		certificate.Input("tags.Name"),
	})
	require.Len(t, recording.Of(recordResource), 1)
	proof := recording.One(t, recordResource, "web-certificate-validation-www.example.jp")
	assert.Equal(t, []any{"_validate.www.example.jp.", "CNAME", "Z1"}, []any{proof.Input("name"), proof.Input("type"), proof.Input("zoneId")})
	validation := recording.One(t, "aws:acm/certificateValidation:CertificateValidation", "web-certificate")
	assert.True(t, validation.After(recordResource, "web-certificate-validation-www.example.jp"))
	assert.Empty(t, recording.Of(keyResource))
}

func TestCertificatesThatCannotBe(t *testing.T) {
	hosts := []string{"www.example.jp"}
	for problem, args := range map[string]CertificateArgs{
		`"acme" is not a kind of certificate`: {Kind: "acme", Hosts: hosts},
		"ACM issues certificates for host names, and none is given": {
			Kind: CertificateACM, ZoneID: "Z1", OwnName: pulumi.String("c"),
		},
		"an ACM certificate is checked by DNS and needs a hosted zone": {Kind: CertificateACM, Hosts: hosts},
		"no name is given that it is for":                              {Kind: CertificateSelfSigned},
	} {
		recording, err := recorder.Run("test", nil, func(ctx *pulumi.Context) error {
			_, err := NewCertificate(ctx, "c", &args)
			return err
		})
		assert.ErrorContains(t, err, "creating certificate c: "+problem)
		assert.Empty(t, recording.All(), problem)
	}
}

func TestConnectionLogPolicy(t *testing.T) {
	at := account.Place{Partition: "aws", Region: "ap-northeast-1", AccountID: "123456789012"}
	text, err := bucket.Policy("arn:aws:s3:::logs", connectionLogWriters("arn:aws:s3:::logs", at)...)
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"LogDeliveryAsks","Effect":"Allow","Principal":{"Service":["delivery.logs.amazonaws.com"]},`+
		`"Action":["s3:GetBucketAcl"],"Resource":["arn:aws:s3:::logs"],`+
		`"Condition":{"ArnLike":{"aws:SourceArn":["arn:aws:logs:ap-northeast-1:123456789012:*"]},`+
		`"StringEquals":{"aws:SourceAccount":["123456789012"]}}},`+
		`{"Sid":"LogDeliveryWrites","Effect":"Allow","Principal":{"Service":["delivery.logs.amazonaws.com"]},`+
		`"Action":["s3:PutObject"],"Resource":["arn:aws:s3:::logs/AWSLogs/123456789012/*"],`+
		`"Condition":{"ArnLike":{"aws:SourceArn":["arn:aws:logs:ap-northeast-1:123456789012:*"]},`+
		`"StringEquals":{"aws:SourceAccount":["123456789012"],"s3:x-amz-acl":["bucket-owner-full-control"]}}},`+
		`{"Sid":"NobodyWithoutTLS","Effect":"Deny","Principal":"*","Action":["s3:*"],`+
		`"Resource":["arn:aws:s3:::logs","arn:aws:s3:::logs/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, text)
}
