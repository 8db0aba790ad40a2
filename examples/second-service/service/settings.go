package service

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/consume"
)

// settings is what a stack file says; Pulumi.yaml describes each and has the defaults.
type settings struct {
	Torii, Host, Domain, Image, HealthPath string
	Port, CPU, Memory, Min, Max, Priority  int
}

// load reads the settings and reports everything that is wrong with them at once.
func load(ctx *pulumi.Context) (settings, error) {
	var problems []error
	text := func(key string) string {
		value, given := ctx.GetConfig(ctx.Project() + ":" + key)
		if !given {
			problems = append(problems, fmt.Errorf("%s: is missing", key))
		}
		return value
	}
	number := func(key string) int {
		value := text(key)
		n, err := strconv.Atoi(value)
		if value != "" && err != nil {
			problems = append(problems, fmt.Errorf("%s: %s is not a whole number", key, value))
		}
		return n
	}
	s := settings{
		Torii: text("torii"), Host: text("host"), Domain: text("domain"), Image: text("image"), HealthPath: text("healthPath"),
		Port: number("port"), CPU: number("cpu"), Memory: number("memory"), Min: number("min"), Max: number("max"),
		Priority: number("priority"),
	}
	if len(problems) == 0 {
		problems = s.problems()
	}
	if err := errors.Join(problems...); err != nil {
		return settings{}, fmt.Errorf("reading the settings of %s: %w", ctx.Project(), err)
	}
	return s, nil
}

// hostName is a host name of two labels or more, in lower case, as the gate's rules compare it.
var hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// pinned is an image with a tag or a digest.
var pinned = regexp.MustCompile(`^[^:@]+(:[0-9]+/[^:@]+)?(:[\w.-]+|(:[\w.-]+)?@sha256:[0-9a-f]{64})$`)

// problems are the values that could not work, or not for long. What Fargate makes of cpu and memory, AWS says when the
// task definition is made, before anything runs.
func (s settings) problems() []error {
	var all []error
	refuse := func(key string, value any, why string) {
		all = append(all, fmt.Errorf("%s: %v %s", key, value, why))
	}
	if !hostName.MatchString(s.Host) {
		refuse("host", s.Host, "is not a host name; give one in lower case such as api.example.jp")
	} else if s.Domain != "" && !strings.HasSuffix(s.Host, "."+s.Domain) && s.Host != s.Domain {
		refuse("host", s.Host, "is outside domain "+s.Domain)
	}
	if !pinned.MatchString(s.Image) || strings.HasSuffix(s.Image, ":latest") {
		refuse("image", s.Image, "is not pinned; add a tag other than latest, or a digest")
	}
	if s.Port < 1 || s.Port > 65535 {
		refuse("port", s.Port, "is not allowed; choose 1 to 65535")
	}
	if !strings.HasPrefix(s.HealthPath, "/") {
		refuse("healthPath", s.HealthPath, "is not a path; give one such as /health")
	}
	if s.Min < 1 || s.Max < s.Min {
		refuse("min", s.Min, fmt.Sprintf("and max %d are not allowed; choose 1 or more, and max no less", s.Max))
	}
	if s.Priority != 0 && (s.Priority < consume.FirstPriority || s.Priority > consume.LastPriority) {
		refuse("priority", s.Priority, fmt.Sprintf("is not allowed; choose %d to %d, or 0 for the one that comes from the names",
			consume.FirstPriority, consume.LastPriority))
	}
	return all
}

// checkWith wants what the Torii stack must let through for the service to work.
func (s settings) checkWith(torii *consume.Outputs) error {
	problems := []error{torii.CheckPort(s.Port), torii.CheckHost(s.Host)}
	ways := torii.WaysOut()
	if len(ways) == 0 {
		problems = append(problems, fmt.Errorf("stack %s has no way out, and tasks could not pull their image", torii.Stack))
	} else if !internet(ways) && !strings.Contains(s.Image, ".dkr.ecr.") {
		problems = append(problems, fmt.Errorf("image: %s cannot be pulled, since no way of stack %s leads to the internet; "+
			"give an image in this account's own registry", s.Image, torii.Stack))
	}
	return errors.Join(problems...)
}
