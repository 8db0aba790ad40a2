//go:build integration

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keepsAState does what README.md says, with the engine itself: the bootstrap's own state moves into the bucket, and a
// stage's begins there, with secrets under the key.
func (a *localAccount) keepsAState(t *testing.T, outputs auto.OutputMap) {
	backend := outputs["backend"].Value.(string)
	provider := outputs["secretsProviders"].Value.(map[string]any)["prod"].(string)
	style := "?use_path_style=true" // the local AWS has no host for each bucket
	stage, at := a.folder(t, "torii"), backend+"/prod"+style
	files := s3.NewFromConfig(a.config(), func(o *s3.Options) { o.UsePathStyle = true })
	bucket := strings.TrimPrefix(backend, "s3://")

	moving := a.folder(t, "torii-bootstrap")
	file := filepath.Join(moving, "account.json")
	a.pulumi(t, moving, "file://"+filepath.Join(a.dir, "state")+"?metadata=skip", "stack", "export", "--stack", "account", "--file", file)
	into := backend + "/bootstrap" + style
	a.pulumi(t, moving, into, "stack", "init", "account", "--secrets-provider", strings.Replace(provider, "=prod", "=bootstrap", 1))
	a.pulumi(t, moving, into, "stack", "import", "--stack", "account", "--file", file)
	assert.Equal(t, backend, a.pulumi(t, moving, into, "stack", "output", "backend", "--stack", "account"))

	a.pulumi(t, stage, at, "stack", "init", "prod", "--secrets-provider", provider)
	a.pulumi(t, stage, at, "config", "set", "--secret", "word", "open sesame", "--stack", "prod")
	assert.Equal(t, "open sesame", a.pulumi(t, stage, at, "config", "get", "word", "--stack", "prod"))
	settings, err := os.ReadFile(filepath.Join(stage, "Pulumi.prod.yaml"))
	require.NoError(t, err)
	assert.Contains(t, string(settings), "secretsprovider: "+provider)
	assert.NotContains(t, string(settings), "open sesame")

	// The stage is part of what is encrypted: under another stage's name the key does not open it.
	other := strings.Replace(string(settings), "context_stage=prod", "context_stage=dev", 1)
	require.NoError(t, os.WriteFile(filepath.Join(stage, "Pulumi.prod.yaml"), []byte(other), 0o600))
	said, err := a.tryPulumi(t, stage, at, "config", "get", "word", "--stack", "prod")
	require.Error(t, err, said)

	listed, err := files.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	require.NoError(t, err)
	require.NotEmpty(t, listed.Contents)
	for _, kept := range listed.Contents {
		assert.Regexp(t, `^(bootstrap|prod)/\.pulumi/`, *kept.Key, "a role's rights end with its stage's folder")
	}

	// The local AWS fails when the provider empties a bucket that has versions.
	versions, err := files.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &bucket})
	require.NoError(t, err)
	gone := map[string]*string{}
	for _, each := range versions.Versions {
		gone[*each.Key+" "+*each.VersionId] = each.Key
	}
	for _, each := range versions.DeleteMarkers {
		gone[*each.Key+" "+*each.VersionId] = each.Key
	}
	for id, key := range gone {
		version := strings.TrimPrefix(id, *key+" ")
		_, err := files.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: key, VersionId: &version})
		require.NoError(t, err)
	}
}

// folder has a project file and nothing else.
func (a *localAccount) folder(t *testing.T, project string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: "+project+"\nruntime: go\n"), 0o600))
	return dir
}

// tryPulumi runs the command line in a folder, with a backend.
func (a *localAccount) tryPulumi(t *testing.T, dir, backend string, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(a.kit.PulumiRoot, "bin", "pulumi"), append(args, "--non-interactive")...)
	command.Dir = dir
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "PULUMI_HOME=" + filepath.Join(dir, "home"), "PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_BACKEND_URL=" + backend, "PULUMI_CONFIG_PASSPHRASE=torii-local", "AWS_ENDPOINT_URL=" + a.server.URL, "AWS_REGION=" + region,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true",
	}
	said, err := command.CombinedOutput()
	return strings.TrimSpace(string(said)), err
}

// pulumi is tryPulumi for what must succeed.
func (a *localAccount) pulumi(t *testing.T, dir, backend string, args ...string) string {
	t.Helper()
	said, err := a.tryPulumi(t, dir, backend, args...)
	require.NoError(t, err, "%v: %s", args, said)
	return said
}
