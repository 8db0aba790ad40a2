//go:build integration

package localaws_test

import (
	"context"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"torii/internal/localaws"
	"torii/internal/toolchain"
)

// options returns those of a server in dir, with moto from the toolchain.
func options(t *testing.T, dir string) localaws.Options {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	kit, err := toolchain.Ensure(t.Context(), root, toolchain.Options{Progress: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	return localaws.Options{
		MotoServer: kit.MotoServer,
		Launcher:   filepath.Join(root, "tools", "moto", "server.py"),
		Dir:        dir,
	}
}

func start(t *testing.T, o localaws.Options) *localaws.Server {
	t.Helper()
	server, err := localaws.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return server
}

func TestServerIsFoundAgainUntilItStops(t *testing.T) {
	t.Parallel()
	o := options(t, t.TempDir())
	o.Detached = true
	first := start(t, o)
	if first.Reused || first.Outdated {
		t.Errorf("the first start: reused %t, outdated %t", first.Reused, first.Outdated)
	}
	second, err := localaws.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if !second.Reused || second.Outdated || second.URL != first.URL || second.ID != first.ID {
		t.Errorf("the second start gave %+v, want %+v reused", second, first)
	}
	if err := second.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found, err := localaws.Find(t.Context(), o.Dir); err != nil || found != nil {
		t.Errorf("after Stop, found %+v, %v", found, err)
	}
}

func TestPortOfSomebodyElseIsNamed(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
	})
	o := options(t, t.TempDir())
	o.Port = listener.Addr().(*net.TCPAddr).Port
	_, err = localaws.Start(t.Context(), o)
	want := "port " + strconv.Itoa(o.Port) + " on this machine is taken by another program; choose a free one, " +
		"for example with TORII_LOCAL_PORT=" + strconv.Itoa(o.Port+1)
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}

	mine := options(t, t.TempDir())
	server := start(t, mine)
	if mine.Port, err = strconv.Atoi(server.URL[strings.LastIndex(server.URL, ":")+1:]); err != nil {
		t.Fatal(err)
	}
	neighbour := mine
	neighbour.Dir = t.TempDir()
	_, err = localaws.Start(t.Context(), neighbour)
	if err == nil || !strings.Contains(err.Error(), "is taken by the local AWS of ") {
		t.Errorf("with another folder's server at the port: %v", err)
	}
}

func TestZoneIsMadeOnceAndResetForgetsIt(t *testing.T) {
	t.Parallel()
	server := start(t, options(t, t.TempDir()))
	if found, err := server.Resources(t.Context()); err != nil || found.Count() != 0 {
		t.Fatalf("a fresh server has %v, %v", found, err)
	}
	for _, want := range []bool{true, false} {
		made, err := server.EnsureZone(t.Context(), "example.jp")
		if err != nil || made != want {
			t.Errorf("made %t, %v; want %t", made, err, want)
		}
	}
	found, err := server.Resources(t.Context())
	if err != nil || len(found["route53"]["FakeZone"]) != 1 || found.Count() != 1 {
		t.Errorf("resources: %v, %v; want one zone", found, err)
	}

	before := server.ID
	if err := server.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if server.ID == before {
		t.Error("Reset kept the ID, so nobody can tell that everything is forgotten")
	}
	if found, err := server.Resources(t.Context()); err != nil || found.Count() != 0 {
		t.Errorf("after Reset: %v, %v", found, err)
	}
}

func TestWhatMotoLacksIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	server := start(t, options(t, t.TempDir()))
	client := route53.New(route53.Options{
		BaseEndpoint: aws.String(server.URL),
		Region:       "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
	began := time.Now()
	_, err := client.ListTrafficPolicies(t.Context(), &route53.ListTrafficPoliciesInput{})
	if err == nil || !strings.Contains(err.Error(), "NotImplemented: the local AWS does not have route53") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the client repeated the request for %s", took)
	}
}
