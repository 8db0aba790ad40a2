package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// everywhere is the destination of the way out.
const everywhere = "0.0.0.0/0"

// waysOut asks whether private subnets get to the internet, where the flow table has somebody there who does.
func (a *asker) waysOut(ctx context.Context) ([]Finding, error) {
	if !a.Outputs.has(func(f Flow) bool { return f.To == internet && f.From != natParty }) {
		return nil, nil
	}
	var all []Finding
	through := map[string]int{}
	for _, subnet := range a.Outputs.PrivateSubnetIDs {
		found, err := a.AWS.EC2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{
			Filters: []ec2types.Filter{filter("association.subnet-id", subnet)},
		})
		if err != nil {
			return all, fmt.Errorf("asking for the routes of %s: %w", subnet, err)
		}
		target, finding := judgeRoute(subnet, found.RouteTables)
		if finding != nil {
			all = append(all, *finding)
			continue
		}
		through[target]++
	}
	for _, target := range sorted(through) {
		finding, err := a.wayOut(ctx, target, through[target])
		if err != nil {
			return all, err
		}
		all = append(all, finding)
	}
	return all, nil
}

// wayOut judges a NAT gateway, or the network interface of a NAT instance, that some subnets go through.
func (a *asker) wayOut(ctx context.Context, target string, subnets int) (Finding, error) {
	what := "way out " + target
	if strings.HasPrefix(target, "nat-") {
		found, err := a.AWS.EC2.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{
			Filter: []ec2types.Filter{filter("nat-gateway-id", target)},
		})
		if err != nil {
			return Finding{}, fmt.Errorf("asking for NAT gateway %s: %w", target, err)
		}
		return judgeGateway(what, found.NatGateways, subnets), nil
	}
	found, err := a.AWS.EC2.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{
		Filters: []ec2types.Filter{filter("network-interface-id", target)},
	})
	if err != nil {
		return Finding{}, fmt.Errorf("asking for the network interface %s of a NAT instance: %w", target, err)
	}
	return judgeInterface(what, found.NetworkInterfaces, subnets), nil
}

func filter(name string, values ...string) ec2types.Filter {
	return ec2types.Filter{Name: aws.String(name), Values: values}
}

const again = "pulumi up --refresh makes it again"

// judgeRoute finds what a subnet's way out leads to, or says that it has none.
func judgeRoute(subnet string, tables []ec2types.RouteTable) (target string, finding *Finding) {
	say := func(why string) (string, *Finding) {
		f := failed("way out of "+subnet, why, again)
		return "", &f
	}
	for _, table := range tables {
		for _, route := range table.Routes {
			if aws.ToString(route.DestinationCidrBlock) != everywhere {
				continue
			}
			target := aws.ToString(route.NatGatewayId)
			if target == "" {
				target = aws.ToString(route.NetworkInterfaceId)
			}
			switch {
			case route.State == ec2types.RouteStateBlackhole:
				return say("its route leads to what is gone: " + target)
			case target == "":
				return say("its route leads neither to a NAT gateway nor to a NAT instance")
			}
			return target, nil
		}
	}
	return say("it has no route to the internet, which the flow table says is needed")
}

func judgeGateway(what string, found []ec2types.NatGateway, subnets int) Finding {
	if len(found) == 0 {
		return failed(what, "the NAT gateway is gone", again)
	}
	switch state := found[0].State; state {
	case ec2types.NatGatewayStateAvailable:
		return fine(what, "the NAT gateway is available, for %s", count(subnets, "subnet"))
	case ec2types.NatGatewayStatePending:
		return pending(what, "the NAT gateway is being made", "wait some minutes, then ask again")
	default:
		why := "the NAT gateway is " + string(state)
		if message := aws.ToString(found[0].FailureMessage); message != "" {
			why += ": " + message
		}
		return failed(what, why, again)
	}
}

func judgeInterface(what string, found []ec2types.NetworkInterface, subnets int) Finding {
	if len(found) == 0 {
		return failed(what, "the NAT instance's network interface is gone", again)
	}
	door := found[0]
	switch {
	case aws.ToBool(door.SourceDestCheck):
		return failed(what, "the NAT instance's network interface drops what is not its own: its source/destination check is on",
			"pulumi up --refresh turns it off")
	case door.Attachment == nil || aws.ToString(door.Attachment.InstanceId) == "":
		return pending(what, "no NAT instance has the network interface", "its Auto Scaling group starts one; its activity history says why not")
	case door.Attachment.Status != ec2types.AttachmentStatusAttached:
		return pending(what, "the NAT instance's network interface is "+string(door.Attachment.Status), "wait some minutes, then ask again")
	}
	return fine(what, "the NAT instance %s has it, for %s", aws.ToString(door.Attachment.InstanceId), count(subnets, "subnet"))
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
