package network

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/machine"
	"torii/network/natguest"
)

const (
	// natRootGiB is for the system: it is the least that Amazon Linux's image takes.
	natRootGiB = 8
	// natBootSeconds is what an instance may take to boot, before its setup begins.
	natBootSeconds = 40
	// natUpSeconds is how long its group holds an instance back. Most forward after a minute
	// and a half, but cannot say so: they have no credentials. What is not up by now has
	// ended itself.
	natUpSeconds = natBootSeconds + natguest.SetupSeconds
	// natNoticeSeconds is what AWS may take to notice that an instance has ended, and to start
	// another.
	natNoticeSeconds = 120
	// natWaitSeconds is what the deployment waits: for the first instance, and another one.
	natWaitSeconds = 2 * (natUpSeconds + natNoticeSeconds)
	// natHook is the lifecycle hook that holds an instance back.
	natHook = "forwards"
)

// natInstances prepares what all NAT instances share, and returns how one is made.
func (b *wayOutBuilder) natInstances() (func(subnet) (target, error), error) {
	if b.args.NAT != NATInstance && b.args.NAT != NATInstancePerZone {
		return nil, fmt.Errorf("creating the way out: %q is not a kind of NAT", b.args.NAT)
	}
	if b.args.Machine == nil {
		return nil, errors.New("creating the way out: NAT by instance needs a machine")
	}
	image, err := b.maker().Image(b.name+"-nat", b.args.Machine.Image)
	if err != nil {
		return nil, err
	}
	return func(in subnet) (target, error) { return b.natInstance(in, image) }, nil
}

func (b *wayOutBuilder) maker() machine.Maker {
	return machine.Maker{Ctx: b.ctx, Parent: b.self, Tags: b.args.Tags, KeyARN: b.args.Machine.KeyARN}
}

// natInstance makes a NAT instance that heals: the public address and the network interface
// that routes lead to are there for good, and each instance takes the interface over from
// the one before it.
func (b *wayOutBuilder) natInstance(in subnet, image pulumi.StringInput) (target, error) {
	name := b.name + "-nat-" + in.zone
	door, err := ec2.NewNetworkInterface(b.ctx, name, &ec2.NetworkInterfaceArgs{
		SubnetId:       in.subnet.ID(),
		SecurityGroups: pulumi.StringArray{b.args.Machine.SecurityGroupID},
		Description:    pulumi.String("NAT instance in " + in.zone),
		// What it forwards is neither from itself nor to itself.
		SourceDestCheck: pulumi.Bool(false),
		Tags:            b.args.Tags.Named("nat-" + in.zone),
	}, pulumi.Parent(b.self))
	if err != nil {
		return target{}, fmt.Errorf("creating network interface of NAT instance in %s: %w", in.zone, err)
	}
	address, err := ec2.NewEip(b.ctx, name, &ec2.EipArgs{
		Domain:           pulumi.String("vpc"),
		NetworkInterface: door.ID(),
		Tags:             b.args.Tags.Named("nat-" + in.zone),
	}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{b.args.VPC.InternetGateway}))
	if err != nil {
		return target{}, fmt.Errorf("creating address of NAT instance in %s: %w", in.zone, err)
	}
	group, err := b.natGroup(in.zone, name, image, door, address)
	if err != nil {
		return target{}, err
	}
	b.self.GroupNames[in.zone] = group.Name
	return target{interfaceID: door.ID().ToStringOutput().ToStringPtrOutput(), ready: group}, nil
}

// natGroupName is a NAT instance's Auto Scaling group. It has a name of ours, by which the
// handbook finds it; two of them could not share the interface anyway.
func (b *wayOutBuilder) natGroupName(zone string) string { return b.args.Tags.Prefix() + "nat-" + zone }

// natGroup keeps exactly one instance alive behind an interface.
func (b *wayOutBuilder) natGroup(
	zone, name string, image pulumi.StringInput, door *ec2.NetworkInterface, address *ec2.Eip,
) (*autoscaling.Group, error) {
	template, err := b.natTemplate(name, image, door)
	if err != nil {
		return nil, err
	}
	group, err := autoscaling.NewGroup(b.ctx, name, &autoscaling.GroupArgs{
		Name:            pulumi.String(b.natGroupName(zone)),
		MinSize:         pulumi.Int(1),
		MaxSize:         pulumi.Int(1),
		DesiredCapacity: pulumi.Int(1),
		// The zone, and no subnet: the interface is in one. Source: AWS's reference of
		// CreateAutoScalingGroup.
		AvailabilityZones: pulumi.StringArray{pulumi.String(zone)},
		LaunchTemplate:    machine.Latest(template),
		HealthCheckType:   pulumi.String("EC2"),
		// An alarm asks how many are in service: one that could not come up is not, as it has ended.
		EnabledMetrics: pulumi.ToStringArray([]string{"GroupInServiceInstances"}),
		// Routes wait for the group, and the group for as long as its instance may take.
		InitialLifecycleHooks: autoscaling.GroupInitialLifecycleHookArray{&autoscaling.GroupInitialLifecycleHookArgs{
			Name:                pulumi.String(natHook),
			LifecycleTransition: pulumi.String("autoscaling:EC2_INSTANCE_LAUNCHING"),
			HeartbeatTimeout:    pulumi.Int(natUpSeconds),
			DefaultResult:       pulumi.String("CONTINUE"),
		}},
		WaitForCapacityTimeout: pulumi.String(fmt.Sprintf("%ds", natWaitSeconds)),
		// The old instance must be gone before the new one, which takes its interface.
		InstanceMaintenancePolicy: &autoscaling.GroupInstanceMaintenancePolicyArgs{
			MinHealthyPercentage: pulumi.Int(0), MaxHealthyPercentage: pulumi.Int(100),
		},
		InstanceRefresh: &autoscaling.GroupInstanceRefreshArgs{
			Strategy: pulumi.String("Rolling"),
			Preferences: &autoscaling.GroupInstanceRefreshPreferencesArgs{
				MinHealthyPercentage: pulumi.Int(0),
				MaxHealthyPercentage: pulumi.Int(100),
				// Until then AWS has noticed when it has ended, and rolls back.
				InstanceWarmup: pulumi.String(strconv.Itoa(natNoticeSeconds)),
				AutoRollback:   pulumi.Bool(true),
			},
		},
		Tags: b.maker().GroupTags("nat-" + zone),
		// The address comes first, or the instance would not get out to install anything.
	}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{address, b.args.VPC.publicOut}),
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("creating Auto Scaling group of NAT instance in %s: %w", zone, err)
	}
	return group, nil
}

// natTemplate says how a NAT instance is started: without a role, as the one machine that
// faces the internet has nothing to ask of AWS.
func (b *wayOutBuilder) natTemplate(name string, image pulumi.StringInput, door *ec2.NetworkInterface) (*ec2.LaunchTemplate, error) {
	userData, err := natguest.UserData(natguest.Instance{Network: b.args.VPC.cidr, Private: b.args.VPC.tiers.Private})
	if err != nil {
		return nil, err
	}
	return b.maker().Template(name, machine.Template{
		Image:              image,
		InstanceType:       b.args.Machine.InstanceType,
		UserData:           pulumi.String(base64.StdEncoding.EncodeToString(userData)),
		NetworkInterfaceID: door.ID(),
		RootGiB:            natRootGiB,
		EndsWhenOff:        true, // or it would be in the way of the next one
	})
}
