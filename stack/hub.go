package stack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/jupyterhub"
	"torii/compute/jupyterhub/guest"
	"torii/edge"
	"torii/internal/machine"
	"torii/operations"
	"torii/stack/settings"
)

// hub makes one JupyterHub.
func (d *deployment) hub(name string, h settings.JupyterHub) error {
	site := edge.Site{Name: name, Host: h.Host}
	route, err := d.route(site, edge.Instances, guest.Port, guest.HealthPath)
	if err != nil {
		return err
	}
	// An instance installs from the internet and from AWS, so the ways there come first;
	// and nothing asks after its health until the gate leads to it.
	ready := append(d.ways(), route.Rule)
	facts := d.cloud.hubs[name]
	subnet := slices.Index(d.settings.Network.Zones, facts.zone)
	made, err := jupyterhub.NewHub(d.ctx, name, &jupyterhub.HubArgs{
		Settings:     guestSettings(h),
		PublicURL:    d.url(site),
		InstanceType: h.InstanceType,
		Image:        facts.image,
		Volume: machine.Volume{
			Zone: facts.zone, GiB: h.HomeGiB, SnapshotID: facts.snapshotID,
			FinalSnapshot: h.FinalSnapshot, Protect: d.settings.Operations.Protect,
		},
		SnapshotDays:     h.SnapshotDays,
		SubnetID:         d.vpc.PrivateSubnetIDs.Index(pulumi.Int(subnet)),
		SecurityGroupID:  d.groups.GroupIDs[name],
		TargetGroupARN:   route.TargetGroupARN,
		Ready:            ready,
		LogRetentionDays: d.settings.Operations.LogRetentionDays,
		SessionKeyARN:    d.sessionKey(),
		KeyARN:           d.keyARN(),
		Cloud:            d.place(),
		Tags:             d.tags,
	})
	if err != nil {
		return err
	}
	d.hubs[name] = made
	d.watched.Hubs = append(d.watched.Hubs, operations.Hub{Workload: name, LogGroup: made.LogGroup})
	d.watched.Snapshots = append(d.watched.Snapshots, operations.Snapshots{Workload: name, PolicyID: made.SnapshotPolicyID})
	return nil
}

// guestSettings are the settings that the hub itself reads, but for its address, which
// may be known only when the load balancer is there.
func guestSettings(h settings.JupyterHub) guest.Settings {
	return guest.Settings{
		Authenticator:   h.Authenticator,
		Admins:          h.Admins,
		Users:           h.Users,
		ClientID:        h.ClientID,
		ClientSecretARN: h.ClientSecret,
		Issuer:          h.Issuer,
		UsernameClaim:   h.UsernameClaim,
		UserMemoryMiB:   h.UserMemoryMiB,
		UserCPUs:        h.UserCPUs,
		IdleMinutes:     h.IdleMinutes,
	}
}

// longestURL is as long as a host name can make an address.
var longestURL = "https://" + strings.Repeat("x", 253) + "/"

// tooManyPeople refuses a hub whose settings would not fit where they are kept, which
// AWS would refuse half-way through.
func tooManyPeople(problems *settings.Problems, s settings.Settings) {
	for _, name := range s.Names() {
		hub := s.Workloads[name].JupyterHub
		if hub == nil {
			continue
		}
		inner := guestSettings(*hub)
		inner.PublicURL = longestURL
		if _, err := inner.JSON(); err != nil {
			problems.Add("torii:workloads."+name+".users", fmt.Sprintf("%d admins and users are too many: %v",
				len(hub.Admins)+len(hub.Users), err))
		}
	}
}
