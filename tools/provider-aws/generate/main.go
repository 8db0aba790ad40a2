// Command generate writes the slim AWS provider's Pulumi schema and bridge metadata, which the plugin embeds.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi-terraform-bridge/v3/unstable/metadata"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"

	"torii/tools/provider-aws/provider"
)

func main() {
	out := flag.String("out", "generated", "folder to write schema.json and metadata.json to")
	flag.Parse()
	if err := run(context.Background(), *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string) error {
	info, err := provider.New(ctx, nil)
	if err != nil {
		return err
	}
	if err := provider.RecordDispatch(&info); err != nil {
		return err
	}

	sink := diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never})
	result, err := tfgen.GenerateSchemaWithOptions(tfgen.GenerateSchemaOptions{
		ProviderInfo:    info,
		DiagnosticsSink: sink,
		XInMemoryDocs:   true,
	})
	if err != nil {
		return fmt.Errorf("generating the schema: %w", err)
	}
	spec := result.PackageSpec
	spec.Version = provider.Version
	schema, err := json.Marshal(spec)
	if err != nil {
		return fmt.Errorf("encoding the schema: %w", err)
	}
	if err := os.WriteFile(filepath.Join(out, "schema.json"), schema, 0o644); err != nil {
		return fmt.Errorf("writing the schema: %w", err)
	}
	data := (*metadata.Data)(info.MetadataInfo.Data).Marshal()
	if err := os.WriteFile(filepath.Join(out, "metadata.json"), data, 0o644); err != nil {
		return fmt.Errorf("writing the metadata: %w", err)
	}
	return nil
}
