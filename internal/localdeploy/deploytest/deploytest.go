// Package deploytest stands up what a test needs that deploys with the real engine.
package deploytest

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"torii/internal/localaws"
	"torii/internal/localdeploy"
	"torii/internal/recorder"
	"torii/internal/toolchain"
)

// Start starts a local AWS of a test's own, which ends with the test. It returns how to deploy
// the stack test to it, but for the program.
func Start(t testing.TB) localdeploy.Spec {
	t.Helper()
	kit, err := toolchain.Ensure(t.Context(), recorder.Root(), toolchain.Options{Progress: os.Stderr, Providers: toolchain.Build})
	require.NoError(t, err)
	dir := t.TempDir()
	server, err := localaws.Start(t.Context(), localaws.Options{
		MotoServer: kit.MotoServer,
		Launcher:   filepath.Join(recorder.Root(), "tools", "moto", "server.py"),
		Dir:        filepath.Join(dir, localdeploy.ServerFolder),
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return localdeploy.Spec{
		Stack: "test", Dir: dir, Kit: kit, Server: server,
		Project:  []byte("name: torii\nruntime: go\n"),
		Settings: []byte("config:\n  aws:region: " + recorder.Region + "\n"),
	}
}
