package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// settings are what Pulumi.yaml describes.
type settings struct {
	Repository   string
	OwnerID      int
	RepositoryID int
	Branch       string
	Project      string
	Stages       []string
	People       []string
	Zones        map[string][]string
	Provider     string
	Protect      bool
}

// load reads the settings, whose defaults are in Pulumi.yaml, and fails with all that is wrong with them.
func load(ctx *pulumi.Context) (settings, error) {
	var s settings
	var problems []error
	for _, each := range []struct {
		name string
		into any
	}{
		{"repository", &s.Repository}, {"ownerId", &s.OwnerID}, {"repositoryId", &s.RepositoryID}, {"branch", &s.Branch},
		{"project", &s.Project}, {"stages", &s.Stages}, {"people", &s.People}, {"zones", &s.Zones}, {"provider", &s.Provider},
		{"protect", &s.Protect},
	} {
		text, found := ctx.GetConfig("torii-bootstrap:" + each.name)
		if name, is := each.into.(*string); is && found {
			*name = text
			continue
		}
		err := errors.New("it is not set")
		if found {
			err = json.Unmarshal([]byte(text), each.into)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("torii-bootstrap:%s: %w", each.name, err))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return s, fmt.Errorf("reading the settings: %w", err)
	}
	return s, s.check()
}

// Names go into policies, in which * and ? mean anything and ${ a variable: nothing of the sort gets that far.
var (
	repositoryName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$`)
	branchName     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
	stackName      = regexp.MustCompile(`^[a-z][a-z0-9-]{0,19}$`)
	zoneID         = regexp.MustCompile(`^Z[A-Z0-9]+$`)
	providerARN    = regexp.MustCompile(`^arn:[a-z-]+:iam::\d{12}:oidc-provider/` + regexp.QuoteMeta(issuer) + `$`)
)

func (s settings) check() error {
	var problems []error
	want := func(right bool, setting string, value any, allowed string) {
		if !right {
			problems = append(problems, fmt.Errorf("torii-bootstrap:%s: %v is not allowed; %s", setting, value, allowed))
		}
	}
	want(repositoryName.MatchString(s.Repository), "repository", s.Repository, "give owner/name")
	want(s.OwnerID > 0, "ownerId", s.OwnerID, "give the number that GitHub has for the owner")
	want(s.RepositoryID > 0, "repositoryId", s.RepositoryID, "give the number that GitHub has for the repository")
	want(branchName.MatchString(s.Branch), "branch", s.Branch, "give a branch's name, such as main")
	want(stackName.MatchString(s.Project), "project", s.Project, "give a project's name, small letters, digits and -, 20 at most")
	want(s.Provider == "" || providerARN.MatchString(s.Provider), "provider", s.Provider, "give the ARN of the provider "+issuer)
	want(len(s.Stages) > 0, "stages", s.Stages, "give one at least")
	for i, stage := range s.Stages {
		want(stackName.MatchString(stage), "stages", stage, "give stacks' names, small letters, digits and -, 20 at most")
		want(!slices.Contains(s.Stages[:i], stage), "stages", stage, "it is there twice")
		for _, prefix := range []string{"preview-", "drift-"} {
			want(!slices.Contains(s.Stages, prefix+stage), "stages", prefix+stage, "it is the environment of previews or drift of "+stage)
		}
	}
	for _, stage := range s.People {
		want(slices.Contains(s.Stages, stage), "people", stage, "it is not one of the stages")
	}
	for _, stage := range slices.Sorted(maps.Keys(s.Zones)) {
		want(slices.Contains(s.Stages, stage), "zones", stage, "it is not one of the stages")
		for _, zone := range s.Zones[stage] {
			want(zoneID.MatchString(zone), "zones."+stage, zone, "give a hosted zone's id, such as Z0123456789ABCDEFGHIJ")
		}
	}
	return errors.Join(problems...)
}
