package recovery

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// prefixes tell EC2's kinds of things by their IDs.
var prefixes = map[string]string{
	"vpc-": "aws:ec2/vpc:Vpc", "subnet-": "aws:ec2/subnet:Subnet", "igw-": "aws:ec2/internetGateway:InternetGateway",
	"nat-": "aws:ec2/natGateway:NatGateway", "eipalloc-": "aws:ec2/eip:Eip", "rtb-": "aws:ec2/routeTable:RouteTable",
	"sg-": "aws:ec2/securityGroup:SecurityGroup", "acl-": "aws:ec2/networkAcl:NetworkAcl",
	"eni-": "aws:ec2/networkInterface:NetworkInterface", "i-": "aws:ec2/instance:Instance", "vol-": "aws:ebs/volume:Volume",
	"fl-": "aws:ec2/flowLog:FlowLog", "lt-": "aws:ec2/launchTemplate:LaunchTemplate", "vpce-": "aws:ec2/vpcEndpoint:VpcEndpoint",
}

func typesOf(all map[string]string) []string {
	var tokens []string
	for _, prefix := range sorted(all) {
		tokens = append(tokens, all[prefix])
	}
	return tokens
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: &name, Values: values}
}

// cloud gathers what EC2 has with the stack's tags.
type cloud struct {
	*Account
	mine   []types.Filter
	things []Thing
}

// network lists what EC2 has with the stack's tags and is neither gone nor going. Each kind is asked for by itself: the tags of
// what is gone are shown for a while.
func (a *Account) network(ctx context.Context) ([]Thing, error) {
	c := &cloud{Account: a, mine: []types.Filter{filter("tag:Stack", a.stack)}}
	for _, step := range []func(context.Context) error{c.networks, c.tables, c.ways, c.addresses, c.groups, c.machines, c.disks, c.rest} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return c.things, nil
}

// add notes one thing, if its tags are the stack's.
func (c *cloud) add(id *string, tags []types.Tag, more Thing) {
	set := tagsOf(tags, func(t types.Tag) (*string, *string) { return t.Key, t.Value })
	if !c.ours(set) {
		return
	}
	prefix, _, _ := strings.Cut(aws.ToString(id), "-")
	more.Type, more.ID, more.Key = prefixes[prefix+"-"], aws.ToString(id), set["Name"]
	if more.Name != "" {
		more.Props = map[string]any{"name": more.Name}
	}
	c.things = append(c.things, more)
}

func (c *cloud) networks(ctx context.Context) error {
	networks, err := c.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: c.mine})
	if err != nil {
		return err
	}
	for _, each := range networks.Vpcs {
		c.add(each.VpcId, each.Tags, Thing{})
	}
	subnets, err := c.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: c.mine})
	if err != nil {
		return err
	}
	for _, each := range subnets.Subnets {
		c.add(each.SubnetId, each.Tags, Thing{})
	}
	return nil
}

func (c *cloud) tables(ctx context.Context) error {
	tables, err := c.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: c.mine})
	if err != nil {
		return err
	}
	for _, each := range tables.RouteTables {
		c.add(each.RouteTableId, each.Tags, Thing{})
	}
	lists, err := c.ec2.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{Filters: c.mine})
	if err != nil {
		return err
	}
	for _, each := range lists.NetworkAcls {
		if !aws.ToBool(each.IsDefault) { // which each VPC has by itself
			c.add(each.NetworkAclId, each.Tags, Thing{})
		}
	}
	return nil
}

func (c *cloud) ways(ctx context.Context) error {
	internet, err := c.ec2.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{Filters: c.mine})
	if err != nil {
		return err
	}
	for _, each := range internet.InternetGateways {
		c.add(each.InternetGatewayId, each.Tags, Thing{})
	}
	gateways, err := c.ec2.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{Filter: c.mine})
	if err != nil {
		return err
	}
	for _, each := range gateways.NatGateways {
		if each.State == types.NatGatewayStateAvailable || each.State == types.NatGatewayStatePending {
			c.add(each.NatGatewayId, each.Tags, Thing{})
		}
	}
	endpoints, err := c.ec2.DescribeVpcEndpoints(ctx, &ec2.DescribeVpcEndpointsInput{Filters: c.mine})
	if err != nil {
		return err
	}
	for _, each := range endpoints.VpcEndpoints {
		if state := strings.ToLower(string(each.State)); state != "deleted" && state != "deleting" {
			c.add(each.VpcEndpointId, each.Tags, Thing{})
		}
	}
	return nil
}

func (c *cloud) addresses(ctx context.Context) error {
	addresses, err := c.ec2.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{Filters: c.mine})
	if err != nil {
		return err
	}
	for _, each := range addresses.Addresses {
		c.add(each.AllocationId, each.Tags, Thing{})
	}
	interfaces, err := c.ec2.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{Filters: c.mine})
	if err != nil {
		return err
	}
	for _, each := range interfaces.NetworkInterfaces {
		c.add(each.NetworkInterfaceId, each.TagSet, Thing{Used: each.Attachment != nil})
	}
	return nil
}

func (c *cloud) groups(ctx context.Context) error {
	groups, err := c.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: c.mine})
	if err != nil {
		return err
	}
	for _, each := range groups.SecurityGroups {
		if name := aws.ToString(each.GroupName); name != "default" { // which each VPC has by itself
			c.add(each.GroupId, each.Tags, Thing{Name: name})
		}
	}
	return nil
}

func (c *cloud) machines(ctx context.Context) error {
	pages := ec2.NewDescribeInstancesPaginator(c.ec2, &ec2.DescribeInstancesInput{Filters: c.mine})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, reservation := range page.Reservations {
			for _, each := range reservation.Instances {
				if state := each.State.Name; state == types.InstanceStateNameTerminated || state == types.InstanceStateNameShuttingDown {
					continue
				}
				// Machines of groups come from a template, and belong to the group.
				group := slices.ContainsFunc(each.Tags, func(t types.Tag) bool { return strings.HasPrefix(aws.ToString(t.Key), "aws:") })
				c.add(each.InstanceId, each.Tags, Thing{Used: group})
			}
		}
	}
	return nil
}

func (c *cloud) disks(ctx context.Context) error {
	pages := ec2.NewDescribeVolumesPaginator(c.ec2, &ec2.DescribeVolumesInput{Filters: c.mine})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, each := range page.Volumes {
			c.add(each.VolumeId, each.Tags, Thing{Used: len(each.Attachments) > 0, Made: aws.ToTime(each.CreateTime)})
		}
	}
	return nil
}

func (c *cloud) rest(ctx context.Context) error {
	templates, err := c.ec2.DescribeLaunchTemplates(ctx, &ec2.DescribeLaunchTemplatesInput{Filters: c.mine})
	if err != nil {
		return err
	}
	for _, each := range templates.LaunchTemplates {
		c.add(each.LaunchTemplateId, each.Tags, Thing{Name: aws.ToString(each.LaunchTemplateName)})
	}
	logs, err := c.ec2.DescribeFlowLogs(ctx, &ec2.DescribeFlowLogsInput{Filter: c.mine})
	if err != nil {
		return err
	}
	for _, each := range logs.FlowLogs {
		c.add(each.FlowLogId, each.Tags, Thing{})
	}
	return nil
}
