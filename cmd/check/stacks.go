package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"torii/internal/check"
	"torii/internal/localaws"
	"torii/internal/localdeploy"
	"torii/internal/pulumicli"
	"torii/internal/toolchain"
)

// inAWS finds a stack by the pulumi on PATH, signed in as it is.
func (o options) inAWS(ctx context.Context, _ io.Writer) (check.Options, error) {
	var about check.Options
	text, err := pulumicli.Run(ctx, o.stack, nil, "stack", "output", "--json")
	if err != nil {
		return about, fmt.Errorf("reading the outputs of stack %s: %w", o.stack, err)
	}
	if about.Outputs, err = check.ReadOutputs(text, "pulumi up --stack "+o.stack); err != nil {
		return about, fmt.Errorf("stack %s: %w", o.stack, err)
	}
	settings, err := pulumicli.AWS(ctx, o.stack, o.region)
	if err != nil {
		return about, err
	}
	about.Region = settings.Region
	about.AWS = check.NewAWS(settings)
	return about, nil
}

// onThisMachine finds a stack that was deployed to the local AWS.
func (o options) onThisMachine(ctx context.Context, errOut io.Writer) (check.Options, error) {
	var about check.Options
	root, err := localdeploy.FindRoot(".")
	if err != nil {
		return about, err
	}
	dir := filepath.Join(root, ".local")
	up := "make local STACK=" + o.stack
	server, err := localaws.Find(ctx, filepath.Join(dir, localdeploy.ServerFolder))
	if err != nil {
		return about, err
	}
	if server == nil {
		return about, fmt.Errorf("the local AWS is not running, so no stack is up on it; %s deploys %s", up, o.stack)
	}
	spec := localdeploy.Spec{Stack: o.stack, Dir: dir, Server: server}
	if _, err := spec.Load(root); err != nil {
		return about, err
	}
	chosen := toolchain.Auto
	if os.Getenv("TORII_PROVIDERS") == "build" {
		chosen = toolchain.Build
	}
	if spec.Kit, err = toolchain.Ensure(ctx, root, toolchain.Options{Progress: errOut, Providers: chosen}); err != nil {
		return about, err
	}
	values, err := localdeploy.Outputs(ctx, spec)
	if errors.Is(err, localdeploy.ErrNotDeployed) {
		return about, fmt.Errorf("stack %s is not deployed here; %s deploys it", o.stack, up)
	}
	if err != nil {
		return about, err
	}
	settings, err := localdeploy.Config(ctx, spec)
	if err != nil {
		return about, err
	}
	return deployedLocally(values, settings[pulumicli.RegionKey], server.URL, up)
}

// deployedLocally makes of a local stack's outputs what there is to ask the local AWS about.
func deployedLocally(values auto.OutputMap, region, url, up string) (check.Options, error) {
	public := map[string]any{}
	for name, output := range values {
		if !output.Secret { // secrets are of no use here
			public[name] = output.Value
		}
	}
	about := check.Options{Region: region, NoURLs: "the local AWS carries no traffic, so nothing can answer"}
	text, err := json.Marshal(public)
	if err != nil {
		return about, fmt.Errorf("reading the stack's outputs: %w", err)
	}
	if about.Outputs, err = check.ReadOutputs(text, up); err != nil {
		return about, err
	}
	// Explicit in everything: nothing of the user's AWS configuration may reach it.
	about.AWS = check.NewAWS(aws.Config{
		Region: region, BaseEndpoint: aws.String(url), Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	return about, nil
}
