//go:build integration && linux

package guest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/require"

	hub "torii/compute/jupyterhub/guest"
	"torii/internal/guest"
)

// hubSite is a local AWS with what a hub's stack makes there, and a load balancer that
// leads to whichever machine runs.
type hubSite struct {
	*site
	secrets  *secretsmanager.Client
	logs     *cloudwatchlogs.Client
	metrics  *cloudwatch.Client
	balancer *guest.LoadBalancer

	volume   *guest.Volume
	instance hub.Instance
	settings hub.Settings
}

// newHubSite makes one, with an empty volume of some MiB.
func newHubSite(t *testing.T, mib int, settings hub.Settings) *hubSite {
	t.Helper()
	s := &hubSite{site: newSite(t), settings: settings}
	s.secrets, s.logs = secretsmanager.NewFromConfig(s.config), cloudwatchlogs.NewFromConfig(s.config)
	s.metrics = cloudwatch.NewFromConfig(s.config)
	var err error
	s.balancer, err = guest.NewLoadBalancer(t.Context(), "hub.example.jp")
	require.NoError(t, err)
	s.volume = s.newVolume(mib)
	_, err = s.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("hub-log")})
	require.NoError(t, err)
	s.instance = hub.Instance{
		Region: region, VolumeID: s.volume.ID, SettingsParameter: "/torii/hub", SecretsParameter: "hub-secrets",
		SecretsKey: "alias/torii-test", LogGroup: "hub-log", Stack: "torii-test", Workload: "hub",
	}
	s.putParameter(s.instance.SecretsParameter, hub.UnsetSecrets, ssmtypes.ParameterTypeSecureString)
	s.changeSettings(func(*hub.Settings) {})
	return s
}

// changeSettings changes the parameter that the hub reads.
func (s *hubSite) changeSettings(change func(*hub.Settings)) {
	s.t.Helper()
	change(&s.settings)
	text, err := s.settings.JSON()
	require.NoError(s.t, err)
	s.putParameter(s.instance.SettingsParameter, text, ssmtypes.ParameterTypeString)
}

// hubMachine is one EC2 instance that is to be a hub.
type hubMachine struct {
	*instance
	balancer *guest.LoadBalancer
	target   string // its proxy's address on this machine
}

// launch starts an instance with the hub's user data, which it does not run yet.
func (s *hubSite) launch(name string, instanceType ec2types.InstanceType) *hubMachine {
	s.t.Helper()
	data, err := hub.UserData(s.instance)
	require.NoError(s.t, err)
	m := &hubMachine{instance: s.site.launch(name, instanceType, s.volume, data, nil), balancer: s.balancer}
	m.open()
	return m
}

// open leads the load balancer to the machine.
func (m *hubMachine) open() {
	m.s.t.Helper()
	address, err := m.Forward(hub.Port)
	require.NoError(m.s.t, err)
	m.target = address
	m.balancer.SetTarget(address)
}

// secret is the value of the hub's own secrets.
func (s *hubSite) secret() (found struct {
	CookieSecret, ProxyToken, CryptKey, MetricsToken string
	FirstPasswords                                   map[string]string
}) {
	s.t.Helper()
	value, err := s.ssm.GetParameter(s.t.Context(), &ssm.GetParameterInput{
		Name: &s.instance.SecretsParameter, WithDecryption: aws.Bool(true),
	})
	require.NoError(s.t, err)
	require.NoError(s.t, json.Unmarshal([]byte(*value.Parameter.Value), &found))
	return found
}

// howKept is how AWS keeps them: type, key and tier.
func (s *hubSite) howKept() []string {
	s.t.Helper()
	listed, err := s.ssm.DescribeParameters(s.t.Context(), &ssm.DescribeParametersInput{
		ParameterFilters: []ssmtypes.ParameterStringFilter{{Key: aws.String("Name"), Values: []string{s.instance.SecretsParameter}}},
	})
	require.NoError(s.t, err)
	require.Len(s.t, listed.Parameters, 1)
	about := listed.Parameters[0]
	return []string{string(about.Type), aws.ToString(about.KeyId), string(about.Tier)}
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
