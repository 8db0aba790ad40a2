package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// tlsPolicy allows TLS 1.3 and 1.2 with forward secrecy and authenticated encryption
// only. Source: "Security policies for your Application Load Balancer" in AWS's guide.
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"

// listeners makes the HTTPS listener, which answers 404 to hosts it does not know, and
// the HTTP one, which only ever says where HTTPS is.
func (b *builder) listeners(certificates []siteCertificate) (*lb.Listener, error) {
	https, err := lb.NewListener(b.ctx, b.name+"-https", &lb.ListenerArgs{
		LoadBalancerArn: b.lb.Arn,
		Port:            pulumi.Int(443),
		Protocol:        pulumi.String("HTTPS"),
		SslPolicy:       pulumi.String(tlsPolicy),
		CertificateArn:  certificates[0].arn, // for clients that do not say which host they want
		DefaultActions: lb.ListenerDefaultActionArray{&lb.ListenerDefaultActionArgs{
			Type: pulumi.String("fixed-response"),
			FixedResponse: &lb.ListenerDefaultActionFixedResponseArgs{
				ContentType: pulumi.String("text/plain"),
				MessageBody: pulumi.String("not found"),
				StatusCode:  pulumi.String("404"),
			},
		}},
		MutualAuthentication: b.clientAuth(),
		Tags:                 b.args.Tags.Named("https"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, fmt.Errorf("creating HTTPS listener: %w", err)
	}
	for _, each := range certificates {
		if each.site == "" {
			continue // the one certificate for all is the listener's own
		}
		_, err := lb.NewListenerCertificate(b.ctx, b.name+"-"+each.site, &lb.ListenerCertificateArgs{
			ListenerArn:    https.Arn,
			CertificateArn: each.arn,
		}, pulumi.Parent(b.self))
		if err != nil {
			return nil, fmt.Errorf("adding certificate of %s to the HTTPS listener: %w", each.site, err)
		}
	}
	_, err = lb.NewListener(b.ctx, b.name+"-http", &lb.ListenerArgs{
		LoadBalancerArn: b.lb.Arn,
		Port:            pulumi.Int(80),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{&lb.ListenerDefaultActionArgs{
			Type: pulumi.String("redirect"),
			Redirect: &lb.ListenerDefaultActionRedirectArgs{
				Protocol:   pulumi.String("HTTPS"),
				Port:       pulumi.String("443"),
				StatusCode: pulumi.String("HTTP_301"),
			},
		}},
		Tags: b.args.Tags.Named("http"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return nil, fmt.Errorf("creating HTTP listener: %w", err)
	}
	return https, nil
}

// clientAuth says whether clients are asked for a certificate. That they are not must be
// said: the provider takes silence for what there was before.
func (b *builder) clientAuth() *lb.ListenerMutualAuthenticationArgs {
	if b.args.TrustStoreARN == nil {
		return &lb.ListenerMutualAuthenticationArgs{Mode: pulumi.String("off")}
	}
	return &lb.ListenerMutualAuthenticationArgs{
		Mode:                          pulumi.String("verify"),
		TrustStoreArn:                 b.args.TrustStoreARN.ToStringOutput().ToStringPtrOutput(),
		IgnoreClientCertificateExpiry: pulumi.Bool(false),
	}
}
