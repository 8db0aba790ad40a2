//go:build integration

package integration

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/stretchr/testify/require"

	"torii/internal/certtest"
)

// broken is something that is not as it was asked for any more.
type broken struct {
	name  string
	do    func(t *testing.T) (undo func()) // breaks it; undo is nil where a later time is what is wrong
	later time.Duration                    // after now
	want  map[string]string                // what fails, and how it stands
}

const day = 24 * time.Hour

// breaks are the things to break, one after the other.
func (c checked) breaks() []broken {
	volume, machine := c.outputs.Notebooks["lab"]["aiko-1"].VolumeID, c.outputs.Notebooks["lab"]["aiko-1"].InstanceID
	service, server := c.services()["torii-checked-site"], c.server()
	tasks := func(t *testing.T, n int32) {
		_, err := c.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{
			Cluster: service.ClusterArn, Service: service.ServiceName, DesiredCount: aws.Int32(n),
		})
		require.NoError(t, err)
	}
	return []broken{
		{name: "the service is stopped", want: map[string]string{
			"service site": "it was stopped: somebody set its number of tasks to 0",
			"targets site": "nothing stands behind it, so that clients get an error",
		}, do: func(t *testing.T) func() {
			tasks(t, 0)
			return func() { tasks(t, 1) }
		}},
		// What a deployment leaves that AWS rolled back: the new definition is there, the old one runs.
		{name: "the service was rolled back", want: map[string]string{
			"service site": "it runs torii-checked-site:1, but torii-checked-site:2 was asked for: " +
				"AWS went back because the new tasks never became healthy",
		}, do: func(t *testing.T) func() { return c.asksForAnotherTask(t) }},
		{name: "the web ACL is detached", want: map[string]string{
			"web ACL": "none is attached to the gate: countries, rates and attacks are not looked at",
		}, do: func(t *testing.T) func() {
			_, err := c.waf.DisassociateWebACL(t.Context(), &wafv2.DisassociateWebACLInput{ResourceArn: &c.outputs.LoadBalancerARN})
			require.NoError(t, err)
			return func() {
				_, err := c.waf.AssociateWebACL(t.Context(), &wafv2.AssociateWebACLInput{
					ResourceArn: &c.outputs.LoadBalancerARN, WebACLArn: &c.outputs.WebACLARN,
				})
				require.NoError(t, err)
			}
		}},
		{name: "a fleet's machine stands still", want: map[string]string{
			"targets legacy-clb": "0 of 1 in service: " + server + " is OutOfService",
			"targets legacy-nlb": "0 of 1 healthy: " + server + " is unused (Target is in the stopped state)",
		}, do: func(t *testing.T) func() {
			_, err := c.ec2.StopInstances(t.Context(), &ec2.StopInstancesInput{InstanceIds: []string{server}})
			require.NoError(t, err)
			return func() {
				_, err := c.ec2.StartInstances(t.Context(), &ec2.StartInstancesInput{InstanceIds: []string{server}})
				require.NoError(t, err)
			}
		}},
		{name: "the trail is stopped", want: map[string]string{
			"trail": "it does not log, so that nobody is told of sessions; stopped on " + time.Now().UTC().Format(time.DateOnly),
		}, do: func(t *testing.T) func() {
			_, err := c.trails.StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: &c.outputs.TrailARN})
			require.NoError(t, err)
			return func() {
				_, err := c.trails.StartLogging(t.Context(), &cloudtrail.StartLoggingInput{Name: &c.outputs.TrailARN})
				require.NoError(t, err)
			}
		}},
		{name: "a home is taken away", want: map[string]string{
			"notebook lab/aiko-1": "its home " + volume + " is not attached to its machine",
		}, do: func(t *testing.T) func() {
			_, err := c.ec2.DetachVolume(t.Context(), &ec2.DetachVolumeInput{VolumeId: &volume, InstanceId: &machine})
			require.NoError(t, err)
			return func() {
				_, err := c.ec2.AttachVolume(t.Context(), &ec2.AttachVolumeInput{
					VolumeId: &volume, InstanceId: &machine, Device: aws.String("/dev/sdf"),
				})
				require.NoError(t, err)
			}
		}},
		{name: "nobody goes out", want: c.noWayOut(), do: c.takesRoute},
		// The last: nobody puts the certificate back.
		{name: "the gate's certificate is about to end", want: map[string]string{
			"certificate soon.example.jp": "it ends on " + c.ends.UTC().Format(time.DateOnly) + ", in 9 days",
		}, do: c.importsCertificate},
		{name: "it has ended", later: 9*day + 2*time.Hour, want: map[string]string{
			"certificate soon.example.jp": "it ended on " + c.ends.UTC().Format(time.DateOnly),
			"snapshots lab/aiko-1":        "there is none, and the volume is 9 days old",
		}, do: func(*testing.T) func() { return nil }},
	}
}

// asksForAnotherTask makes a newer task definition, as Pulumi does before it tells the service.
func (c checked) asksForAnotherTask(t *testing.T) func() {
	running, err := c.ecs.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: c.services()["torii-checked-site"].TaskDefinition,
	})
	require.NoError(t, err)
	newer, err := c.ecs.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: running.TaskDefinition.Family, ContainerDefinitions: running.TaskDefinition.ContainerDefinitions,
		Cpu: running.TaskDefinition.Cpu, Memory: running.TaskDefinition.Memory, NetworkMode: running.TaskDefinition.NetworkMode,
		RequiresCompatibilities: running.TaskDefinition.RequiresCompatibilities,
	})
	require.NoError(t, err)
	return func() {
		_, err := c.ecs.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{
			TaskDefinition: newer.TaskDefinition.TaskDefinitionArn,
		})
		require.NoError(t, err)
	}
}

// server is the fleet's machine.
func (c checked) server() string {
	found, err := c.groups.DescribeAutoScalingGroups(c.t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{
		AutoScalingGroupNames: []string{c.outputs.Fleets["legacy"].Group},
	})
	require.NoError(c.t, err)
	require.Len(c.t, found.AutoScalingGroups, 1)
	require.Len(c.t, found.AutoScalingGroups[0].Instances, 1)
	return aws.ToString(found.AutoScalingGroups[0].Instances[0].InstanceId)
}

// noWayOut is what is said when both subnets, which share a NAT instance, have lost their way out.
func (c checked) noWayOut() map[string]string {
	all := map[string]string{}
	for _, subnet := range c.outputs.PrivateSubnetIDs {
		all["way out of "+subnet] = "it has no route to the internet, which the flow table says is needed"
	}
	return all
}

// takesRoute takes the private subnets' route to the internet.
func (c checked) takesRoute(t *testing.T) func() {
	type lost struct{ table, door *string }
	var routes []lost
	for _, subnet := range c.outputs.PrivateSubnetIDs {
		found, err := c.ec2.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{
			Filters: []ec2types.Filter{{Name: aws.String("association.subnet-id"), Values: []string{subnet}}},
		})
		require.NoError(t, err)
		for _, route := range found.RouteTables[0].Routes {
			if aws.ToString(route.DestinationCidrBlock) == "0.0.0.0/0" {
				routes = append(routes, lost{found.RouteTables[0].RouteTableId, route.NetworkInterfaceId})
			}
		}
	}
	require.Len(t, routes, 2)
	for _, each := range routes {
		_, err := c.ec2.DeleteRoute(t.Context(), &ec2.DeleteRouteInput{
			RouteTableId: each.table, DestinationCidrBlock: aws.String("0.0.0.0/0"),
		})
		require.NoError(t, err)
	}
	return func() {
		for _, each := range routes {
			_, err := c.ec2.CreateRoute(t.Context(), &ec2.CreateRouteInput{
				RouteTableId: each.table, DestinationCidrBlock: aws.String("0.0.0.0/0"), NetworkInterfaceId: each.door,
			})
			require.NoError(t, err)
		}
	}
}

// importsCertificate puts one that ends in nine days in the place of the gate's.
func (c checked) importsCertificate(t *testing.T) func() {
	gate := c.outputs.LoadBalancerARN
	listeners, err := c.elb.DescribeListeners(t.Context(), &elb.DescribeListenersInput{LoadBalancerArn: &gate})
	require.NoError(t, err)
	soon := certtest.SelfSigned(t, "soon.example.jp", func(wanted *x509.Certificate) {
		wanted.DNSNames, wanted.NotAfter = []string{"soon.example.jp"}, c.ends
	})
	for _, listener := range listeners.Listeners {
		if len(listener.Certificates) > 0 {
			_, err = c.acm.ImportCertificate(t.Context(), &acm.ImportCertificateInput{
				CertificateArn: listener.Certificates[0].CertificateArn,
				Certificate:    []byte(soon.Certificate),
				PrivateKey:     []byte(soon.Key),
			})
			require.NoError(t, err)
		}
	}
	return nil
}
