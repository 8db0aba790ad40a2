//go:build integration

package integration

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/awscalls"
	"torii/internal/localaws"
	"torii/internal/recorder"
)

var (
	update = flag.Bool("update", false, "add the calls that deployments make to bootstrap/testdata/calls.txt")
	// callsFile lists every call of AWS that a deployment may make: what the roles of bootstrap are made from.
	callsFile  = filepath.Join(recorder.Root(), "bootstrap", "testdata", "calls.txt")
	callsMutex sync.Mutex
)

// listened puts something between the provider and the server that notes what is asked for. When the test is over, all
// of that must be in the list, as it is what bootstrap's roles let a deployment do.
func listened(t *testing.T, server *localaws.Server) *localaws.Server {
	t.Helper()
	calls, err := awscalls.Record(server.URL)
	require.NoError(t, err)
	t.Cleanup(func() {
		calls.Close()
		seen, unnamed := calls.Actions()
		assert.NoError(t, errors.Join(unnamed...))
		callsMutex.Lock()
		defer callsMutex.Unlock()
		text, err := os.ReadFile(callsFile)
		require.NoError(t, err)
		known := strings.Fields(string(text))
		unknown := slices.DeleteFunc(seen, func(call string) bool { return slices.Contains(known, call) })
		if !*update {
			assert.Empty(t, unknown, "calls that no role of bootstrap allows; add them with -update, then follow bootstrap's tests")
			return
		}
		all := slices.Sorted(slices.Values(append(known, unknown...)))
		require.NoError(t, os.WriteFile(callsFile, []byte(strings.Join(all, "\n")+"\n"), 0o644))
	})
	through := *server
	through.URL = calls.URL
	return &through
}
