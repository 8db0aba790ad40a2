//go:build integration

package localdeploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/localdeploy"
)

// TestSecretsReachTheProgramAsSecrets gives a program a setting that is encrypted, as `pulumi config set --secret` does.
func TestSecretsReachTheProgramAsSecrets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	spec := b.with("authority: {certificate: a, key: topsecret}")
	spec.Program = func(ctx *pulumi.Context) error {
		value, _ := ctx.GetConfig("torii:authority")
		ctx.Export("given", pulumi.String(value))
		ctx.Export("secret", pulumi.Bool(ctx.IsConfigSecret("torii:authority")))
		return nil
	}
	check := func(want string, secret bool) {
		t.Helper()
		result, err := localdeploy.Up(t.Context(), spec)
		if err != nil {
			t.Fatalf("%v\n%s", err, b.said)
		}
		if given := result.Outputs["given"].Value; given != want {
			t.Errorf("the program was given %v, want %v", given, want)
		}
		if got := result.Outputs["secret"].Value; got != secret {
			t.Errorf("as a secret: %v, want %t", got, secret)
		}
	}
	check(`{"certificate":"a","key":"topsecret"}`, false)
	if err := spec.Conceal("torii:authority.key"); err != nil {
		t.Fatal(err)
	}
	check(`{"certificate":"a","key":"topsecret"}`, true)
	written, err := os.ReadFile(filepath.Join(spec.Dir, "dev", "Pulumi.dev.yaml"))
	if err != nil || strings.Contains(string(written), "topsecret") {
		t.Errorf("the key is in the engine's file: %v\n%s", err, written)
	}
	spec.Secrets["torii:authority.key"] = "another"
	check(`{"certificate":"a","key":"another"}`, true)
	if _, err := localdeploy.Destroy(t.Context(), spec); err != nil {
		t.Error(err)
	}
}
