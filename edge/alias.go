package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// alias is a name that leads to a load balancer.
type alias struct {
	zoneID       string             // of the hosted zone that the host is in
	host         string             // the name
	record       string             // A or AAAA
	dnsName      pulumi.StringInput // of the load balancer
	hostedZoneID pulumi.StringInput // of the load balancer's own name, which is not the host's
}

// make makes the alias, named after the type of its record, in parent.
func (a alias) make(ctx *pulumi.Context, name string, parent pulumi.Resource) error {
	_, err := route53.NewRecord(ctx, name+"-"+a.record, &route53.RecordArgs{
		ZoneId: pulumi.String(a.zoneID),
		Name:   pulumi.String(a.host),
		Type:   pulumi.String(a.record),
		Aliases: route53.RecordAliasArray{&route53.RecordAliasArgs{
			Name:                 a.dnsName,
			ZoneId:               a.hostedZoneID,
			EvaluateTargetHealth: pulumi.Bool(true),
		}},
	}, pulumi.Parent(parent))
	if err != nil {
		return fmt.Errorf("creating %s record of %s: %w", a.record, a.host, err)
	}
	return nil
}
