// Command pulumi-resource-tls is a small TLS provider plugin: private keys, certificate requests and certificates made
// with Go's own crypto packages, under the tokens and property names of the released TLS provider.
package main

import (
	"context"
	"fmt"
	"os"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/pkg/v3/resource/provider"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"torii/tools/provider-tls/certs"
)

// version is the version of the released provider this one stands in for.
const version = "5.2.0"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--version" {
		fmt.Println(version)
		return
	}
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-tls:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	described, err := certs.Provider()
	if err != nil {
		return fmt.Errorf("describing the provider: %w", err)
	}
	serve := p.RawServer("tls", version, described)
	return provider.MainContext(ctx, "tls", func(host *provider.HostClient) (rpc.ResourceProviderServer, error) {
		server, err := serve(host)
		if err != nil {
			return nil, err
		}
		return quiet{server}, nil
	})
}

// quiet is a server that keeps the engine's own key out of the configuration it hands back. The framework puts its
// version there, and the engine warns a person who can do nothing about it.
type quiet struct {
	rpc.ResourceProviderServer
}

// engineKey is the configuration key the engine reserves.
const engineKey = "__internal"

// CheckConfig checks the configuration.
func (q quiet) CheckConfig(ctx context.Context, req *rpc.CheckRequest) (*rpc.CheckResponse, error) {
	resp, err := q.ResourceProviderServer.CheckConfig(ctx, req)
	if resp != nil && resp.Inputs != nil {
		delete(resp.Inputs.Fields, engineKey)
	}
	return resp, err
}
