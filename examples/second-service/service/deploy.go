// Package service puts a web service behind the gate of a Torii stack. It makes rules and a certificate on the gate's
// listener and its security group, each a resource of its own, and changes nothing that the Torii stack made.
package service

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/fargate"
	"torii/consume"
	"torii/edge"
	"torii/internal/account"
	"torii/internal/tags"
	"torii/security"
)

const logRetentionDays = 90

// writablePaths is what nginx writes to; everything else of the container's file system stays as it is in the image.
var writablePaths = []string{"/run", "/tmp", "/var/cache/nginx"}

// Deploy is the whole program. Nothing is made when a setting is wrong, or when the Torii stack is not as it must be.
func Deploy(ctx *pulumi.Context) error {
	chosen, err := load(ctx)
	if err != nil {
		return err
	}
	torii, err := consume.Read(ctx, chosen.Torii)
	if err != nil {
		return err
	}
	if err := chosen.checkWith(torii); err != nil {
		return err
	}
	d := &deployment{ctx: ctx, settings: chosen, torii: torii, tags: tags.ForStack(ctx.Project(), ctx.Stack())}
	if err := d.lookUp(); err != nil {
		return err
	}
	return d.make()
}

// deployment is what the parts of the program share.
type deployment struct {
	ctx      *pulumi.Context
	settings settings
	torii    *consume.Outputs
	cloud    account.Place
	zoneID   string // of domain; "" without
	tags     tags.Set
}

// lookUp asks AWS where the service will stand.
func (d *deployment) lookUp() error {
	caller, err := aws.GetCallerIdentity(d.ctx, nil)
	if err != nil {
		return fmt.Errorf("asking AWS which account this is: %w", err)
	}
	partition, err := aws.GetPartition(d.ctx, nil)
	if err != nil {
		return fmt.Errorf("asking AWS which partition this is: %w", err)
	}
	region, err := aws.GetRegion(d.ctx, nil)
	if err != nil {
		return fmt.Errorf("asking AWS which region this is: %w", err)
	}
	d.cloud = account.Place{Partition: partition.Partition, Region: region.Name, AccountID: caller.AccountId}
	here := fmt.Sprintf("arn:%s:elasticloadbalancing:%s:%s:", d.cloud.Partition, d.cloud.Region, d.cloud.AccountID)
	if !strings.HasPrefix(d.torii.LoadBalancerARN, here) {
		return fmt.Errorf("the gate of stack %s, %s, is not in account %s and region %s; a service stands where its gate does",
			d.torii.Stack, d.torii.LoadBalancerARN, d.cloud.AccountID, d.cloud.Region)
	}
	if d.settings.Domain == "" {
		return nil
	}
	zone, err := route53.LookupZone(d.ctx, &route53.LookupZoneArgs{Name: pulumi.StringRef(d.settings.Domain)})
	if err != nil {
		return fmt.Errorf("domain: %s has no public hosted zone in this account's Route 53: %w", d.settings.Domain, err)
	}
	d.zoneID = zone.ZoneId
	return nil
}

// make makes everything, in the order in which it is needed.
func (d *deployment) make() error {
	table := flows(d.settings.Port, d.torii.WaysOut())
	groups, err := d.firewall(table)
	if err != nil {
		return err
	}
	if err := d.certificate(); err != nil {
		return err
	}
	route, err := d.route()
	if err != nil {
		return err
	}
	cluster, err := d.cluster()
	if err != nil {
		return err
	}
	made, err := fargate.NewService(d.ctx, name, &fargate.ServiceArgs{
		Cluster: cluster,
		Image:   d.settings.Image, Port: d.settings.Port, CPU: d.settings.CPU, Memory: d.settings.Memory,
		Min: d.settings.Min, Max: d.settings.Max, ReadOnly: true, WritablePaths: writablePaths,
		SubnetIDs:            pulumi.ToStringArray(d.torii.PrivateSubnetIDs),
		SecurityGroupID:      groups.GroupIDs[name],
		TargetGroupARN:       route.TargetGroupARN,
		TargetGroupARNSuffix: route.TargetGroupARNSuffix,
		LoadBalancerSuffix:   pulumi.String(d.torii.LoadBalancerSuffix()),
		ListenerRule:         route.Rule,
		LogRetentionDays:     logRetentionDays,
		Partition:            d.cloud.Partition,
		Region:               d.cloud.Region,
		AccountID:            d.cloud.AccountID,
		Tags:                 d.tags,
	})
	if err != nil {
		return err
	}
	d.ctx.Export("url", pulumi.String("https://"+d.settings.Host+"/"))
	d.ctx.Export("securityGroupId", groups.GroupIDs[name])
	d.ctx.Export("ecsClusterArn", cluster.ARN)
	d.ctx.Export("ecsServiceName", made.Name)
	if err := d.ctx.Log.Info("who may talk to whom because of this service\n\n"+security.Table(table), nil); err != nil {
		return fmt.Errorf("printing the flow table: %w", err)
	}
	return d.warn()
}

// firewall makes the service's security group, and the rules on both ends of each flow.
func (d *deployment) firewall(table []security.Flow) (*security.Firewall, error) {
	standing := security.Groups{consume.Gateway: pulumi.String(d.torii.GatewaySecurityGroupID)}
	for party, id := range map[string]string{
		consume.NAT: d.torii.NATSecurityGroupID, consume.Endpoints: d.torii.EndpointsSecurityGroupID,
	} {
		if id != "" {
			standing[party] = pulumi.String(id)
		}
	}
	return security.NewFirewall(d.ctx, "firewall", &security.FirewallArgs{
		VPCID:          pulumi.String(d.torii.VPCID),
		Groups:         []string{name},
		Standing:       standing,
		Flows:          table,
		S3PrefixListID: pulumi.String(d.torii.S3PrefixListID),
		Tags:           d.tags,
	})
}

// certificate adds one for the host to the gate's listener, beside those that are there.
func (d *deployment) certificate() error {
	kind := edge.CertificateSelfSigned
	if d.zoneID != "" {
		kind = edge.CertificateACM
	}
	made, err := edge.NewCertificate(d.ctx, name, &edge.CertificateArgs{
		Kind: kind, Hosts: []string{d.settings.Host}, ZoneID: d.zoneID, Role: name, Tags: d.tags,
	})
	if err != nil {
		return err
	}
	_, err = lb.NewListenerCertificate(d.ctx, name, &lb.ListenerCertificateArgs{
		ListenerArn: pulumi.String(d.torii.HTTPSListenerARN), CertificateArn: made.ARN,
	}, pulumi.Parent(made))
	if err != nil {
		return fmt.Errorf("adding the certificate of %s to the gate's listener: %w", d.settings.Host, err)
	}
	return nil
}

// route leads the host from the gate to the service.
func (d *deployment) route() (*edge.Route, error) {
	priority := d.settings.Priority
	if priority == 0 {
		priority = consume.Priority(d.ctx.Project(), d.ctx.Stack(), name)
	}
	return edge.NewRoute(d.ctx, name, &edge.RouteArgs{
		Site: edge.Site{Name: name, Host: d.settings.Host},
		Gateway: &edge.Gateway{
			DNSName:          pulumi.String(d.torii.LoadBalancerDNSName).ToStringOutput(),
			HostedZoneID:     pulumi.String(d.torii.LoadBalancerZoneID).ToStringOutput(),
			HTTPSListenerARN: pulumi.String(d.torii.HTTPSListenerARN).ToStringOutput(),
		},
		ZoneID:     d.zoneID,
		VPCID:      pulumi.String(d.torii.VPCID),
		Targets:    edge.Addresses,
		Port:       d.settings.Port,
		HealthPath: d.settings.HealthPath,
		Priority:   priority,
		Tags:       d.tags,
	})
}

// cluster is that of the Torii stack, or one of the service's own where that has none.
func (d *deployment) cluster() (*fargate.Cluster, error) {
	if arn := d.torii.ECSClusterARN; arn != "" {
		return &fargate.Cluster{
			ARN:  pulumi.String(arn).ToStringOutput(),
			Name: pulumi.String(arn[strings.LastIndex(arn, "/")+1:]).ToStringOutput(),
		}, nil
	}
	return fargate.NewCluster(d.ctx, name, &fargate.ClusterArgs{Tags: d.tags})
}

// warn says what works today and may not tomorrow.
func (d *deployment) warn() error {
	lender := d.torii.LentBy(d.settings.Port)
	if lender == "" {
		return nil
	}
	err := d.ctx.Log.Warn(fmt.Sprintf("port %d is open in stack %s for its workload %s, and closes when that goes; add %d to "+
		"torii:edge.otherStackPorts there to keep it open", d.settings.Port, d.torii.Stack, lender, d.settings.Port), nil)
	if err != nil {
		return fmt.Errorf("warning of port %d: %w", d.settings.Port, err)
	}
	return nil
}
