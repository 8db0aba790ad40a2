package provider

import (
	"fmt"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/x/muxer"
	"github.com/pulumi/pulumi-terraform-bridge/v3/unstable/metadata"
)

// dispatcher is what the bridge's joined provider can do: say which of its halves serves which token.
type dispatcher interface {
	ResolveDispatch(*tfbridge.ProviderInfo) (muxer.DispatchTable, error)
}

// RecordDispatch computes which half of the Terraform provider serves each token and records it in the metadata.
func RecordDispatch(info *tfbridge.ProviderInfo) error {
	joined, ok := info.P.(dispatcher)
	if !ok {
		return fmt.Errorf("computing the dispatch table: %T is not a joined provider", info.P)
	}
	table, err := joined.ResolveDispatch(info)
	if err != nil {
		return fmt.Errorf("computing the dispatch table: %w", err)
	}
	if err := metadata.Set(info.GetMetadata(), "mux", table); err != nil {
		return fmt.Errorf("recording the dispatch table: %w", err)
	}
	return nil
}
