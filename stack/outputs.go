package stack

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/security"
)

// outputs are the stack's outputs, the contract with other stacks: names are listed in
// README, which a test compares, and only ever added to.
func (d *deployment) outputs() pulumi.Map {
	workloadGroups := pulumi.StringMap{}
	for _, name := range d.settings.Names() {
		workloadGroups[name] = d.groups.GroupIDs[name]
	}
	all := pulumi.Map{
		"vpcId":                    d.vpc.ID,
		"publicSubnetIds":          d.vpc.PublicSubnetIDs,
		"privateSubnetIds":         d.vpc.PrivateSubnetIDs,
		"flows":                    flowOutput(d.flows),
		"workloadSecurityGroupIds": workloadGroups,
	}
	if d.gateway != nil {
		all["urls"] = d.urls()
		all["loadBalancerArn"] = d.gateway.LoadBalancerARN
		all["loadBalancerDnsName"] = d.gateway.DNSName
		all["loadBalancerZoneId"] = d.gateway.HostedZoneID
		all["httpsListenerArn"] = d.gateway.HTTPSListenerARN
		all["webAclArn"] = d.gateway.WebACLARN
		all["gatewaySecurityGroupId"] = d.groups.GroupIDs[gateway]
	}
	if d.cluster != nil {
		all["ecsClusterArn"] = d.cluster.ARN
	}
	return all
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
