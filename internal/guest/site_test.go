//go:build integration && linux

package guest_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/require"

	"torii/internal/guest"
	"torii/internal/localaws"
	"torii/internal/recorder"
	"torii/internal/toolchain"
)

const (
	region  = "ap-northeast-1"
	zone    = "ap-northeast-1a"
	roleKey = "ASIAINSTANCE" // access key of the instances' role, which nobody but the metadata service tells
)

// site is a local AWS with a subnet, in which instances start.
type site struct {
	t        *testing.T // of the step that runs, which fails
	root     *testing.T // of the whole test, with which all ends
	config   aws.Config
	ec2      *ec2.Client
	ssm      *ssm.Client
	kit      toolchain.Kit
	local    *localaws.Server
	endpoint *guest.Endpoint
	subnet   string
	silent   atomic.Bool // no instance gets a parameter as long as that is true
}

// newSite makes one.
func newSite(t *testing.T) *site {
	t.Helper()
	kit, err := toolchain.Ensure(t.Context(), recorder.Root(), toolchain.Options{Progress: testWriter{t}, Providers: toolchain.Build})
	require.NoError(t, err)
	server, err := localaws.Start(t.Context(), localaws.Options{
		MotoServer: kit.MotoServer,
		Launcher:   filepath.Join(recorder.Root(), "tools", "moto", "server.py"),
		Dir:        folder(t, "aws"),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.WithoutCancel(t.Context()))) })
	config := aws.Config{
		Region: region, BaseEndpoint: aws.String(server.URL),
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	s := &site{
		t: t, root: t, config: config, ec2: ec2.NewFromConfig(config), ssm: ssm.NewFromConfig(config), kit: kit, local: server,
	}
	s.endpoint, err = guest.NewEndpoint(t.Context(), server.URL, s.refuse)
	require.NoError(t, err)
	network, err := s.ec2.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")})
	require.NoError(t, err)
	subnet, err := s.ec2.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{
		VpcId: network.Vpc.VpcId, CidrBlock: aws.String("10.0.1.0/24"), AvailabilityZone: aws.String(zone),
	})
	require.NoError(t, err)
	s.subnet = *subnet.Subnet.SubnetId
	return s
}

// newVolume makes an EBS volume in the local AWS and an empty disk of some MiB for it.
func (s *site) newVolume(mib int) *guest.Volume {
	s.t.Helper()
	made, err := s.ec2.CreateVolume(s.t.Context(), &ec2.CreateVolumeInput{
		AvailabilityZone: aws.String(zone), Size: aws.Int32(10), VolumeType: ec2types.VolumeTypeGp3,
	})
	require.NoError(s.t, err)
	volume, err := guest.NewVolume(filepath.Join(folder(s.root, "disk"), "disk"), *made.VolumeId, int64(mib)<<20)
	require.NoError(s.t, err)
	s.root.Cleanup(func() { require.NoError(s.root, volume.Close()) })
	return volume
}

// putParameter gives a parameter of Parameter Store a value.
func (s *site) putParameter(name, value string, kind ssmtypes.ParameterType) {
	s.t.Helper()
	_, err := s.ssm.PutParameter(s.t.Context(), &ssm.PutParameterInput{
		Name: &name, Value: &value, Type: kind, Overwrite: aws.Bool(true),
	})
	require.NoError(s.t, err)
}

// refuse answers as EC2 does when a volume is attached elsewhere; the local AWS would just
// take it away from the other instance.
func (s *site) refuse(call guest.Call) *guest.Refusal {
	if s.silent.Load() && strings.HasPrefix(call.Action, "ssm:GetParameter") {
		return &guest.Refusal{Code: "InternalServerError", Message: "not today"}
	}
	if call.Action != "ec2:AttachVolume" {
		return nil
	}
	holder, err := s.holder(call.Arguments.Get("VolumeId"))
	if err != nil {
		return &guest.Refusal{Code: "InternalError", Message: err.Error()}
	}
	if holder == "" {
		return nil
	}
	return &guest.Refusal{Code: "VolumeInUse", Message: call.Arguments.Get("VolumeId") + " is already attached to an instance"}
}

// holder is the instance that a volume is attached to, or "".
func (s *site) holder(volume string) (string, error) {
	found, err := s.ec2.DescribeVolumes(context.Background(), &ec2.DescribeVolumesInput{VolumeIds: []string{volume}})
	if err != nil || len(found.Volumes[0].Attachments) == 0 {
		return "", err
	}
	return aws.ToString(found.Volumes[0].Attachments[0].InstanceId), nil
}

// terminate ends an instance in AWS, which then gives its volumes back.
func (s *site) terminate(id, volume string) error {
	_, err := s.ec2.TerminateInstances(s.root.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{id}})
	if err != nil {
		return err
	}
	if holder, err := s.holder(volume); err != nil || holder != id {
		return err
	}
	_, err = s.ec2.DetachVolume(s.root.Context(), &ec2.DetachVolumeInput{VolumeId: &volume, InstanceId: &id})
	return err
}

// actions are the calls to AWS that instances made so far, all with their role's key.
func (s *site) actions(t *testing.T) map[string]int {
	t.Helper()
	asked := map[string]int{}
	for _, call := range s.endpoint.Calls() {
		require.Equal(t, roleKey, call.KeyID)
		asked[call.Action]++
	}
	return asked
}
