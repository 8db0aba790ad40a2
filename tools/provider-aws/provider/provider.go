// Package provider describes the slim AWS provider to the Pulumi Terraform bridge: which Terraform resources it serves,
// under which tokens and property names, and how it is configured. Tokens and names are those of the released AWS
// provider of the same version, so that programs written against its SDK run on either.
package provider

import (
	"context"
	"fmt"

	pftfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"

	"github.com/hashicorp/terraform-provider-aws/xpprovider"
)

// Version is the version of the released provider this one stands in for.
const Version = "6.83.2"

// Name is the name of the provider, as in pulumi-resource-aws.
const Name = "aws"

// New describes the provider. metadata is what the generate command wrote at build time, or nothing when it is that
// command which asks.
func New(ctx context.Context, metadata []byte) (tfbridge.ProviderInfo, error) {
	framework, sdk, err := xpprovider.GetProvider(ctx)
	if err != nil {
		return tfbridge.ProviderInfo{}, fmt.Errorf("setting up the Terraform AWS provider: %w", err)
	}
	resources, functions, err := tokens()
	if err != nil {
		return tfbridge.ProviderInfo{}, err
	}

	info := tfbridge.ProviderInfo{
		P:                pftfbridge.MuxShimWithDisjointgPF(ctx, shimv2.NewProvider(sdk), framework),
		Name:             Name,
		Version:          Version,
		GitHubOrg:        "hashicorp",
		License:          "Apache-2.0",
		Resources:        resources,
		DataSources:      functions,
		Config:           config(),
		MetadataInfo:     tfbridge.NewProviderMetadata(metadata),
		UpstreamRepoPath: ".", // documentation is left out, so no search for it

		SkipValidateProviderConfigForPluginFramework: true, // the SDKv2 half checks the same configuration
	}
	info.IgnoreMappings = unmapped(info)
	if err := override(&info); err != nil {
		return tfbridge.ProviderInfo{}, err
	}
	assets(&info)
	autoname(&info)
	return info, nil
}
