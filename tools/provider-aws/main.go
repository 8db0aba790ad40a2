// Command pulumi-resource-aws is the slim AWS provider plugin: the Terraform AWS provider, cut to a few dozen services,
// behind the Pulumi Terraform bridge. Schema and dispatch table are computed when it is built (see the generate
// command): computing them at every start would cost each preview some ten seconds.
package main

import (
	"context"
	"embed"
	"fmt"
	"os"

	pftfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"

	"torii/tools/provider-aws/provider"
)

//go:embed generated
var generated embed.FS

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-aws:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	schema, err := generated.ReadFile("generated/schema.json")
	if err != nil {
		return fmt.Errorf("reading the schema, which the generate command makes: %w", err)
	}
	metadata, err := generated.ReadFile("generated/metadata.json")
	if err != nil {
		return fmt.Errorf("reading the metadata, which the generate command makes: %w", err)
	}
	info, err := provider.New(ctx, metadata)
	if err != nil {
		return err
	}
	pftfbridge.MainWithMuxer(ctx, provider.Name, info, schema)
	return nil
}
