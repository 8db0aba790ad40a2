package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/notebooks"
	"torii/compute/notebooks/guest"
	"torii/stack/settings"
)

// notebookOutputs is what people need to reach their notebooks, and who looks after them
// to know what there is.
func (d *deployment) notebookOutputs() pulumi.Map {
	if len(d.teams) == 0 {
		return nil
	}
	all, kept, access := pulumi.MapMap{}, pulumi.StringMapMap{}, pulumi.MapMap{}
	for name, team := range d.teams {
		each, homes := pulumi.Map{}, pulumi.StringMap{}
		for notebook, volume := range team.notebooks.VolumeIDs {
			if about, current := team.seats[notebook]; current {
				each[notebook] = d.notebookOutput(name, about, team.notebooks.InstanceIDs[notebook], volume)
			} else {
				homes[notebook] = volume
			}
		}
		all[name], kept[name] = each, homes
		policies := pulumi.StringMap{}
		for person, arn := range team.access.PolicyARNs {
			if person == "" {
				person = "everybody"
			}
			policies[person] = arn
		}
		granted := pulumi.Map{"policies": policies}
		if d.settings.Workloads[name].Notebooks.Access == settings.AccessUsers {
			granted["group"] = team.access.GroupName
		} else {
			granted["policyName"] = team.access.PolicyName
		}
		access[name] = granted
	}
	return pulumi.Map{"notebooks": all, "keptHomes": kept, "notebookAccess": access}
}

// notebookOutput is one notebook's.
func (d *deployment) notebookOutput(team string, n notebooks.Notebook, instanceID, volumeID pulumi.StringOutput) pulumi.Map {
	region := d.cloud.region
	parameter := notebooks.TokenParameter(notebooks.Path(d.tags, team), n)
	return pulumi.Map{
		"owner":      pulumi.String(n.Owner),
		"instanceId": instanceID,
		"volumeId":   volumeID,
		"localPort":  pulumi.Int(n.LocalPort),
		"url":        pulumi.Sprintf("http://127.0.0.1:%d/lab", n.LocalPort),
		"command": pulumi.Sprintf("aws ssm start-session --region %s --target %s --document-name AWS-StartPortForwardingSession "+
			`--parameters '{"portNumber":["%d"],"localPortNumber":["%d"]}'`, region, instanceID, guest.Port, n.LocalPort),
		"start": pulumi.Sprintf("aws ec2 start-instances --region %s --instance-ids %s", region, instanceID),
		"token": pulumi.Sprintf("aws ssm get-parameter --region %s --name %s --with-decryption --query Parameter.Value --output text",
			region, parameter),
	}
}

// sessionOutputs is what reports sessions, for other stacks to add to.
func (d *deployment) sessionOutputs() pulumi.Map {
	all := pulumi.Map{}
	if d.audit != nil {
		all["sessionTopicArn"] = d.audit.TopicARN
		if d.settings.Security.Trail == settings.TrailStack {
			all["trailArn"] = d.audit.TrailARN
		}
	}
	if d.preferences != nil {
		all["sessionKeyArn"] = d.preferences.KeyARN
	}
	return all
}
