package check

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// notebooks asks whether each notebook has its machine, and the machine its home.
func (a *asker) notebooks(ctx context.Context) ([]Finding, error) {
	var machines []home
	var ids []string
	for _, each := range a.Outputs.homes() {
		if each.instance != "" {
			machines, ids = append(machines, each), append(ids, each.instance)
		}
	}
	if len(machines) == 0 {
		return nil, nil
	}
	volumes, err := a.volumes(ctx, machines)
	if err != nil {
		return nil, err
	}
	states, err := a.instanceStates(ctx, ids)
	if err != nil {
		return nil, err
	}
	var all []Finding
	for _, each := range machines {
		volume, there := volumes[each.volumeID]
		if !there {
			continue // the question after snapshots says so
		}
		all = append(all, judgeNotebook("notebook "+each.name, each.instance, states[each.instance], volume))
	}
	return all, nil
}

// instanceStates are how instances stand; those that AWS knows no more are left out.
func (a *asker) instanceStates(ctx context.Context, ids []string) (map[string]ec2types.InstanceStateName, error) {
	states := map[string]ec2types.InstanceStateName{}
	for some := range slices.Chunk(ids, filteredAtOnce) {
		pages := ec2.NewDescribeInstancesPaginator(a.AWS.EC2, &ec2.DescribeInstancesInput{
			Filters: []ec2types.Filter{filter("instance-id", some...)},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("describing notebooks' machines: %w", err)
			}
			for _, reservation := range page.Reservations {
				for _, instance := range reservation.Instances {
					if instance.State != nil {
						states[aws.ToString(instance.InstanceId)] = instance.State.Name
					}
				}
			}
		}
	}
	return states, nil
}

// judgeNotebook judges a notebook's machine, whose state is "" when AWS knows it no more, and its home.
func judgeNotebook(what, instance string, state ec2types.InstanceStateName, volume ec2types.Volume) Finding {
	switch state {
	case "", ec2types.InstanceStateNameTerminated, ec2types.InstanceStateNameShuttingDown:
		return failed(what, "its machine "+instance+" is gone", "pulumi up --refresh makes a new one with the same home")
	}
	for _, attachment := range volume.Attachments {
		if aws.ToString(attachment.InstanceId) != instance {
			continue
		}
		switch attachment.State {
		case ec2types.VolumeAttachmentStateAttached:
			if state == ec2types.InstanceStateNameRunning {
				return fine(what, "it runs, with its home attached")
			}
			return fine(what, "it is %s, with its home attached; its owner starts it", state)
		case ec2types.VolumeAttachmentStateAttaching:
			return pending(what, "its home is being attached", "wait a minute, then ask again")
		}
	}
	return failed(what, "its home "+aws.ToString(volume.VolumeId)+" is not attached to its machine",
		"pulumi up --refresh attaches it again")
}
