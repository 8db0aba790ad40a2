// Package guest writes what a JupyterHub machine runs: the user data that turns a fresh
// Amazon Linux 2023 (or Debian 12) into a hub, and the settings that the hub reads while
// it lives. It knows nothing of Pulumi.
package guest

import (
	"errors"
	"fmt"
)

// Port is the TCP port of the hub's proxy, which the load balancer talks to.
const Port = 8000

// HealthPath answers 200 to everybody while the hub is well.
const HealthPath = "/hub/health"

// MetricsNamespace is the CloudWatch namespace of what the machine reports of itself every
// 300 seconds, with dimensions Stack and Workload: HomeDiskUsedPercent (of the data volume),
// MemoryUsedPercent (what is not available), ActiveUsers (people in the last 24 hours),
// RunningServers, and Healthy, 1 or 0. While the hub does not answer, Healthy is 0 and there
// are no ActiveUsers and RunningServers.
const MetricsNamespace = "Torii"

// UnsetSecrets is the value of a secrets parameter that no machine has put secrets into yet.
const UnsetSecrets = "unset"

// Instance is what a hub's machine is told when it starts; everything else it asks AWS
// for. There is no secret in it, since whoever may describe the instance can read it.
type Instance struct {
	Region            string // for example ap-northeast-1
	VolumeID          string // EBS volume of homes and hub state
	SettingsParameter string // name of the SSM parameter (type String) that holds the JSON of Settings
	SecretsParameter  string // name of the SSM parameter (type SecureString) in which the hub keeps its own secrets
	SecretsKey        string // KMS key that encrypts it, which Parameter Store has to be told at each change
	LogGroup          string // CloudWatch log group
	Stack             string // dimension Stack of its metrics: project-stack
	Workload          string // dimension Workload of its metrics
}

// check refuses an instance that could not become a hub.
func (i Instance) check() error {
	var problems []error
	for _, field := range []struct{ name, value string }{
		{"Region", i.Region},
		{"VolumeID", i.VolumeID},
		{"SettingsParameter", i.SettingsParameter},
		{"SecretsParameter", i.SecretsParameter},
		{"SecretsKey", i.SecretsKey},
		{"LogGroup", i.LogGroup},
		{"Stack", i.Stack},
		{"Workload", i.Workload},
	} {
		if field.value == "" {
			problems = append(problems, fmt.Errorf("%s is empty", field.name))
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("describing the hub's instance: %w", errors.Join(problems...))
	}
	return nil
}
