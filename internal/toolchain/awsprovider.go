package toolchain

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// upstream is the module path of the Terraform AWS provider.
const upstream = "github.com/hashicorp/terraform-provider-aws"

// buildAWS builds the slim AWS provider plugin in a copy of its module, next to a copy of the Terraform provider that
// is cut down to the services in use.
func (b *builder) buildAWS(ctx context.Context, key, dir string) error {
	const what = "the AWS provider"
	if err := needGo(what); err != nil {
		return err
	}
	work := filepath.Join(dir, "work")
	if err := copyTree(filepath.Join(b.tools, "provider-aws"), work); err != nil {
		return err
	}
	cut, generate := filepath.Join(work, "upstream"), filepath.Join(dir, "generate")

	err := b.withLog(key, func(log io.Writer, path string) error {
		err := b.run(ctx, log, path, goStep("downloading the Go modules of "+what,
			"1 to 3 minutes, seconds if they are there", work, "mod", "download"))
		if err != nil {
			return err
		}
		source, err := moduleFolder(ctx, work, upstream)
		if err != nil {
			return err
		}
		for _, s := range []step{
			goStep("cutting the Terraform provider's source to the services in use", "10 seconds", work,
				"run", "./cut", "-from", source, "-to", cut),
			goStep("pointing the build at the cut source", "a moment", work,
				"mod", "edit", "-replace="+upstream+"=./upstream"),
			goStep("compiling "+what, "6 to 10 minutes on two cores", work,
				"build", "-trimpath", "-ldflags", "-s -w", "-o", generate, "./generate"),
			{doing: "generating the provider's schema", usual: "15 seconds", dir: work, name: generate,
				args: []string{"-out", filepath.Join(work, "generated")}},
			goStep("linking "+what, "10 seconds", work,
				"build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, pluginFile("aws")), "."),
		} {
			if err := b.run(ctx, log, path, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := os.Remove(generate); err != nil {
		return fmt.Errorf("clearing up after the build: %w", err)
	}
	if err := os.RemoveAll(work); err != nil {
		return fmt.Errorf("clearing up after the build: %w", err)
	}
	return nil
}

// moduleFolder asks Go where the source of a module is.
func moduleFolder(ctx context.Context, dir, module string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), goEnv...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("finding the source of %s: %w: %s", module, err, strings.TrimSpace(stderr.String()))
	}
	source := strings.TrimSpace(string(out))
	if source == "" {
		return "", fmt.Errorf("finding the source of %s: it is not in the module cache", module)
	}
	return source, nil
}
