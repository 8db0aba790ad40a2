// Package toolchain makes the local toolchain available: the Pulumi engine, its provider plugins, and the local AWS. It
// takes what the machine has, and builds the rest once from published sources into the user's cache folder.
package toolchain

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
)

// The versions of the toolchain's parts. The provider versions are those of the SDKs the program imports.
const (
	engineVersion = "3.250.0"
	awsVersion    = "6.83.2"
	tlsVersion    = "5.2.0"
)

// Kit is a complete local toolchain: an engine, its provider plugins, and the local AWS.
type Kit struct {
	PulumiRoot string // Folder whose bin/pulumi is the engine (the root of the Automation API's PulumiCommand).
	PulumiHome string // PULUMI_HOME that holds the provider plugins.
	MotoServer string // Path of the moto_server executable.
	AWSCLI     string // Path of an aws executable, for people to look around with.
}

// Source says where provider plugins come from.
type Source int

const (
	// Auto takes a released plugin where one is installed or can be, and builds one otherwise.
	Auto Source = iota
	// Build always builds, for tests and continuous integration: what they run does not depend on the machine.
	Build
)

// Options change how Ensure works.
type Options struct {
	Progress  io.Writer // Plain sentences, one a line, on what is being done. Nil is silence.
	Providers Source
}

// Ensure makes the toolchain available and says where it is. repoRoot is the folder that holds tools/. The first run on
// a machine takes minutes; later ones find everything in the cache.
func Ensure(ctx context.Context, repoRoot string, opts Options) (Kit, error) {
	kept, err := userCache()
	if err != nil {
		return Kit{}, err
	}
	root, err := filepath.Abs(repoRoot)
	if err != nil {
		return Kit{}, fmt.Errorf("finding the repository's folder: %w", err)
	}
	b := &builder{
		cache: kept,
		tools: filepath.Join(root, "tools"),
		say:   sayer(opts.Progress),
	}

	// Python first: whether it is there shows at once, and a build takes minutes.
	venv, err := b.localAWS(ctx)
	if err != nil {
		return Kit{}, err
	}
	engine, err := b.engine(ctx)
	if err != nil {
		return Kit{}, err
	}
	home, err := b.plugins(ctx, engine, opts.Providers)
	if err != nil {
		return Kit{}, err
	}
	return Kit{
		PulumiRoot: engine,
		PulumiHome: home,
		MotoServer: filepath.Join(venv, "bin", "moto_server"),
		AWSCLI:     filepath.Join(venv, "bin", "aws"),
	}, nil
}

// A builder makes the toolchain's parts.
type builder struct {
	cache cache
	tools string // The repository's tools folder.
	say   func(format string, args ...any)
}

// sayer returns a function that prints a sentence.
func sayer(w io.Writer) func(string, ...any) {
	return func(format string, args ...any) {
		if w != nil {
			fmt.Fprintf(w, format+"\n", args...)
		}
	}
}
