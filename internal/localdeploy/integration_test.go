//go:build integration

package localdeploy_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/localaws"
	"torii/internal/localdeploy"
	"torii/internal/toolchain"
)

// program is a small stack that the settings steer: a role always, a VPC with a subnet, a service, and a subnet that
// cannot be.
func program(ctx *pulumi.Context) error {
	set := func(key string) bool {
		value, found := ctx.GetConfig("torii:" + key)
		return found && value == "true"
	}
	_, err := iam.NewRole(ctx, "role", &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(`{"Version":"2012-10-17","Statement":[]}`),
	})
	if err != nil {
		return err
	}
	vpc, err := ec2.NewVpc(ctx, "network", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16")})
	if err != nil {
		return err
	}
	subnet, err := ec2.NewSubnet(ctx, "subnet", &ec2.SubnetArgs{VpcId: vpc.ID(), CidrBlock: pulumi.String("10.0.1.0/24")})
	if err != nil {
		return err
	}
	if set("conflict") {
		_, err := ec2.NewSubnet(ctx, "conflict", &ec2.SubnetArgs{VpcId: vpc.ID(), CidrBlock: subnet.CidrBlock.Elem()})
		if err != nil {
			return err
		}
	}
	if set("service") {
		count := 2
		if set("more") {
			count = 3
		}
		if err := service(ctx, subnet, count); err != nil {
			return err
		}
	}
	ctx.Export("vpcId", vpc.ID())
	ctx.Export("password", pulumi.ToSecret("topsecret"))
	return nil
}

// service runs count tasks and waits until they are steady.
func service(ctx *pulumi.Context, subnet *ec2.Subnet, count int) error {
	cluster, err := ecs.NewCluster(ctx, "cluster", nil)
	if err != nil {
		return err
	}
	task, err := ecs.NewTaskDefinition(ctx, "task", &ecs.TaskDefinitionArgs{
		Family:               pulumi.String("task"),
		NetworkMode:          pulumi.String("awsvpc"),
		ContainerDefinitions: pulumi.String(`[{"name":"web","image":"nginx","memory":64}]`),
	})
	if err != nil {
		return err
	}
	_, err = ecs.NewService(ctx, "service", &ecs.ServiceArgs{
		Cluster:              cluster.Arn,
		TaskDefinition:       task.Arn,
		DesiredCount:         pulumi.Int(count),
		NetworkConfiguration: &ecs.ServiceNetworkConfigurationArgs{Subnets: pulumi.StringArray{subnet.ID()}},
		EnableEcsManagedTags: pulumi.Bool(true),
		WaitForSteadyState:   pulumi.Bool(true),
	})
	return err
}

// bench is a local AWS of a test's own, and the Spec of a stack on it.
type bench struct {
	options localaws.Options
	spec    localdeploy.Spec
	said    *strings.Builder
}

func newBench(t *testing.T) *bench {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	kit, err := toolchain.Ensure(t.Context(), root, toolchain.Options{Progress: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b := &bench{
		said: &strings.Builder{},
		options: localaws.Options{
			MotoServer: kit.MotoServer,
			Launcher:   filepath.Join(root, "tools", "moto", "server.py"),
			Dir:        filepath.Join(dir, localdeploy.ServerFolder),
		},
		spec: localdeploy.Spec{
			Stack: "dev", Dir: dir, Kit: kit, Program: program,
			Project: []byte("name: torii\nruntime: go\n"),
		},
	}
	b.spec.Progress = b.said
	b.start(t)
	return b
}

// start starts the server, anew if there was one.
func (b *bench) start(t *testing.T) {
	t.Helper()
	server, err := localaws.Start(t.Context(), b.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	b.spec.Server = server
}

// with sets the stack's settings.
func (b *bench) with(settings ...string) localdeploy.Spec {
	spec := b.spec
	text := "config:\n  aws:region: ap-northeast-1\n  aws:profile: prod\n"
	for _, setting := range settings {
		text += "  torii:" + setting + "\n"
	}
	spec.Settings = []byte(text)
	return spec
}

func (b *bench) up(t *testing.T, settings ...string) localdeploy.Result {
	t.Helper()
	result, err := localdeploy.Up(t.Context(), b.with(settings...))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.said)
	}
	return result
}

func (b *bench) resources(t *testing.T) localaws.Resources {
	t.Helper()
	found, err := b.spec.Server.Resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestUpTwiceThenDestroyLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	settings := []string{"service: true"}

	plan, err := localdeploy.Preview(t.Context(), b.with(settings...))
	if err != nil {
		t.Fatal(err)
	}
	if plan.Work() != 6 || plan.Same {
		t.Errorf("the plan has %d steps, same %t; want 6, false", plan.Work(), plan.Same)
	}
	if found := b.resources(t); found.Count() != 0 {
		t.Errorf("the preview made %v", found)
	}

	first := b.up(t, settings...)
	if first.Changes["create"] != 7 || first.Work() != 6 { // with the stack itself, and without
		t.Errorf("the first up: %v, %d steps", first.Changes, first.Work())
	}
	if password := first.Outputs["password"]; password.Value != "topsecret" || !password.Secret {
		t.Errorf("the secret output is %+v", password)
	}
	if !strings.Contains(b.said.String(), "created   aws:ec2/vpc:Vpc") {
		t.Errorf("the progress has no line for the VPC:\n%s", b.said)
	}
	second := b.up(t, settings...)
	if second.Changes["same"] != 7 || len(second.Changes) != 1 {
		t.Errorf("the second up: %v", second.Changes)
	}
	third := b.up(t, "service: true", "more: true")
	if third.Changes["update"] != 1 || third.Changes["same"] != 6 {
		t.Errorf("with one task more: %v", third.Changes)
	}

	down, err := localdeploy.Destroy(t.Context(), b.with(settings...))
	if err != nil || down.Changes["delete"] != 7 {
		t.Fatalf("destroy: %v, %v", down.Changes, err)
	}
	if found := b.resources(t); found.Count() != 0 {
		t.Errorf("destroy left\n%s", found)
	}
	if _, err := localdeploy.Destroy(t.Context(), b.with(settings...)); !errors.Is(err, localdeploy.ErrNotDeployed) {
		t.Errorf("destroying again: %v", err)
	}
}

func TestFailureNamesTheResourceAndTheNextRunContinues(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	result, err := localdeploy.Up(t.Context(), b.with("conflict: true"))
	var failure *localdeploy.Failure
	if !errors.As(err, &failure) || len(failure.Paragraphs) != 1 {
		t.Fatalf("got %v", err)
	}
	paragraph := failure.Paragraphs[0]
	if !strings.Contains(paragraph, "conflict could not be created: AWS answered InvalidSubnet.Conflict to EC2 CreateSubnet") {
		t.Errorf("the paragraph is %q", paragraph)
	}
	if !slices.ContainsFunc(result.Steps, func(s localdeploy.Step) bool { return s.Failed }) {
		t.Error("no step of the result failed")
	}
	b.up(t)
	if found := b.resources(t); len(found["ec2"]["Subnet"]) != 1 {
		t.Errorf("after the repair there is\n%s", found)
	}
}

func TestStateOfAnEarlierServerIsDropped(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.up(t)
	if err := b.spec.Server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.start(t)
	if _, err := localdeploy.Outputs(t.Context(), b.with()); !errors.Is(err, localdeploy.ErrNotDeployed) {
		t.Errorf("outputs of what is gone: %v", err)
	}
	if !strings.Contains(b.said.String(), "The local AWS that stack dev stood on is gone") {
		t.Errorf("nobody said so:\n%s", b.said)
	}
	if again := b.up(t); again.Changes["create"] != 4 {
		t.Errorf("up on the new server: %v", again.Changes)
	}
}

func TestInterruptedRunIsContinued(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	settings := []string{"service: true"}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	spec := b.with(settings...)
	spec.Progress = writerFunc(func(line string) {
		if strings.Contains(line, "aws:ec2/vpc:Vpc") {
			cancel() // while the cluster takes its time
		}
	})
	if _, err := localdeploy.Up(ctx, spec); !errors.Is(err, context.Canceled) {
		t.Fatalf("the interrupted up: %v", err)
	}
	result := b.up(t, settings...)
	if result.Changes["same"] == 0 {
		t.Errorf("the second run began from nothing: %v", result.Changes)
	}
	if _, err := localdeploy.Destroy(t.Context(), b.with(settings...)); err != nil {
		t.Error(err)
	}
}

type writerFunc func(string)

func (f writerFunc) Write(line []byte) (int, error) {
	f(string(line))
	return len(line), nil
}
