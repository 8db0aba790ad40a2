package toolchain

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// askTimeout bounds asking a program for its version.
const askTimeout = 20 * time.Second

// engineFlags strip the engine's debug data and tell it its version, without which the Automation API refuses it.
const engineFlags = "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v" + engineVersion

// engine returns a folder whose bin/pulumi is an engine that fits: the one on PATH, else one built from source.
func (b *builder) engine(ctx context.Context) (string, error) {
	if root, ok := installedEngine(ctx); ok {
		return root, nil
	}
	module := filepath.Join(b.tools, "pulumi")
	hash, err := hashSources(module)
	if err != nil {
		return "", err
	}
	key := "engine-" + engineVersion + "-" + hash
	return b.cache.ensure(ctx, key, b.waiting, func(dir string) error {
		b.say("No Pulumi engine of version %s or later is on PATH, so it is built from source, once.", engineVersion)
		if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
			return fmt.Errorf("making a cache folder: %w", err)
		}
		return b.buildModule(ctx, key, "the Pulumi engine", "5 to 10 minutes on two cores", module, dir, "bin/pulumi",
			"-ldflags", engineFlags, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi")
	})
}

// waiting tells that another run has the cache.
func (b *builder) waiting() {
	b.say("Another run is preparing the local toolchain; waiting for it.")
}

// installedEngine looks for an engine on PATH that fits. It must be in a folder called bin: the Automation API takes
// the folder above.
func installedEngine(ctx context.Context) (string, bool) {
	path, err := exec.LookPath("pulumi")
	if err != nil {
		return "", false
	}
	if path, err = filepath.Abs(path); err != nil || filepath.Base(filepath.Dir(path)) != "bin" {
		return "", false
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	out, err := cmd.Output()
	if err != nil || !engineFits(string(out)) {
		return "", false
	}
	return filepath.Dir(filepath.Dir(path)), true
}
