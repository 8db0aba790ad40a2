package stack

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/security"
)

// export writes the stack's outputs, the contract with other stacks: names are listed
// in README and only ever added to.
func (d *deployment) export() {
	d.ctx.Export("vpcId", d.vpc.ID)
	d.ctx.Export("publicSubnetIds", d.vpc.PublicSubnetIDs)
	d.ctx.Export("privateSubnetIds", d.vpc.PrivateSubnetIDs)
	d.ctx.Export("flows", flowOutput(d.flows))

	workloadGroups := pulumi.StringMap{}
	for _, name := range d.settings.Names() {
		workloadGroups[name] = d.groups.GroupIDs[name]
	}
	d.ctx.Export("workloadSecurityGroupIds", workloadGroups)
	if d.gateway != nil {
		d.ctx.Export("urls", d.urls())
		d.ctx.Export("loadBalancerArn", d.gateway.LoadBalancerARN)
		d.ctx.Export("loadBalancerDnsName", d.gateway.DNSName)
		d.ctx.Export("loadBalancerZoneId", d.gateway.HostedZoneID)
		d.ctx.Export("httpsListenerArn", d.gateway.HTTPSListenerARN)
		d.ctx.Export("webAclArn", d.gateway.WebACLARN)
		d.ctx.Export("gatewaySecurityGroupId", d.groups.GroupIDs[gateway])
	}
	if d.cluster != nil {
		d.ctx.Export("ecsClusterArn", d.cluster.ARN)
	}
}

// urls is where each workload answers.
func (d *deployment) urls() pulumi.StringMap {
	urls := pulumi.StringMap{}
	for _, site := range sites(d.settings) {
		if site.Host == "" {
			urls[site.Name] = pulumi.Sprintf("https://%s/", d.gateway.DNSName)
		} else {
			urls[site.Name] = pulumi.String("https://" + site.Host + "/")
		}
	}
	return urls
}

// flowOutput is the flow table for programs to read.
func flowOutput(table []security.Flow) pulumi.MapArray {
	rows := make(pulumi.MapArray, len(table))
	for i, flow := range table {
		row := pulumi.Map{
			"from": pulumi.String(flow.From),
			"to":   pulumi.String(flow.To),
			"port": pulumi.String("tcp/" + strconv.Itoa(flow.Port)),
			"why":  pulumi.String(flow.Why),
		}
		if len(flow.Open) > 0 {
			row["ranges"] = pulumi.ToStringArray(flow.Open)
		}
		rows[i] = row
	}
	return rows
}
