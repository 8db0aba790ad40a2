package recovery

import (
	"context"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// routes lists the routes and subnets of the stack's route tables.
func (a *Account) routes(ctx context.Context) ([]Thing, error) {
	tables, err := a.ids(ctx, prefixes["rtb-"])
	if err != nil || len(tables) == 0 {
		return nil, err
	}
	found, err := a.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: tables})
	if err != nil {
		return nil, err
	}
	var things []Thing
	for _, table := range found.RouteTables {
		id := aws.ToString(table.RouteTableId)
		for _, each := range table.Routes {
			v4, v6 := aws.ToString(each.DestinationCidrBlock), aws.ToString(each.DestinationIpv6CidrBlock)
			if each.Origin != types.RouteOriginCreateRoute || v4+v6 == "" {
				continue // those of the VPC itself and of its endpoints
			}
			// As the provider composes it: a route has no ID in AWS.
			key := fmt.Sprintf("r-%s%d", id, crc32.ChecksumIEEE([]byte(v4+v6)))
			things = append(things, Thing{Type: route, ID: key, Key: strings.Join([]string{id, v4, v6}, " ")})
		}
		for _, each := range table.Associations {
			if subnet := aws.ToString(each.SubnetId); subnet != "" {
				things = append(things, Thing{Type: association, ID: aws.ToString(each.RouteTableAssociationId), Key: id + " " + subnet})
			}
		}
	}
	return things, nil
}

// rules lists the rules of the stack's security groups.
func (a *Account) rules(ctx context.Context) ([]Thing, error) {
	groups, err := a.ids(ctx, prefixes["sg-"])
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	var things []Thing
	pages := ec2.NewDescribeSecurityGroupRulesPaginator(a.ec2, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{filter("group-id", groups...)},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.SecurityGroupRules {
			token, other := ingressRule, ""
			if aws.ToBool(each.IsEgress) {
				token = egressRule
			}
			if each.ReferencedGroupInfo != nil {
				other = aws.ToString(each.ReferencedGroupInfo.GroupId)
			}
			port := func(number *int32) string {
				if number == nil || *number < 0 {
					return ""
				}
				return fmt.Sprint(*number)
			}
			things = append(things, Thing{Type: token, ID: aws.ToString(each.SecurityGroupRuleId), Key: strings.Join([]string{
				aws.ToString(each.GroupId), aws.ToString(each.IpProtocol), port(each.FromPort), port(each.ToPort),
				aws.ToString(each.CidrIpv4), aws.ToString(each.CidrIpv6), other, aws.ToString(each.PrefixListId),
			}, " ")})
		}
	}
	return things, nil
}
