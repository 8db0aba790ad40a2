package settings

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// maxWorkloadName leaves room in a target group's name, 32 characters at AWS, for
// the 8 that Pulumi adds and for a role of 3 such as -tg.
const maxWorkloadName = 20

var workloadName = regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)

// reservedNames are the other parties of the flow table.
var reservedNames = []string{"internet", "gateway", "endpoints", "s3", "network", "nat", "bastion", "other-stacks"}

func checkWorkloads(ps *Problems, s Settings, region string) {
	const section = "torii:workloads"
	if len(s.Workloads) == 0 {
		ps.missing(section, "is missing; name at least one workload")
	}
	for _, name := range s.Names() {
		at := section + "." + name
		switch {
		case slices.Contains(reservedNames, name):
			ps.refuse(at, name, "is the name of another party of the flow table; choose a different one than %s", list(reservedNames))
		case !workloadName.MatchString(name) || len(name) > maxWorkloadName:
			ps.refuse(at, name, "is not a workload's name; give at most %d lower-case letters, digits and hyphens, a letter first", maxWorkloadName)
		}
		if chosen := s.Workloads[name].chosen(); chosen != nil {
			chosen.check(ps, at+".", s, region)
		}
	}
	checkHosts(ps, s)
}

// SecretService returns the service that a secret's ARN belongs to, secretsmanager or
// ssm, or "" when it is not such an ARN.
func SecretService(text string) string {
	parsed, err := arn.Parse(text)
	switch {
	case err != nil || parsed.Region == "" || parsed.AccountID == "":
		return ""
	case parsed.Service == "secretsmanager" && strings.HasPrefix(parsed.Resource, "secret:"):
		return parsed.Service
	case parsed.Service == "ssm" && strings.HasPrefix(parsed.Resource, "parameter/"):
		return parsed.Service
	}
	return ""
}
