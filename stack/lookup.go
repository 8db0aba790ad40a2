package stack

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/edge/authority"
	"torii/internal/machine"
	"torii/internal/tags"
	"torii/stack/settings"
)

// cloud is what AWS says of the account before anything is made in it.
type cloud struct {
	partition, region, accountID string
	zoneID                       string // of edge.domain; "" without
	hubs                         map[string]hubFacts
	teams                        map[string]teamFacts
	fleets                       map[string]fleetFacts
	keepsWork                    bool               // whether people's work needs the stack's key
	natImage, bastionImage       machine.Image      // of machines that the settings ask for
	issued                       []authority.Issued // certificates that earlier deployments gave to clients
}

// lookUp asks AWS where the stack will stand. It fails when the domain's hosted zone
// does not exist.
func lookUp(ctx *pulumi.Context, s settings.Settings) (cloud, error) {
	caller, err := aws.GetCallerIdentity(ctx, nil)
	if err != nil {
		return cloud{}, fmt.Errorf("asking AWS which account this is: %w", err)
	}
	partition, err := aws.GetPartition(ctx, nil)
	if err != nil {
		return cloud{}, fmt.Errorf("asking AWS which partition this is: %w", err)
	}
	region, err := aws.GetRegion(ctx, nil)
	if err != nil {
		return cloud{}, fmt.Errorf("asking AWS which region this is: %w", err)
	}
	found := cloud{partition: partition.Partition, region: region.Name, accountID: caller.AccountId}
	if wrong := otherRegion(s.Network.Zones, found.region); wrong != "" {
		return cloud{}, fmt.Errorf("torii:network.zones: %s is not in region %s", wrong, found.region)
	}
	tagValue := func(name string) string {
		return machine.DataTagValue(tags.ForStack(ctx.Project(), ctx.Stack()), name)
	}
	if found.hubs, err = lookUpHubs(ctx, s, tagValue); err != nil {
		return cloud{}, err
	}
	if found.teams, err = lookUpTeams(ctx, s, tagValue); err != nil {
		return cloud{}, err
	}
	if found.keepsWork, err = lookUpWork(ctx, s); err != nil {
		return cloud{}, err
	}
	if found.fleets, err = lookUpFleets(ctx, s, found.region); err != nil {
		return cloud{}, err
	}
	if err := lookUpHelpers(ctx, s, &found); err != nil {
		return cloud{}, err
	}
	if s.HasAuthority() {
		if found.issued, err = lastIssued(ctx); err != nil {
			return cloud{}, err
		}
	}
	if s.Edge.Domain == "" {
		return found, nil
	}
	zone, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{Name: pulumi.StringRef(s.Edge.Domain)})
	if err != nil {
		return cloud{}, fmt.Errorf(
			"torii:edge.domain: %s has no public hosted zone in this account's Route 53; create it first, or leave domain out: %w",
			s.Edge.Domain, err)
	}
	found.zoneID = zone.ZoneId
	return found, nil
}

// otherRegion returns the first zone that is not in a region: settings can check that
// only when the stack file names the region itself.
func otherRegion(zones []string, region string) string {
	for _, zone := range zones {
		if zone[:len(zone)-1] != region { // a zone is its region and a letter; settings saw to that
			return zone
		}
	}
	return ""
}
