package stack

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// fleetOutputs is where fleets answer, and what looks after them and the bastion.
func (d *deployment) fleetOutputs() pulumi.Map {
	all := pulumi.Map{}
	fleets := pulumi.MapMap{}
	for name, made := range d.fleets {
		urls := pulumi.StringMap{}
		for by, url := range made.urls {
			urls[by] = url
		}
		fleets[name] = pulumi.Map{"autoScalingGroup": made.fleet.GroupName, "urls": urls}
	}
	if len(fleets) > 0 {
		all["fleets"] = fleets
	}
	if d.door != nil {
		all["bastion"] = pulumi.Map{
			"autoScalingGroup": d.door.bastion.GroupName,
			"securityGroupId":  d.groups.GroupIDs[bastionParty],
			"policyArn":        d.door.access.PolicyARN,
			"policyName":       d.door.access.PolicyName,
		}
	}
	return all
}
