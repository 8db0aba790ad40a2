package fargate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Container is what a task runs.
type Container struct {
	Name          string
	Image         string
	Port          int
	ReadOnly      bool              // its own file system
	WritablePaths []string          // absolute folders, empty at the start
	Environment   map[string]string // plain variables
	Secrets       map[string]string // variable to the ARN of a secret
	LogGroup      string
	Region        string
}

// definition and the types below are the JSON of the ECS API. The provider drops keys
// that it does not know without a word, so the names are spelt here and nowhere else.
type definition struct {
	Name                   string        `json:"name"`
	Image                  string        `json:"image"`
	Essential              bool          `json:"essential"`
	PortMappings           []portMapping `json:"portMappings"`
	ReadonlyRootFilesystem bool          `json:"readonlyRootFilesystem"`
	MountPoints            []mountPoint  `json:"mountPoints"`
	Environment            []variable    `json:"environment"`
	Secrets                []secret      `json:"secrets,omitempty"`
	LogConfiguration       logs          `json:"logConfiguration"`
	VolumesFrom            []struct{}    `json:"volumesFrom"`
	SystemControls         []struct{}    `json:"systemControls"`
}

type portMapping struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	Protocol      string `json:"protocol"`
}

type mountPoint struct {
	ContainerPath string `json:"containerPath"`
	ReadOnly      bool   `json:"readOnly"`
	SourceVolume  string `json:"sourceVolume"`
}

type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type secret struct {
	Name      string `json:"name"`
	ValueFrom string `json:"valueFrom"`
}

type logs struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options"`
}

// Definitions writes a task's container definitions in the one form in which AWS gives
// them back: sorted, with the defaults that AWS fills in. Any other form would make a
// new task definition, and a new deployment, with every `pulumi up`.
func Definitions(c Container) (string, error) {
	d := definition{
		Name:                   c.Name,
		Image:                  c.Image,
		Essential:              true,
		PortMappings:           []portMapping{{ContainerPort: c.Port, HostPort: c.Port, Protocol: "tcp"}},
		ReadonlyRootFilesystem: c.ReadOnly,
		MountPoints:            []mountPoint{},
		Environment:            []variable{},
		LogConfiguration: logs{LogDriver: "awslogs", Options: map[string]string{
			"awslogs-group":         c.LogGroup,
			"awslogs-region":        c.Region,
			"awslogs-stream-prefix": c.Name,
		}},
		VolumesFrom:    []struct{}{},
		SystemControls: []struct{}{},
	}
	for _, volume := range Volumes(c) {
		d.MountPoints = append(d.MountPoints, mountPoint{ContainerPath: volume.Path, SourceVolume: volume.Name})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Environment)) {
		d.Environment = append(d.Environment, variable{Name: name, Value: c.Environment[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Secrets)) {
		d.Secrets = append(d.Secrets, secret{Name: name, ValueFrom: c.Secrets[name]})
	}
	text, err := json.Marshal([]definition{d})
	if err != nil {
		return "", fmt.Errorf("writing container definitions of %s: %w", c.Name, err)
	}
	return string(text), nil
}

// Volume is an empty folder that a task starts with and that goes with it.
type Volume struct {
	Name string
	Path string
}

// Volumes returns the volumes of the writable paths, sorted by path. There are none
// when the whole file system can be written to.
func Volumes(c Container) []Volume {
	if !c.ReadOnly {
		return nil
	}
	paths := slices.Sorted(slices.Values(c.WritablePaths))
	volumes := make([]Volume, 0, len(paths))
	for _, path := range paths {
		// AWS takes letters, digits, hyphens and underscores in a volume's name; "-" in a
		// path is doubled so that no two paths share one.
		name := strings.NewReplacer("-", "--", "/", "-").Replace(strings.TrimPrefix(path, "/"))
		volumes = append(volumes, Volume{Name: "writable-" + name, Path: path})
	}
	return volumes
}
