// Command ensure makes the local toolchain available and prints where its parts are, one name=path a line. With -build
// it builds the provider plugins even where released ones could be had.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"torii/internal/toolchain"
)

func main() {
	build := flag.Bool("build", false, "always build the provider plugins")
	root := flag.String("root", ".", "folder of the repository")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	opts := toolchain.Options{Progress: os.Stderr}
	if *build {
		opts.Providers = toolchain.Build
	}
	kit, err := toolchain.Ensure(ctx, *root, opts)
	if err != nil {
		fmt.Fprintln(os.Stderr, "ensure:", err)
		os.Exit(1)
	}
	fmt.Printf("pulumi_root=%s\npulumi_home=%s\nmoto_server=%s\naws_cli=%s\n",
		kit.PulumiRoot, kit.PulumiHome, kit.MotoServer, kit.AWSCLI)
}
