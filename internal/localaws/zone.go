package localaws

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
)

// Explicit options for every client: nothing of the user's AWS configuration may reach it.
const globalRegion = "us-east-1" // of the services that are in no region

var anyCredentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
})

// EnsureZone makes the public hosted zone of a domain unless it is there, and tells whether it made it. A stack expects
// to find its zone, as it would in an account that owns the domain.
func (s *Server) EnsureZone(ctx context.Context, domain string) (bool, error) {
	client := route53.New(route53.Options{BaseEndpoint: aws.String(s.URL), Region: globalRegion, Credentials: anyCredentials})
	name := strings.TrimSuffix(domain, ".") + "."
	zones, err := client.ListHostedZonesByName(ctx, &route53.ListHostedZonesByNameInput{DNSName: aws.String(name)})
	if err != nil {
		return false, fmt.Errorf("looking for the hosted zone %s: %w", domain, err)
	}
	for _, zone := range zones.HostedZones {
		if aws.ToString(zone.Name) == name {
			return false, nil
		}
	}
	_, err = client.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{
		Name:            aws.String(name),
		CallerReference: aws.String(s.ID + "/" + name),
	})
	if err != nil {
		return false, fmt.Errorf("making the hosted zone %s: %w", domain, err)
	}
	return true, nil
}
