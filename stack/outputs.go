package stack

import (
	"maps"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/edge"
	"torii/security"
	"torii/stack/settings"
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
		"s3PrefixListId":           d.vpc.S3PrefixListID,
	}
	// Parties beside the workloads, which must admit other stacks' services.
	for party, name := range map[string]string{natParty: "natSecurityGroupId", endpoints: "endpointsSecurityGroupId"} {
		if id, made := d.groups.GroupIDs[party]; made {
			all[name] = id
		}
	}
	if urls := d.urls(); len(urls) > 0 {
		all["urls"] = urls
	}
	if d.key != nil {
		all["keyArn"] = d.key.ARN
	}
	if d.gateway != nil {
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
	if len(d.hubs) > 0 {
		all["hubs"] = d.hubOutputs()
	}
	maps.Copy(all, d.notebookOutputs())
	maps.Copy(all, d.sessionOutputs())
	maps.Copy(all, d.fleetOutputs())
	maps.Copy(all, d.authorityOutputs())
	maps.Copy(all, d.operationsOutputs())
	return all
}

// urls is where each workload answers.
func (d *deployment) urls() pulumi.StringMap {
	urls := pulumi.StringMap{}
	for _, site := range sites(d.settings) {
		urls[site.Name] = d.url(site)
	}
	for name, made := range d.fleets {
		urls[name] = made.urls[d.settings.Workloads[name].Fleet.Expose[0]]
	}
	return urls
}

// url is where one workload answers.
func (d *deployment) url(site edge.Site) pulumi.StringInput {
	if site.Host == "" {
		return pulumi.Sprintf("https://%s/", d.gateway.DNSName)
	}
	return pulumi.String("https://" + site.Host + "/")
}

// hubOutputs is what one needs to look after the hubs.
func (d *deployment) hubOutputs() pulumi.MapMap {
	hubs := pulumi.MapMap{}
	for name, hub := range d.hubs {
		about := pulumi.Map{
			"volumeId":         hub.VolumeID,
			"logGroup":         hub.LogGroup,
			"autoScalingGroup": hub.GroupName,
			"secretArn":        hub.SecretsARN, // a parameter's: the name is of when it was a secret of Secrets Manager
		}
		if d.settings.Workloads[name].JupyterHub.Authenticator == settings.AuthenticatorNative {
			about["firstPasswords"] = pulumi.Sprintf(
				"aws ssm get-parameter --region %s --name %s --with-decryption --query Parameter.Value --output text",
				d.cloud.region, hub.SecretsName)
		}
		hubs[name] = about
	}
	return hubs
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
