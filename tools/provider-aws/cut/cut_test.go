package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// source is a provider's source with three services, of which sns calls iam.
var source = map[string]string{
	"go.mod":                           "module github.com/hashicorp/terraform-provider-aws\n",
	"names/names.go":                   "package names\n",
	"version/version.go":               "package version\n",
	"xpprovider/xp.go":                 "package xpprovider\n",
	"internal/acctest/acctest.go":      "package acctest\n\nfunc use(c client) { c.SQSClient() }\n",
	"internal/service/iam/iam.go":      "package iam\n\nfunc use(c client) { c.IAMClient() }\n",
	"internal/service/sns/sns.go":      "package sns\n\nimport _ \"" + servicePrefix + "iam\"\n\nfunc use(c client) { c.SNSClient() }\n",
	"internal/service/sns/sns_test.go": "package sns\n\nimport _ \"" + servicePrefix + "sqs\"\n",
	"internal/service/sqs/sqs.go":      "package sqs\n\nfunc use(c client) { c.SQSClient() }\n",
	"internal/provider/service_packages_gen.go": `package provider

import (
	"context"

	"` + servicePrefix + `iam"
	"` + servicePrefix + `sns"
	"` + servicePrefix + `sqs"
)

func servicePackages(ctx context.Context) []any {
	v := []any{
		iam.ServicePackage(ctx),
		sns.ServicePackage(ctx),
		sqs.ServicePackage(ctx),
	}
	return v
}
`,
	"internal/conns/awsclient_gen.go": `package conns

import (
	iam_sdkv2 "example.com/sdk/iam"
	sns_sdkv2 "example.com/sdk/sns"
	sqs_sdkv2 "example.com/sdk/sqs"
)

func (c *AWSClient) IAMClient() *iam_sdkv2.Client { return client[*iam_sdkv2.Client](c) }

func (c *AWSClient) SNSClient() *sns_sdkv2.Client { return client[*sns_sdkv2.Client](c) }

func (c *AWSClient) SQSClient() *sqs_sdkv2.Client { return client[*sqs_sdkv2.Client](c) }
`,
}

const wantPackages = `package provider

import (
	"context"

	"` + servicePrefix + `sns"
)

func servicePackages(ctx context.Context) []any {
	v := []any{

		sns.ServicePackage(ctx),
	}
	return v
}
`

const wantClients = `package conns

import (
	iam_sdkv2 "example.com/sdk/iam"
	sns_sdkv2 "example.com/sdk/sns"
)

func (c *AWSClient) IAMClient() *iam_sdkv2.Client { return client[*iam_sdkv2.Client](c) }

func (c *AWSClient) SNSClient() *sns_sdkv2.Client { return client[*sns_sdkv2.Client](c) }
`

// writeFiles makes files below a folder.
func writeFiles(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCut(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "cut")
	writeFiles(t, from, source)
	list := filepath.Join(t.TempDir(), "services.txt")
	writeFiles(t, filepath.Dir(list), map[string]string{"services.txt": "# what we need\nsns # topics\n"})

	if err := run(from, to, list); err != nil {
		t.Fatalf("run = %v, want nil", err)
	}
	for name, want := range map[string]string{
		"internal/provider/service_packages_gen.go": wantPackages,
		"internal/conns/awsclient_gen.go":           wantClients,
		"internal/service/iam/iam.go":               source["internal/service/iam/iam.go"],
	} {
		got, err := os.ReadFile(filepath.Join(to, name))
		if err != nil || string(got) != want {
			t.Errorf("%s = %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
	for _, name := range []string{"internal/service/sqs", "internal/acctest", "internal/service/sns/sns_test.go"} {
		if _, err := os.Stat(filepath.Join(to, name)); !os.IsNotExist(err) {
			t.Errorf("%s was copied, want it left behind", name)
		}
	}
}

func TestClosure(t *testing.T) {
	root := t.TempDir()
	writeFiles(t, root, source)
	got, err := closure(root, map[string]bool{"sns": true})
	if err != nil {
		t.Fatalf("closure = %v, want services", err)
	}
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, []string{"iam", "sns"}) {
		t.Errorf("closure = %q, want [iam sns]", names)
	}
}

func TestCutRefusesUnknownServices(t *testing.T) {
	from, dir := t.TempDir(), t.TempDir()
	writeFiles(t, from, source)
	writeFiles(t, dir, map[string]string{"services.txt": "ssn\n", "empty.txt": "# nothing\n"})
	if err := run(from, filepath.Join(dir, "cut"), filepath.Join(dir, "services.txt")); err == nil {
		t.Error("run(unknown service) = nil, want an error")
	}
	want := "the list of services " + filepath.Join(dir, "empty.txt") + " is empty"
	if err := run(from, filepath.Join(dir, "cut"), filepath.Join(dir, "empty.txt")); err == nil || err.Error() != want {
		t.Errorf("run(empty list) = %v, want %s", err, want)
	}
}
