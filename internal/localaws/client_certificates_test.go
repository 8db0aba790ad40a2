//go:build integration

package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"torii/internal/certtest"
)

func TestListenerAsksForClientCertificates(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	bundle := certtest.Authority(t, "test").Certificate
	store, err := s.create("bundle", s.put("bundle", bundle))
	if err != nil {
		t.Fatal(err)
	}
	made := certtest.SelfSigned(t, "test")
	certificate := ask(t, acm.NewFromConfig(config(s.server)).ImportCertificate, &acm.ImportCertificateInput{
		Certificate: []byte(made.Certificate), PrivateKey: []byte(made.Key),
	}).CertificateArn
	balancer := ask(t, s.balancing.CreateLoadBalancer, &elb.CreateLoadBalancerInput{
		Name: aws.String("gate"), Subnets: s.subnets,
	}).LoadBalancers[0]
	listen := func(port int32, protocol elbtypes.ProtocolEnum, asks *elbtypes.MutualAuthenticationAttributes) (*elbtypes.Listener, error) {
		request := &elb.CreateListenerInput{
			LoadBalancerArn: balancer.LoadBalancerArn, Protocol: protocol, Port: &port, MutualAuthentication: asks,
			DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: &s.targets}},
		}
		if protocol == elbtypes.ProtocolEnumHttps {
			request.Certificates = []elbtypes.Certificate{{CertificateArn: certificate}}
		}
		made, err := s.balancing.CreateListener(t.Context(), request)
		if err != nil {
			return nil, err
		}
		return &made.Listeners[0], nil
	}
	verify := &elbtypes.MutualAuthenticationAttributes{Mode: aws.String("verify"), TrustStoreArn: store.TrustStoreArn}
	plain, err := listen(80, elbtypes.ProtocolEnumHttp, nil)
	if err != nil || plain.MutualAuthentication != nil {
		t.Errorf("HTTP: %+v, %v", plain, err)
	}
	quiet, err := listen(443, elbtypes.ProtocolEnumHttps, nil)
	if err != nil || *quiet.MutualAuthentication.Mode != "off" {
		t.Fatalf("HTTPS: %+v, %v", quiet, err)
	}
	asks, err := listen(8443, elbtypes.ProtocolEnumHttps, verify)
	if err != nil || *asks.MutualAuthentication.Mode != "verify" || *asks.MutualAuthentication.IgnoreClientCertificateExpiry {
		t.Fatalf("HTTPS, asking: %+v, %v", asks, err)
	}
	for _, wrong := range []struct {
		port          int32
		protocol      elbtypes.ProtocolEnum
		asks          elbtypes.MutualAuthenticationAttributes
		code, problem string
	}{
		{81, elbtypes.ProtocolEnumHttp, *verify, "InvalidConfigurationRequest", "not supported on HTTP listeners"},
		{444, elbtypes.ProtocolEnumHttps, elbtypes.MutualAuthenticationAttributes{Mode: aws.String("verify")}, "ValidationError", "trust store"},
		{444, elbtypes.ProtocolEnumHttps, elbtypes.MutualAuthenticationAttributes{Mode: aws.String("on")}, "ValidationError", "'on'"},
		{444, elbtypes.ProtocolEnumHttps, elbtypes.MutualAuthenticationAttributes{
			Mode: aws.String("off"), TrustStoreArn: store.TrustStoreArn,
		}, "ValidationError", "mode off"},
		{444, elbtypes.ProtocolEnumHttps, elbtypes.MutualAuthenticationAttributes{
			Mode: aws.String("verify"), TrustStoreArn: aws.String("arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:truststore/none/1"),
		}, "TrustStoreNotFound", "truststore/none/1"},
	} {
		_, err := listen(wrong.port, wrong.protocol, &wrong.asks)
		refused(t, err, wrong.code, wrong.problem)
	}

	drop := func() error {
		_, err := s.balancing.DeleteTrustStore(t.Context(), &elb.DeleteTrustStoreInput{TrustStoreArn: store.TrustStoreArn})
		return err
	}
	refused(t, drop(), "TrustStoreInUse", "is currently in use by a listener")
	users := func() []elbtypes.TrustStoreAssociation {
		t.Helper()
		return ask(t, s.balancing.DescribeTrustStoreAssociations, &elb.DescribeTrustStoreAssociationsInput{
			TrustStoreArn: store.TrustStoreArn,
		}).TrustStoreAssociations
	}
	if all := users(); len(all) != 1 || *all[0].ResourceArn != *balancer.LoadBalancerArn {
		t.Errorf("users: %+v", all)
	}
	ask(t, s.balancing.ModifyListener, &elb.ModifyListenerInput{ListenerArn: asks.ListenerArn, Port: aws.Int32(8444)})
	if all := users(); len(all) != 1 {
		t.Error("a change of the port made the listener ask nobody any more")
	}
	ask(t, s.balancing.ModifyListener, &elb.ModifyListenerInput{
		ListenerArn: asks.ListenerArn, MutualAuthentication: &elbtypes.MutualAuthenticationAttributes{Mode: aws.String("off")},
	})
	if all := users(); len(all) != 0 {
		t.Errorf("users: %+v", all)
	}
	if err := drop(); err != nil {
		t.Error(err)
	}
	refused(t, drop(), "TrustStoreNotFound", *store.TrustStoreArn)
}
