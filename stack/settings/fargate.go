package settings

// Fargate is a workload of kind fargate: a web service in containers.
type Fargate struct {
	// Required. fargate.
	Kind string `setting:"kind"`
	// Host name it answers at, inside torii:edge.domain. Without a domain, one workload may do without.
	Host string `setting:"host"`
	// Container image, pinned by tag or digest.
	Image string `setting:"image"`
	// TCP port that the container listens on.
	Port int `setting:"port"`
	// CPU units of a task; 1024 are one core. 256, 512, 1024, 2048, 4096, 8192 or 16384.
	CPU int `setting:"cpu"`
	// MiB of memory of a task; what is allowed depends on cpu.
	Memory int `setting:"memory"`
	// Tasks that always run, 1 or more; 2 survive the loss of a zone.
	Min int `setting:"min"`
	// Tasks it may grow to.
	Max int `setting:"max"`
	// Path that answers 200 to 399 when the service is well.
	HealthPath string `setting:"healthPath"`
	// Keeps the container's own file system unwritable but for writablePaths.
	ReadOnly bool `setting:"readOnly"`
	// Folders the container may write to; they start empty and go with the task.
	WritablePaths []string `setting:"writablePaths"`
	// Plain environment variables. Not for secrets.
	Environment map[string]string `setting:"environment"`
	// Environment variables taken from a Secrets Manager secret or an SSM parameter, by ARN.
	Secrets map[string]string `setting:"secrets"`
}

// DefaultImage is what a Fargate workload runs when no image is given: nginx's
// stable release, from the mirror of Docker's official images in ECR Public, which
// asks for no login and has no pull limit that a small team would meet.
const DefaultImage = "public.ecr.aws/docker/library/nginx:1.28.0"

// defaultFargate is a Fargate workload that says nothing. The writable paths are
// the ones that the nginx image needs when its own file system is read-only.
func defaultFargate() Fargate {
	return Fargate{
		Image:         DefaultImage,
		Port:          80,
		CPU:           256,
		Memory:        512,
		Min:           2,
		Max:           4,
		HealthPath:    "/",
		ReadOnly:      true,
		WritablePaths: []string{"/run", "/tmp", "/var/cache/nginx"},
	}
}

func (f *Fargate) site() (string, bool) { return f.Host, true }

// endpoints are what a task needs: its image, its logs, and its secrets.
func (f *Fargate) endpoints(Settings) []string {
	needed := []string{EndpointECR, EndpointLogs}
	services := map[string]bool{}
	for _, arn := range f.Secrets {
		services[SecretService(arn)] = true
	}
	if services["secretsmanager"] {
		needed = append(needed, EndpointSecretsManager)
	}
	if services["ssm"] {
		needed = append(needed, EndpointSSM)
	}
	return needed
}
