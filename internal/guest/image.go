//go:build linux

package guest

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"torii/internal/toolchain"
)

// release is the Debian that guests run.
const release = "bookworm"

// cloudPackages are what an image for clouds has beyond a minimal Debian. What a guest
// needs for its work it installs itself; that is what is tested.
var cloudPackages = []string{
	"systemd", "systemd-sysv", "dbus", "udev", "kmod", "iproute2", "procps", "sudo", "ca-certificates", "python3",
}

// browserPackages make the image of the browser. The tools of NSS put a certificate where it looks.
var browserPackages = []string{"chromium", "fonts-dejavu-core", "libnss3-tools"}

// Debian returns the folder of a fresh Debian, made on the first call on this machine and
// then kept in the user's cache. Nobody may write into it: machines lay theirs over it.
func Debian(ctx context.Context, progress io.Writer) (string, error) {
	return toolchain.Cached(ctx, "guest-debian-"+release, cloudPackages, progress, func(dir string) error {
		apt, err := hostApt(ctx)
		if err != nil {
			return err
		}
		args := []string{"--variant=minbase", "--include=" + strings.Join(cloudPackages, ","), release, dir}
		if apt.mirror != "" {
			args = append(args, apt.mirror) // else debootstrap's own
		}
		return step(progress, "Making a fresh Debian for guests", "1 to 2 minutes", exec.CommandContext(ctx, "debootstrap", args...))
	})
}

// chromium returns the folder of a Debian with the browser in it, so that the browser is
// not installed on this machine.
func chromium(ctx context.Context, progress io.Writer) (string, error) {
	base, err := Debian(ctx, progress)
	if err != nil {
		return "", err
	}
	madeFrom := append([]string{base}, browserPackages...)
	return toolchain.Cached(ctx, "guest-chromium", madeFrom, progress, func(dir string) error {
		if err := step(progress, "Copying it for the browser", "5 seconds",
			exec.CommandContext(ctx, "cp", "-a", base+"/.", dir)); err != nil {
			return err
		}
		files, err := hostFiles(ctx)
		if err != nil {
			return err
		}
		if err := files.take("/etc/resolv.conf", "/etc/resolv.conf"); err != nil { // it shares this machine's network
			return err
		}
		if err := files.writeTo(dir); err != nil {
			return err
		}
		install := "export DEBIAN_FRONTEND=noninteractive; update-ca-certificates; apt-get update && " +
			"apt-get install --yes --no-install-recommends " + strings.Join(browserPackages, " ") +
			" && apt-get clean && rm -rf /var/lib/apt/lists/*"
		return step(progress, "Installing the browser into it", "1 to 2 minutes",
			exec.CommandContext(ctx, "unshare", chroot(dir, "/bin/sh", "-c", install)...))
	})
}

// chroot returns the arguments of unshare that run a command in a root, with processes and
// mounts of its own that end with it.
func chroot(root string, command ...string) []string {
	const enter = `set -e
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
mount -t tmpfs tmpfs "$0/tmp"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 chroot "$0" "$@"`
	return append([]string{"--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", enter, root}, command...)
}

// step runs a command that takes a while, and says so.
func step(progress io.Writer, doing, usual string, cmd *exec.Cmd) error {
	say(progress, "%s (usually %s)", doing, usual)
	began := time.Now()
	ticker := time.NewTicker(15 * time.Second)
	defer ticker.Stop()
	done := make(chan error, 1)
	var out []byte
	go func() {
		var err error
		out, err = cmd.CombinedOutput()
		done <- err
	}()
	for {
		select {
		case err := <-done:
			if err != nil {
				return fmt.Errorf("%s: %w: %s", strings.ToLower(doing[:1])+doing[1:], err, lastLines(out))
			}
			return nil
		case <-ticker.C:
			say(progress, "  still at it, %s so far", time.Since(began).Round(time.Second))
		}
	}
}

// A fileSet is files to put into a root, by path.
type fileSet map[string]string

// writeTo puts the files below a root.
func (f fileSet) writeTo(root string) error {
	for path, text := range f {
		full := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return fmt.Errorf("putting %s into a root: %w", path, err)
		}
		// A link here (resolv.conf often is one) would lead out of the root.
		if err := os.Remove(full); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("putting %s into a root: %w", path, err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			return fmt.Errorf("putting %s into a root: %w", path, err)
		}
	}
	return nil
}
