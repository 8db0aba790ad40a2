//go:build integration && linux

package guest_test

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"torii/internal/guest"
	"torii/internal/recorder"
)

const (
	wheels = "/srv/wheels" // where the first machine puts what it downloads

	// What users want beyond the list, one of each index.
	first, second = "tabulate==0.9.0", "humanize==4.9.0"

	// The list that a release brings, from which an index of one's own is filled.
	list = "compute/notebooks/guest/files/machine/opt/torii/requirements-notebook.txt"
)

// index is a package index inside a company's network, over TLS.
type index struct {
	balancer *guest.LoadBalancer
	filled   chan error
	dir      string

	lock sync.Mutex
	took map[string]bool // normalized names of packages that somebody fetched
}

// downloadIndex begins to fill one as LOCKS.md says: with what the list names.
func (n *notebookTest) downloadIndex() *index {
	x := &index{filled: make(chan error, 1), took: map[string]bool{}, dir: folder(n.root, "index")}
	go func() {
		_, err := n.m.asCloudInit(append(guest.RegistryEnvironment(), "HOME=/root"), "/opt/torii/notebook/bin/python", "-m", "pip",
			"download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", wheels,
			"-r", "/opt/torii/requirements-notebook.txt", first, second)
		x.filled <- err
	}()
	return x
}

// wait waits until the index is filled.
func (x *index) wait(t *testing.T) {
	t.Helper()
	select {
	case err := <-x.filled:
		require.NoError(t, err)
	case <-time.After(5 * time.Minute):
		t.Fatal("downloading the packages takes more than 5 minutes")
	}
}

// serve copies the packages from the machine that downloaded them, and serves them as long
// as the test runs.
func (n *notebookTest) serve(x *index) {
	out, err := exec.CommandContext(n.t.Context(), "cp", "-a", n.m.Path(wheels)+"/.", x.dir).CombinedOutput()
	require.NoError(n.t, err, string(out))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(n.t, err)
	server := &http.Server{Handler: x.handler(), ReadHeaderTimeout: time.Minute}
	go server.Serve(listener) //nolint:errcheck // it ends by being closed
	n.root.Cleanup(func() { require.NoError(n.root, server.Close()) })
	x.balancer, err = guest.NewLoadBalancer(n.root.Context(), "pypi.example.jp")
	require.NoError(n.t, err)
	x.balancer.SetTarget(listener.Addr().String())
}

// handler is the simple API: a page for each package with links to its files.
func (x *index) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /simple/{name}/", func(w http.ResponseWriter, r *http.Request) {
		files, err := filepath.Glob(filepath.Join(x.dir, "*.whl"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		for _, file := range files {
			if base := filepath.Base(file); packageOf(base) == r.PathValue("name") {
				fmt.Fprintf(w, "<a href=\"/files/%s\">%[1]s</a>\n", base)
			}
		}
	})
	mux.HandleFunc("GET /files/{file}", func(w http.ResponseWriter, r *http.Request) {
		x.lock.Lock()
		x.took[packageOf(r.PathValue("file"))] = true
		x.lock.Unlock()
		http.ServeFile(w, r, filepath.Join(x.dir, filepath.Base(r.PathValue("file"))))
	})
	return mux
}

// packageOf is the name of the package that a wheel or a line of the list is of.
func packageOf(text string) string {
	name, _, _ := strings.Cut(text, "-")
	if before, _, pinned := strings.Cut(text, "=="); pinned {
		name = before
	}
	return strings.ToLower(regexp.MustCompile("[-_.]+").ReplaceAllString(name, "-"))
}

// wheel is the file of a package.
func (x *index) wheel(t *testing.T, name string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(x.dir, name+"-*.whl"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

// given are the packages that somebody fetched.
func (x *index) given() []string {
	x.lock.Lock()
	defer x.lock.Unlock()
	return slices.Sorted(maps.Keys(x.took))
}

// listed are the packages of the list.
func listed(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recorder.Root(), list))
	require.NoError(t, err)
	var names []string
	for line := range strings.Lines(string(text)) {
		names = append(names, packageOf(line))
	}
	return slices.Sorted(slices.Values(names))
}

// url is the index's address for machines.
func (x *index) url() string {
	_, port, _ := strings.Cut(x.balancer.Address, ":")
	return "https://" + x.balancer.Host + ":" + port + "/simple/"
}
