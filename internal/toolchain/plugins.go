package toolchain

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// fetchTimeout bounds the attempt to fetch a released plugin.
const fetchTimeout = 3 * time.Minute

// A plugin is a provider plugin the program needs.
type plugin struct {
	name, version string
	title         string
	build         func(ctx context.Context, key, dir string) error
}

// folder is the plugin's folder below PULUMI_HOME/plugins.
func (p plugin) folder() string {
	return "resource-" + p.name + "-v" + p.version
}

// pluginFile is the name of a provider plugin's executable.
func pluginFile(name string) string {
	return "pulumi-resource-" + name
}

// plugins returns a PULUMI_HOME that holds the provider plugins.
func (b *builder) plugins(ctx context.Context, engine string, source Source) (string, error) {
	wanted := []plugin{
		{name: "tls", version: tlsVersion, title: "TLS", build: b.buildTLS},
		{name: "aws", version: awsVersion, title: "AWS", build: b.buildAWS},
	}
	var folders []string
	for _, p := range wanted {
		folder, err := b.plugin(ctx, engine, source, p)
		if err != nil {
			return "", err
		}
		folders = append(folders, folder)
	}
	return b.cache.ensure(ctx, "home-"+hashStrings(folders...), b.waiting, func(dir string) error {
		for i, p := range wanted {
			target := filepath.Join(dir, "plugins", p.folder())
			if err := os.MkdirAll(target, 0o755); err != nil {
				return fmt.Errorf("making the plugin folder: %w", err)
			}
			if err := linkTree(folders[i], target); err != nil {
				return err
			}
		}
		return nil
	})
}

// plugin returns a folder that holds a plugin: a released one where that is allowed and there is one, else a built one.
// A built one in the cache is not thrown away for another attempt to fetch the released one.
func (b *builder) plugin(ctx context.Context, engine string, source Source, p plugin) (string, error) {
	hash, err := hashSources(filepath.Join(b.tools, "provider-"+p.name))
	if err != nil {
		return "", err
	}
	built := "provider-" + p.name + "-" + p.version + "-" + hash
	fetched := "released-" + p.name + "-" + p.version
	if source == Auto {
		if folder, ok := installedPlugin(p); ok {
			return folder, nil
		}
		if b.cache.has(fetched) {
			return b.cache.path(fetched), nil
		}
		if !b.cache.has(built) {
			if folder, err := b.fetch(ctx, engine, fetched, p); err == nil {
				return folder, nil
			} else if ctx.Err() != nil {
				return "", err
			}
			b.say("The released %s provider cannot be had here, so a small one is built from source, once.", p.title)
		}
	}
	return b.cache.ensure(ctx, built, b.waiting, func(dir string) error { return p.build(ctx, built, dir) })
}

// installedPlugin looks for a plugin that the person's own Pulumi has installed.
func installedPlugin(p plugin) (string, bool) {
	home := os.Getenv("PULUMI_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return "", false
		}
		home = filepath.Join(user, ".pulumi")
	}
	folder := filepath.Join(home, "plugins", p.folder())
	return folder, exists(filepath.Join(folder, pluginFile(p.name))) && !exists(folder+".partial")
}

// fetch lets the engine install a released plugin.
func (b *builder) fetch(ctx context.Context, engine, key string, p plugin) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	return b.cache.ensure(ctx, key, b.waiting, func(dir string) error {
		home := filepath.Join(dir, "home")
		err := b.withLog(key, func(log io.Writer, path string) error {
			return b.run(ctx, log, path, step{
				doing: "downloading the released " + p.title + " provider", usual: "under 3 minutes", dir: dir,
				env:  []string{"PULUMI_HOME=" + home, "PULUMI_SKIP_UPDATE_CHECK=true"},
				name: filepath.Join(engine, "bin", "pulumi"),
				args: []string{"plugin", "install", "resource", p.name, "v" + p.version},
			})
		})
		if err != nil {
			return err
		}
		if err := linkTree(filepath.Join(home, "plugins", p.folder()), dir); err != nil {
			return err
		}
		return os.RemoveAll(home)
	})
}

// buildTLS builds the small TLS provider plugin.
func (b *builder) buildTLS(ctx context.Context, key, dir string) error {
	return b.buildModule(ctx, key, "the TLS provider", "1 to 3 minutes", filepath.Join(b.tools, "provider-tls"), dir,
		pluginFile("tls"), "-ldflags", "-s -w", ".")
}

// linkTree makes the files of a folder appear in another: as hard links where the disk allows, else as copies.
func linkTree(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("reading a plugin's folder: %w", err)
	}
	for _, e := range entries {
		source, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		if e.IsDir() {
			if err := copyTree(source, target); err != nil {
				return err
			}
			continue
		}
		if os.Link(source, target) == nil {
			continue
		}
		if err := copyFile(source, target); err != nil {
			return fmt.Errorf("copying a plugin: %w", err)
		}
	}
	return nil
}
