//go:build integration && linux

package guest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/require"

	hub "torii/compute/jupyterhub/guest"
	"torii/internal/guest"
	"torii/internal/localaws"
	"torii/internal/recorder"
	"torii/internal/toolchain"
)

const (
	region  = "ap-northeast-1"
	zone    = "ap-northeast-1a"
	roleKey = "ASIAHUBROLE" // access key of the instance's role, which nobody but the metadata service tells
)

// hubSite is a local AWS with what a hub's stack makes there, and a load balancer that
// leads to whichever machine runs.
type hubSite struct {
	t        *testing.T // of the step that runs, which fails
	root     *testing.T // of the whole test, with which all ends
	ec2      *ec2.Client
	ssm      *ssm.Client
	secrets  *secretsmanager.Client
	logs     *cloudwatchlogs.Client
	endpoint *guest.Endpoint
	balancer *guest.LoadBalancer

	subnet   string
	volume   *guest.Volume
	instance hub.Instance
	settings hub.Settings
}

// newHubSite makes one, with an empty volume of some MiB.
func newHubSite(t *testing.T, mib int, settings hub.Settings) *hubSite {
	t.Helper()
	kit, err := toolchain.Ensure(t.Context(), recorder.Root(), toolchain.Options{Progress: testWriter{t}})
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
	s := &hubSite{
		t: t, root: t, settings: settings,
		ec2: ec2.NewFromConfig(config), ssm: ssm.NewFromConfig(config),
		secrets: secretsmanager.NewFromConfig(config), logs: cloudwatchlogs.NewFromConfig(config),
	}
	s.endpoint, err = guest.NewEndpoint(t.Context(), server.URL, s.refuse)
	require.NoError(t, err)
	s.balancer, err = guest.NewLoadBalancer(t.Context(), "hub.example.jp")
	require.NoError(t, err)

	network, err := s.ec2.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")})
	require.NoError(t, err)
	subnet, err := s.ec2.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{
		VpcId: network.Vpc.VpcId, CidrBlock: aws.String("10.0.1.0/24"), AvailabilityZone: aws.String(zone),
	})
	require.NoError(t, err)
	s.subnet = *subnet.Subnet.SubnetId
	s.volume = s.newVolume(mib)
	secret, err := s.secrets.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("hub")})
	require.NoError(t, err)
	_, err = s.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("hub-log")})
	require.NoError(t, err)
	s.instance = hub.Instance{
		Region: region, VolumeID: s.volume.ID, SettingsParameter: "/torii/hub", SecretARN: *secret.ARN, LogGroup: "hub-log",
	}
	s.changeSettings(func(*hub.Settings) {})
	return s
}

// newVolume makes an EBS volume in the local AWS and a disk for it.
func (s *hubSite) newVolume(mib int) *guest.Volume {
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

// changeSettings changes the parameter that the hub reads.
func (s *hubSite) changeSettings(change func(*hub.Settings)) {
	s.t.Helper()
	change(&s.settings)
	text, err := s.settings.JSON()
	require.NoError(s.t, err)
	_, err = s.ssm.PutParameter(s.t.Context(), &ssm.PutParameterInput{
		Name: aws.String(s.instance.SettingsParameter), Value: aws.String(text),
		Type: ssmtypes.ParameterTypeString, Overwrite: aws.Bool(true),
	})
	require.NoError(s.t, err)
}

// refuse answers as EC2 does when a volume is attached elsewhere; the local AWS would just
// take it away from the other instance.
func (s *hubSite) refuse(call guest.Call) *guest.Refusal {
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
func (s *hubSite) holder(volume string) (string, error) {
	found, err := s.ec2.DescribeVolumes(context.Background(), &ec2.DescribeVolumesInput{VolumeIds: []string{volume}})
	if err != nil || len(found.Volumes[0].Attachments) == 0 {
		return "", err
	}
	return aws.ToString(found.Volumes[0].Attachments[0].InstanceId), nil
}

// hubMachine is one EC2 instance that is to be a hub.
type hubMachine struct {
	*guest.Machine
	s      *hubSite
	id     string // instance id
	volume *guest.Volume
	target string // its proxy's address on this machine
}

// script is where cloud-init keeps a user data script.
const script = "/var/lib/cloud/instance/scripts/part-001"

// launch starts an instance with the hub's user data, which it does not run yet, on a fresh
// image.
func (s *hubSite) launch(name string, instanceType ec2types.InstanceType) *hubMachine {
	s.t.Helper()
	data, err := hub.UserData(s.instance)
	require.NoError(s.t, err)
	unpacked, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(s.t, err)
	text, err := io.ReadAll(unpacked)
	require.NoError(s.t, err)
	s.t.Logf("user data: %d bytes, %d unpacked", len(data), len(text))
	made, err := s.ec2.RunInstances(s.t.Context(), &ec2.RunInstancesInput{
		ImageId: aws.String("ami-0fbe1e8a5b2d3e001"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
		InstanceType: instanceType, SubnetId: aws.String(s.subnet),
	})
	require.NoError(s.t, err)
	machine := boot(s.root, name, map[string]string{
		// Every service of the machine talks to the local AWS. It gets no key: that is what the role is for.
		"/etc/systemd/system.conf.d/90-aws.conf": "[Manager]\nDefaultEnvironment=AWS_ENDPOINT_URL=" + s.endpoint.URL + "\n",
		script:                                   string(text),
	})
	m := &hubMachine{Machine: machine, s: s, id: *made.Instances[0].InstanceId, volume: s.volume}
	m.surround()
	return m
}

// surround gives the machine what AWS has around an instance.
func (m *hubMachine) surround() {
	t := m.s.t
	t.Helper()
	require.NoError(t, m.ServeMetadata(m.s.root.Context(), guest.Metadata{
		InstanceID: m.id, Region: region, Zone: zone, Role: "hub",
		Identity: guest.Identity{AccessKeyID: roleKey, SecretAccessKey: "secret", Token: "token"},
	}))
	address, err := m.Forward(hub.Port)
	require.NoError(t, err)
	m.target = address
	m.s.balancer.SetTarget(address)
	go m.attachWhenAsked(m.s.root.Context(), m.volume)
}

// attachWhenAsked lets the volume appear in the machine once AWS says that it is attached.
func (m *hubMachine) attachWhenAsked(ctx context.Context, volume *guest.Volume) {
	for ctx.Err() == nil {
		if holder, err := m.s.holder(volume.ID); err == nil && holder == m.id {
			time.Sleep(time.Second) // AWS says so a moment before the device is there
			if err := volume.Attach(ctx, m.Machine); err != nil && ctx.Err() == nil {
				m.s.root.Errorf("attaching the volume: %v", err)
			}
			return
		}
		time.Sleep(250 * time.Millisecond)
	}
}

// runUserData runs the user data as cloud-init does, without a home or a terminal, and
// returns its last line.
func (m *hubMachine) runUserData() string {
	t := m.s.t
	began := time.Now()
	command := []string{"systemd-run", "--quiet", "--wait", "--pipe", "--collect"}
	for _, entry := range guest.RegistryEnvironment() {
		command = append(command, "--setenv="+entry)
	}
	// Its last line says how it ended, and its exit status no more than that.
	out, _ := m.Run(t.Context(), append(command, "/bin/bash", script)...) //nolint:errcheck // see there
	lines := strings.Split(strings.TrimSpace(out), "\n")
	last := lines[len(lines)-1]
	t.Logf("user data of %s took %s; its last line: %s", m.Name, time.Since(began).Round(time.Second), last)
	if err := os.WriteFile(filepath.Join(m.s.root.ArtifactDir(), m.Name+".log"), []byte(out), 0o644); err != nil {
		t.Errorf("keeping what the user data of %s printed: %v", m.Name, err)
	}
	return last
}

// terminate ends an instance in AWS, which then gives its volumes back.
func (s *hubSite) terminate(id, volume string) error {
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

// secret is the value of the hub's own secret.
func (s *hubSite) secret() (found struct {
	CookieSecret, ProxyToken, CryptKey string
	FirstPasswords                     map[string]string
}) {
	s.t.Helper()
	value, err := s.secrets.GetSecretValue(s.t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &s.instance.SecretARN})
	require.NoError(s.t, err)
	require.NoError(s.t, json.Unmarshal([]byte(*value.SecretString), &found))
	return found
}

// logged waits until a stream of the hub's log group has a line with all of the words.
func (s *hubSite) logged(stream string, words ...string) {
	s.t.Helper()
	var seen []string
	require.Eventually(s.t, func() bool {
		found, err := s.logs.GetLogEvents(s.t.Context(), &cloudwatchlogs.GetLogEventsInput{
			LogGroupName: &s.instance.LogGroup, LogStreamName: &stream, StartFromHead: aws.Bool(true),
		})
		if err != nil {
			seen = []string{err.Error()}
			return false
		}
		seen = nil
		for _, event := range found.Events {
			line := aws.ToString(event.Message)
			seen = append(seen, line)
			if !containsAll(line, words) {
				continue
			}
			return true
		}
		return false
	}, 30*time.Second, time.Second, "%s", message{func() string {
		return fmt.Sprintf("no line of stream %s has %q; it has:\n%s", stream, words, strings.Join(seen, "\n"))
	}})
}

func containsAll(line string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(line, word) {
			return false
		}
	}
	return true
}

// message is a text that is made when it is needed.
type message struct{ text func() string }

// String implements fmt.Stringer.
func (m message) String() string { return m.text() }
