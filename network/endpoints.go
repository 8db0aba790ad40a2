package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/tags"
)

const endpointsToken = "torii:network:Endpoints"

// services are the AWS services behind each name that a stack file may give.
var services = map[string][]string{
	"ssm":            {"ssm", "ssmmessages", "ec2messages"},
	"ecr":            {"ecr.api", "ecr.dkr"},
	"logs":           {"logs"},
	"secretsmanager": {"secretsmanager"},
	"kms":            {"kms"},
	"autoscaling":    {"autoscaling"},
}

// s3Endpoint leads the private subnets to Amazon S3 without leaving AWS's network. It
// costs nothing, and image layers and packages come through it.
func (b *builder) s3Endpoint(private []subnet) error {
	tables := make(pulumi.StringArray, len(private))
	for i, each := range private {
		tables[i] = each.routes.ID().ToStringOutput()
	}
	policy := b.vpc.ID().ApplyT(func(vpc pulumi.ID) (string, error) {
		return s3EndpointPolicy(b.args.AccountID, string(vpc))
	}).(pulumi.StringOutput)
	endpoint, err := ec2.NewVpcEndpoint(b.ctx, b.name+"-s3", &ec2.VpcEndpointArgs{
		VpcId:           b.vpc.ID(),
		VpcEndpointType: pulumi.String("Gateway"),
		ServiceName:     pulumi.String(serviceName(b.args.Region, "s3")),
		RouteTableIds:   tables,
		Policy:          policy,
		Tags:            b.args.Tags.Named("s3"),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating S3 endpoint: %w", err)
	}
	b.self.S3PrefixListID = endpoint.PrefixListId
	b.self.Ready = append(b.self.Ready, endpoint)
	return nil
}

// EndpointsArgs describes private ways into AWS services.
type EndpointsArgs struct {
	VPCID           pulumi.StringInput      // Required.
	SubnetIDs       pulumi.StringArrayInput // Required. One per zone, private.
	SecurityGroupID pulumi.StringInput      // Required. Admits who may use them, on 443.
	Names           []string                // Required. ssm, ecr, logs, secretsmanager, kms, autoscaling.
	Region          string                  // Required.
	AccountID       string                  // Required. Whose users and roles may use them.
	Tags            tags.Set                // Required.
}

// Endpoints is a set of interface endpoints. They stand apart from the VPC because
// their security group needs the VPC first.
type Endpoints struct {
	pulumi.ResourceState

	// Ready is for ordering: the endpoints themselves. Go's SDK finds the parts of a component
	// while they are being registered, and may miss the last ones.
	Ready []pulumi.Resource
}

// NewEndpoints makes an interface endpoint, in every subnet given, for each service
// behind the names. They answer under the services' own host names, so that programs
// need no setting. It fails on a name it does not know.
func NewEndpoints(
	ctx *pulumi.Context, name string, args *EndpointsArgs, opts ...pulumi.ResourceOption,
) (*Endpoints, error) {
	for _, each := range args.Names {
		if _, known := services[each]; !known {
			return nil, fmt.Errorf("creating endpoints: %q is not one", each)
		}
	}
	policy, err := endpointPolicy(args.AccountID)
	if err != nil {
		return nil, fmt.Errorf("creating endpoints: %w", err)
	}
	self := &Endpoints{}
	if err := ctx.RegisterComponentResource(endpointsToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering endpoints %s: %w", name, err)
	}
	for _, each := range args.Names {
		for _, service := range services[each] {
			endpoint, err := ec2.NewVpcEndpoint(ctx, name+"-"+service, &ec2.VpcEndpointArgs{
				VpcId:             args.VPCID,
				VpcEndpointType:   pulumi.String("Interface"),
				ServiceName:       pulumi.String(serviceName(args.Region, service)),
				SubnetIds:         args.SubnetIDs,
				SecurityGroupIds:  pulumi.StringArray{args.SecurityGroupID},
				PrivateDnsEnabled: pulumi.Bool(true),
				Policy:            pulumi.String(policy),
				Tags:              args.Tags.Named(service),
				// Two endpoints of one service would both claim its host name.
			}, pulumi.Parent(self), pulumi.DeleteBeforeReplace(true))
			if err != nil {
				return nil, fmt.Errorf("creating %s endpoint: %w", service, err)
			}
			self.Ready = append(self.Ready, endpoint)
		}
	}
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{})
}

func serviceName(region, service string) string { return "com.amazonaws." + region + "." + service }
