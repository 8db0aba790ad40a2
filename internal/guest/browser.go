//go:build linux

package guest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// BrowserOptions say what browser to start.
type BrowserOptions struct {
	Dir         string             // an empty folder for what the browser writes; the caller removes it
	Hosts       map[string]string  // where the browser finds hosts, by name: host and port for its port 443
	Pins        []string           // public keys of certificates that it trusts, as LoadBalancer.Pin
	Authorities []string           // PEM: whose servers it trusts, as after an import by hand
	Client      *ClientCertificate // it shows this to a host that asks for one; nil: it has none
	Progress    io.Writer          // plain sentences; nil is silence
}

// Browser is a headless Chromium. It finds no host but those it was told of: its network
// has nothing else in it. It does not share this machine's, where another program that
// adds an interface would break its connections.
type Browser struct {
	ctx     context.Context
	cancel  func()
	network *os.File
}

// enterOverlay lays a folder over the browser's image where only the browser sees it.
const enterOverlay = `#!/bin/sh
# Runs the browser in a root and a network of its own.
exec nsenter --net=%s unshare --mount --pid --fork --kill-child /bin/sh -c '
set -e
root=$1 options=$2; shift 2
mount -t overlay overlay -o "$options" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8 TZ=UTC chroot "$root" /usr/local/bin/browse "$@"' sh '%s' '%s' "$@"
`

// StartBrowser starts a browser, which runs until it is closed or the context ends.
func StartBrowser(ctx context.Context, o BrowserOptions) (*Browser, error) {
	image, err := chromium(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	for _, folder := range []string{"upper", "work", "root"} {
		if err := os.Mkdir(filepath.Join(o.Dir, folder), 0o755); err != nil {
			return nil, fmt.Errorf("starting the browser: %w", err)
		}
	}
	files, err := o.files()
	if err != nil {
		return nil, fmt.Errorf("starting the browser: %w", err)
	}
	if err := files.writeTo(filepath.Join(o.Dir, "upper")); err != nil {
		return nil, fmt.Errorf("starting the browser: %w", err)
	}
	if err := os.Chmod(filepath.Join(o.Dir, "upper", browse), 0o755); err != nil {
		return nil, fmt.Errorf("starting the browser: %w", err)
	}
	network, err := newNetwork()
	if err != nil {
		return nil, fmt.Errorf("starting the browser: %w", err)
	}
	b := &Browser{network: network}
	if err := b.start(ctx, o, image); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the browser: %w", err), network.Close())
	}
	return b, nil
}

// start starts the browser in its network.
func (b *Browser) start(ctx context.Context, o BrowserOptions, image string) error {
	layers := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", image, filepath.Join(o.Dir, "upper"), filepath.Join(o.Dir, "work"))
	program := filepath.Join(o.Dir, "chromium")
	script := fmt.Appendf(nil, enterOverlay, fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), b.network.Fd()), filepath.Join(o.Dir, "root"), layers)
	if err := os.WriteFile(program, script, 0o755); err != nil {
		return err
	}
	var rules []string
	for host, address := range o.Hosts {
		listener, err := b.Listen("127.0.0.1:0")
		if err != nil {
			return err
		}
		context.AfterFunc(ctx, func() { listener.Close() })
		go relay(listener, func(net.Conn) (net.Conn, error) { return net.Dial("tcp", address) })
		rules = append(rules, "MAP "+host+":443 "+listener.Addr().String())
	}
	rules = append(rules, "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1")
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.UserDataDir("/tmp/profile"), // in its own root
		chromedp.NoSandbox,                   // it is root there, and sees our own pages only
		chromedp.Flag("host-resolver-rules", strings.Join(rules, ", ")),
		chromedp.Flag("ignore-certificate-errors-spki-list", strings.Join(o.Pins, ",")),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en"),
		chromedp.WindowSize(1280, 900),
		chromedp.DisableGPU,
	)
	allocator, freeAllocator := chromedp.NewExecAllocator(ctx, flags...)
	root, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(root); err != nil {
		cancel()
		freeAllocator()
		return err
	}
	b.ctx, b.cancel = root, func() { cancel(); freeAllocator() }
	return nil
}

// Close ends the browser.
func (b *Browser) Close() error {
	b.cancel()
	return b.network.Close()
}

// Listen listens at an address in the browser's network, for this process to answer there.
func (b *Browser) Listen(at string) (net.Listener, error) {
	var listener net.Listener
	err := within(b.network, func() error {
		var err error
		listener, err = net.Listen("tcp4", at)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listening in the browser's network: %w", err)
	}
	return listener, nil
}

// Person opens a page with cookies of its own: another person at another machine.
func (b *Browser) Person() (*Page, error) {
	return newPage(chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext()))
}

// Page is a tab of a browser.
type Page struct {
	ctx   context.Context
	close func()
}

func newPage(ctx context.Context, cancel func()) (*Page, error) {
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		return nil, fmt.Errorf("opening a page: %w", err)
	}
	// A person who leaves a page says yes when it asks whether they mean it.
	dialogs := chromedp.Events(ctx, page.JavascriptDialogOpening)
	go func() {
		for _, err := range dialogs {
			if err != nil {
				return // the page is closed
			}
			chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}) //nolint:errcheck // likewise
		}
	}()
	return &Page{ctx: ctx, close: cancel}, nil
}

// Tab opens another page of the same person.
func (p *Page) Tab() (*Page, error) {
	return newPage(chromedp.NewContext(p.ctx))
}

// Close closes the page.
func (p *Page) Close() { p.close() }

// pollEvery is how often a page is asked for what a test waits for.
const pollEvery = 200 * time.Millisecond

// limited returns a context of the page's for one action.
func (p *Page) limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, actionLimit)
}
