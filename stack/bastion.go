package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/bastion"
	"torii/security/access"
)

// door is the bastion and who may use it.
type door struct {
	bastion *bastion.Bastion
	access  *access.Bastion
}

// bastion makes the bastion, of which nothing runs until somebody asks for it.
func (d *deployment) bastion() error {
	b := d.settings.Bastion
	if !b.Enabled {
		return nil
	}
	var alarms pulumi.StringInput
	if d.audit != nil {
		alarms = d.audit.TopicARN
	}
	made, err := bastion.NewBastion(d.ctx, bastionParty, &bastion.Args{
		InstanceType:    b.InstanceType,
		Image:           d.cloud.bastionImage,
		Hours:           b.Hours,
		NightHourUTC:    b.NightHourUTC,
		AlarmTopicARN:   alarms,
		SubnetIDs:       d.vpc.PrivateSubnetIDs,
		SecurityGroupID: d.groups.GroupIDs[bastionParty],
		SessionKeyARN:   d.sessionKey(),
		KeyARN:          d.keyARN(),
		Ready:           d.ways(),
		Cloud:           d.place(),
		Tags:            d.tags,
	})
	if err != nil {
		return err
	}
	granted, err := access.NewBastion(d.ctx, bastionParty, &access.BastionArgs{
		Users:         b.Users,
		Shell:         b.Shell,
		GroupName:     made.GroupName,
		TeamTag:       bastion.TeamTag(d.tags, bastionParty),
		SessionKeyARN: d.sessionKey(),
		Cloud:         d.place(),
		Tags:          d.tags,
	})
	if err != nil {
		return err
	}
	d.door = &door{bastion: made, access: granted}
	return nil
}
