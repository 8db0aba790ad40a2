package provider

import (
	"context"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

// assets lets the content of S3 objects be given as Pulumi assets, and keys them by the resource's name by default.
func assets(info *tfbridge.ProviderInfo) {
	for _, name := range []string{"aws_s3_object", "aws_s3_bucket_object"} {
		r := info.Resources[name]
		if r == nil {
			continue
		}
		setField(r, "source", &tfbridge.SchemaInfo{Asset: &tfbridge.AssetTranslation{Kind: tfbridge.FileAsset}})
		setField(r, "key", &tfbridge.SchemaInfo{Default: &tfbridge.DefaultInfo{
			ComputeDefault: func(_ context.Context, opts tfbridge.ComputeDefaultOptions) (any, error) {
				return opts.URN.Name(), nil
			},
		}})
	}
}
