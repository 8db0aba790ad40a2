package localdeploy

import (
	"maps"
	"testing"
)

// localYAML is what every overlaid stack file has of the provider, around the keys of its own.
func localYAML(before, between, after string) string {
	return "config:\n    aws:accessKey: test\n" + before + "    aws:maxRetries: \"5\"\n" + between +
		"    aws:s3UsePathStyle: \"true\"\n    aws:secretKey: test\n    aws:skipCredentialsValidation: \"true\"\n" +
		"    aws:skipMetadataApiCheck: \"true\"\n" + after
}

func TestOverlaySettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, want, problem string }{
		{
			"an empty file gets the local provider",
			"", localYAML("", "", ""), "",
		},
		{
			"region, tags and the stack's own settings stay",
			"config:\n  aws:region: eu-west-1\n  aws:defaultTags: {tags: {a: b}}\n  torii:network: {zones: [eu-west-1a], on: true, n: 3}\n",
			localYAML("    aws:defaultTags:\n        tags:\n            a: b\n", "    aws:region: eu-west-1\n",
				"    torii:network:\n        \"n\": 3\n        \"on\": true\n        zones:\n            - eu-west-1a\n"),
			"",
		},
		{
			"whatever leads to an account goes",
			"config:\n  aws:profile: prod\n  aws:assumeRole: {roleArn: x}\n  aws:endpoints: [{ec2: https://ec2.example}]\n" +
				"  aws:allowedAccountIds: [\"1\"]\n  aws:accessKey: AKIAREAL\n  aws:token: real\n",
			localYAML("", "", ""), "",
		},
		{
			"a secrets provider without secrets is dropped",
			"secretsprovider: awskms://alias/x\nencryptionsalt: v1:x\nconfig: {}\n", localYAML("", "", ""), "",
		},
		{
			"all encrypted values are refused by name",
			"config:\n  torii:a: {secure: v1:x}\n  torii:b: {list: [1, {key: {secure: v1:y}}]}\n", "",
			"torii:a: is encrypted, and a local deployment has no key for it; copy the stack file and give a plain value\n" +
				"torii:b.list[1].key: is encrypted, and a local deployment has no key for it; copy the stack file and give a plain value",
		},
		{
			"an environment needs a service that is not there",
			"environment: [prod]\n", "",
			"environment: a local deployment cannot open Pulumi ESC environments; copy the stack file and put their values into it",
		},
		{"config is a map", "config: [a]\n", "", "reading the stack file: config is not a map"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := overlaySettings([]byte(c.file))
			if string(got) != c.want || text(err) != c.problem {
				t.Errorf("got:\n%s%s\nwant:\n%s%s", got, text(err), c.want, c.problem)
			}
		})
	}
}

func TestOverlayProject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, project, want, problem string }{
		{
			"name, runtime and settings stay; backend and folders go",
			"name: torii\nruntime: go\nmain: elsewhere\nstackConfigDir: stacks\nbackend: {url: s3://states}\n" +
				"config:\n  network: {type: object, default: {}}\n  aws:profile: prod\n  aws:region: eu-west-1\n",
			"torii",
			"config:\n    aws:region: eu-west-1\n    network:\n        default: {}\n        type: object\nname: torii\nruntime: go\n",
			"",
		},
		{"no settings", "name: torii\nruntime: go\n", "torii", "name: torii\nruntime: go\n", ""},
		{"no name", "runtime: go\n", "", "", "reading the project file: it has no name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			project, got, err := overlayProject([]byte(c.file))
			if project != c.project || string(got) != c.want || text(err) != c.problem {
				t.Errorf("got %q:\n%s%s\nwant %q:\n%s%s", project, got, text(err), c.project, c.want, c.problem)
			}
		})
	}
}

func TestConfigIsWhatTheProgramWillBeTold(t *testing.T) {
	t.Parallel()
	project := "name: torii\nruntime: go\nconfig:\n" +
		"  network: {type: object, default: {}}\n  edge: {type: object, default: {nat: none}}\n"
	got, err := Config(t.Context(), Spec{
		Stack:    "dev",
		Project:  []byte(project),
		Settings: []byte("config:\n  aws:region: eu-west-1\n  torii:network: {zones: [eu-west-1a]}\n  torii:other: 1\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(localProvider)
	want["aws:region"] = "eu-west-1"
	want["torii:network"] = `{"zones":["eu-west-1a"]}`
	want["torii:edge"] = `{"nat":"none"}`
	want["torii:other"] = "1"
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}

	_, err = Config(t.Context(), Spec{
		Stack: "dev", Project: []byte(project), Settings: []byte("config:\n  torii:network: balloon\n"),
	})
	if want := "reading the stack file: Stack 'dev' with configuration key 'network' must be of type 'object'"; text(err) != want {
		t.Errorf("got  %q\nwant %q", text(err), want)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
