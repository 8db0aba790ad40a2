package settings

import (
	"path/filepath"
	"regexp"
	"slices"
)

// Limits of a fleet.
const (
	maxMachines     = 100
	minCPUPercent   = 10
	maxCPUPercent   = 90
	minGraceSeconds = 30
	maxGraceSeconds = 3600
)

// plainPath keeps to characters that mean nothing to a web server's configuration.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]*)+$`)

func (f *Fleet) check(ps *Problems, at string, s Settings, _ string) {
	f.checkExpose(ps, at, s.Edge)
	f.checkTLS(ps, at)
	f.checkInstanceTLS(ps, at, s)
	checkInstanceType(ps, at+"instanceType", f.InstanceType)
	checkMachineImage(ps, at+"image", f.Image)
	if f.Min < 1 || f.Min > maxMachines {
		ps.refuse(at+"min", f.Min, "is not allowed; choose 1 to %d", maxMachines)
	}
	switch {
	case f.Max < 1 || f.Max > maxMachines:
		ps.refuse(at+"max", f.Max, "is not allowed; choose 1 to %d", maxMachines)
	case f.Max < f.Min && f.Min <= maxMachines:
		ps.refuse(at+"max", f.Max, "is not allowed with min %d; choose %d to %d", f.Min, f.Min, maxMachines)
	}
	checkPort(ps, at+"port", f.Port)
	if len(f.HealthPath) > maxHealthPath || !plainPath.MatchString(f.HealthPath) {
		ps.refuse(at+"healthPath", f.HealthPath, "is not a path of letters, digits and - . _ ~; give one such as /health")
	}
	if f.UserData != "" && !filepath.IsLocal(f.UserData) {
		ps.refuse(at+"userData", f.UserData, "is not below the folder of Pulumi.yaml; give a path such as web/setup.sh")
	}
	if f.CPUPercent != 0 && (f.CPUPercent < minCPUPercent || f.CPUPercent > maxCPUPercent) {
		ps.refuse(at+"cpuPercent", f.CPUPercent, "is not allowed; choose %d to %d, or 0 for no scaling by it", minCPUPercent, maxCPUPercent)
	}
	if f.RequestsPerTarget < 0 {
		ps.refuse(at+"requestsPerTarget", f.RequestsPerTarget, "is not allowed; choose 1 or more, or 0 for no scaling by it")
	}
	if f.RequestsPerTarget > 0 && !f.Exposes(ExposeALB) {
		ps.refuse(at+"requestsPerTarget", f.RequestsPerTarget, "is counted by the gate only; add %s to expose, or take it out", ExposeALB)
	}
	if f.GraceSeconds < minGraceSeconds || f.GraceSeconds > maxGraceSeconds {
		ps.refuse(at+"graceSeconds", f.GraceSeconds, "is not allowed; choose %d to %d", minGraceSeconds, maxGraceSeconds)
	}
}

// checkExpose reports load balancers that there are not, or that cannot do what is asked of them.
func (f *Fleet) checkExpose(ps *Problems, at string, e Edge) {
	ways := []string{ExposeALB, ExposeCLB, ExposeNLB}
	if len(f.Expose) == 0 {
		ps.missing(at+"expose", "is empty, so nobody could reach the servers; name one or more of "+list(ways))
	}
	seen := map[string]bool{}
	for i, way := range f.Expose {
		if !slices.Contains(ways, way) {
			ps.refuse(indexed(at+"expose", i), way, "is not allowed; choose %s", list(ways))
		}
		ps.twice(indexed(at+"expose", i), way, seen)
	}
	if named := f.Host != "" || e.Domain != ""; named && slices.Index(f.Expose, ExposeALB) > 0 {
		ps.refuse(at+"expose", f.Expose, "gives the host to %s, and the gate knows a workload by its host; put %s first",
			f.Expose[0], ExposeALB)
	}
}
