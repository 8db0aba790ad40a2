package settings

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"
)

// fargateMemory is the MiB of memory that each number of CPU units allows: from, to,
// step. Source: the RegisterTaskDefinition operation of the ECS API.
var fargateMemory = map[int]struct{ from, to, step int }{
	256:   {512, 2048, 512},
	512:   {1024, 4096, 1024},
	1024:  {2048, 8192, 1024},
	2048:  {4096, 16384, 1024},
	4096:  {8192, 30720, 1024},
	8192:  {16384, 61440, 4096},
	16384: {32768, 122880, 8192},
}

var fargateCPU = []int{256, 512, 1024, 2048, 4096, 8192, 16384}

// memoryFor says what memory a number of CPU units allows.
func memoryFor(cpu int) (allowed []int, words string) {
	r := fargateMemory[cpu]
	for mib := r.from; mib <= r.to; mib += r.step {
		if cpu == 256 && mib == 1536 {
			continue // 0.25 vCPU goes 512, 1024, 2048
		}
		allowed = append(allowed, mib)
	}
	if len(allowed) <= 4 {
		return allowed, list(texts(allowed))
	}
	return allowed, texts([]int{r.from})[0] + " to " + texts([]int{r.to})[0] + " in steps of " + texts([]int{r.step})[0]
}

// maxHealthPath is the longest path that a load balancer asks for. Source: CreateTargetGroup in the AWS API.
const maxHealthPath = 1024

// variableName is what a shell and every runtime accept as an environment variable.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (f *Fargate) check(ps *Problems, at string, s Settings, region string) {
	checkPort(ps, at+"port", f.Port)
	if !slices.Contains(fargateCPU, f.CPU) {
		ps.refuse(at+"cpu", f.CPU, "is not allowed; choose %s", list(texts(fargateCPU)))
	} else if allowed, words := memoryFor(f.CPU); !slices.Contains(allowed, f.Memory) {
		ps.refuse(at+"memory", f.Memory, "is not allowed with cpu %d; choose %s", f.CPU, words)
	}
	if f.Min < 1 {
		ps.refuse(at+"min", f.Min, "is not allowed; choose 1 or more")
	}
	if least := max(f.Min, 1); f.Max < least {
		ps.refuse(at+"max", f.Max, "is not allowed; choose %d, which is min, or more", least)
	}
	if !strings.HasPrefix(f.HealthPath, "/") || len(f.HealthPath) > maxHealthPath || strings.ContainsAny(f.HealthPath, " \t\n") {
		ps.refuse(at+"healthPath", f.HealthPath, "is not a path; give one such as /health")
	}
	checkImage(ps, at+"image", f.Image, s.Network.NAT, region)
	seen := map[string]bool{}
	for i, folder := range f.WritablePaths {
		if !path.IsAbs(folder) || path.Clean(folder) != folder || folder == "/" {
			ps.refuse(indexed(at+"writablePaths", i), folder, "is not a folder; give an absolute path such as /tmp")
		}
		ps.twice(indexed(at+"writablePaths", i), folder, seen)
	}
	f.checkVariables(ps, at)
}

// checkPort wants a TCP port.
func checkPort(ps *Problems, at string, port int) {
	if port < 1 || port > maxPort {
		ps.refuse(at, port, "is not allowed; choose 1 to %d", maxPort)
	}
}

const maxPort = 65535

// checkImage wants an image that is the same one tomorrow, and that can be pulled.
func checkImage(ps *Problems, at, image, nat, region string) {
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		ps.refuse(at, image, "is not a container image; give one such as %s", DefaultImage)
		return
	}
	tagged, hasTag := named.(reference.Tagged)
	_, hasDigest := named.(reference.Digested)
	if !hasDigest && (!hasTag || tagged.Tag() == "latest") {
		ps.refuse(at, image, "is not pinned; add a tag other than latest, or a digest")
	}
	if nat == NATNone && !isPrivateECR(reference.Domain(named), region) {
		ps.refuse(at, image, "cannot be pulled with torii:network.nat none; give an image in this account's own registry, "+
			"<account>.dkr.ecr.%s.amazonaws.com/…, which the ecr endpoint leads to", orRegion(region))
	}
}

var privateECR = regexp.MustCompile(`^[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$`)

// isPrivateECR says whether a registry is ECR's own in this region: endpoints lead to
// their own region only.
func isPrivateECR(registry, region string) bool {
	match := privateECR.FindStringSubmatch(registry)
	return match != nil && (region == "" || match[1] == region)
}

func orRegion(region string) string {
	if region == "" {
		return "<region>"
	}
	return region
}

// checkVariables reports what is wrong with a container's environment.
func (f *Fargate) checkVariables(ps *Problems, at string) {
	for _, name := range sortedKeys(f.Environment) {
		if !variableName.MatchString(name) {
			ps.refuse(at+"environment."+name, name, "is not a variable's name; give letters, digits and underscores, no digit first")
		}
	}
	for _, name := range sortedKeys(f.Secrets) {
		if !variableName.MatchString(name) {
			ps.refuse(at+"secrets."+name, name, "is not a variable's name; give letters, digits and underscores, no digit first")
		}
		if _, both := f.Environment[name]; both {
			ps.refuse(at+"secrets."+name, name, "is in environment as well; keep one")
		}
		if SecretService(f.Secrets[name]) == "" {
			ps.refuse(at+"secrets."+name, f.Secrets[name],
				"is not the ARN of a secret; give arn:aws:secretsmanager:…:secret:… or arn:aws:ssm:…:parameter/…")
		}
	}
}
