// Package recorder runs a Pulumi program without an engine and writes down what it
// would register. The provider is never asked, so nothing that AWS or the provider
// checks is checked here.
package recorder

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Project is the name that recorded programs run under.
const Project = "torii"

// Resource is one registration.
type Resource struct {
	Type                string // token, such as aws:ec2/vpc:Vpc
	Name                string // logical
	Parent              string // URN
	Custom              bool   // false for components
	Inputs              resource.PropertyMap
	Outputs             resource.PropertyMap // the inputs and what the provider would have added
	DependsOn           []string             // URNs, explicit and by data
	DeleteBeforeReplace bool
	IgnoreChanges       []string
	Protect             bool
	RetainOnDelete      bool
}

// Input returns an input as plain values, by its path: rules[0].name.
func (r Resource) Input(path string) any { return at(r.Inputs, path) }

// Output returns an output as plain values, by its path. A secret is returned as what it hides.
func (r Resource) Output(path string) any {
	if hidden, ok := at(r.Outputs, path).(*resource.Secret); ok {
		return hidden.Element.Mappable()
	}
	return at(r.Outputs, path)
}

func at(properties resource.PropertyMap, path string) any {
	parsed, err := resource.ParsePropertyPath(path)
	if err != nil {
		return fmt.Errorf("recorder: path %q: %w", path, err) // no test expects this value
	}
	value, ok := parsed.Get(resource.NewObjectProperty(properties))
	if !ok {
		return nil
	}
	return value.Mappable()
}

// After says whether the engine would make this resource only after another: by an
// explicit dependency, or because one of its inputs comes from it.
func (r Resource) After(token, name string) bool {
	return slices.ContainsFunc(r.DependsOn, func(urn string) bool { return is(urn, token, name) })
}

// is compares a URN, whose type part starts with the types of its parents, with a type
// and a name.
func is(urn, token, name string) bool {
	parsed := resource.URN(urn)
	return urn != "" && string(parsed.Type()) == token && parsed.Name() == name
}

// Recording is everything that a program registered.
type Recording struct {
	mutex     sync.Mutex
	resources []Resource
	answers   Answers
}

// Answers is what AWS says when it is asked something, by the question's token.
type Answers map[string]map[string]any

// Run runs a program under mocks, with the configuration given (full key to JSON
// text), and returns what it registered, whether or not it failed.
func Run(stack string, config map[string]string, program pulumi.RunFunc) (*Recording, error) {
	return RunWith(stack, config, program, nil)
}

// RunWith is Run where AWS gives other answers than usual.
func RunWith(stack string, config map[string]string, program pulumi.RunFunc, answers Answers) (*Recording, error) {
	return RunGiven(stack, config, program, Given{Answers: answers})
}

// Given is what a program finds otherwise than usual.
type Given struct {
	Answers Answers
	Secrets []string // full keys of the configuration that are encrypted, or have something encrypted in them
}

// RunGiven is Run where something is otherwise than usual.
func RunGiven(stack string, config map[string]string, program pulumi.RunFunc, given Given) (*Recording, error) {
	recording := &Recording{answers: given.Answers}
	err := pulumi.RunErr(program,
		pulumi.WithMocks(Project, stack, recording),
		func(info *pulumi.RunInfo) { info.Config, info.ConfigSecretKeys = config, given.Secrets },
	)
	return recording, err
}

// Test is what is asked of a *testing.T. Programs that record, too, are spared that package.
type Test interface {
	Helper()
	Fatalf(format string, values ...any)
}

// MustRun is Run for programs that must succeed.
func MustRun(t Test, stack string, config map[string]string, program pulumi.RunFunc) *Recording {
	t.Helper()
	recording, err := Run(stack, config, program)
	if err != nil {
		t.Fatalf("running the program: %v", err)
	}
	return recording
}

// All returns every registration but the stack's own, sorted by type and name.
func (r *Recording) All() []Resource {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	all := slices.Clone(r.resources)
	slices.SortFunc(all, func(a, b Resource) int { return strings.Compare(a.Type+" "+a.Name, b.Type+" "+b.Name) })
	return all
}

// Of returns the registrations of one type, sorted by name.
func (r *Recording) Of(token string) []Resource {
	return slices.DeleteFunc(r.All(), func(each Resource) bool { return each.Type != token })
}

// One returns the registration of a type with a name, and fails the test without it.
func (r *Recording) One(t Test, token, name string) Resource {
	t.Helper()
	for _, each := range r.Of(token) {
		if each.Name == name {
			return each
		}
	}
	t.Fatalf("no %s named %s; there are %v", token, name, names(r.Of(token)))
	return Resource{}
}

func names(resources []Resource) []string {
	all := make([]string, len(resources))
	for i, each := range resources {
		all[i] = each.Name
	}
	return all
}

// NewResource answers a registration: the inputs come back, with what AWS would have
// computed beside them.
func (r *Recording) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.TypeToken == "pulumi:pulumi:Stack" {
		return args.Name, args.Inputs, nil
	}
	registration := Resource{
		Type: args.TypeToken, Name: args.Name, Custom: args.Custom, Inputs: args.Inputs.Copy(),
	}
	if rpc := args.RegisterRPC; rpc != nil {
		registration.Parent = rpc.GetParent()
		registration.DependsOn = rpc.GetDependencies()
		registration.DeleteBeforeReplace = rpc.GetDeleteBeforeReplace()
		registration.IgnoreChanges = rpc.GetIgnoreChanges()
		registration.Protect = rpc.GetProtect()
		registration.RetainOnDelete = rpc.GetRetainOnDelete()
	}
	filled := computed(args)
	made, err := sealed(args)
	if err != nil {
		return "", nil, err
	}
	maps.Copy(filled, made)
	outputs := args.Inputs.Copy()
	for key, value := range filled {
		if _, given := outputs[key]; !given {
			outputs[key] = value
		}
	}
	registration.Outputs = outputs.Copy()
	r.mutex.Lock()
	r.resources = append(r.resources, registration)
	r.mutex.Unlock()
	return args.Name + "-id", outputs, nil
}
