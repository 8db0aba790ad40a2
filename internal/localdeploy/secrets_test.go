package localdeploy

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

const key = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n"

func TestSealSettings(t *testing.T) {
	t.Parallel()
	file := "config:\n  aws:region: eu-west-1\n  torii:authority: {certificate: a, key: plain, validDays: 9}\n  torii:on: true\n"
	got, err := sealSettings(t.Context(), []byte(file), map[string]string{"torii:authority.key": key, "torii:new.list[0]": "b"})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"PRIVATE", "plain"} {
		if strings.Contains(string(got), secret) {
			t.Errorf("%q is still in\n%s", secret, got)
		}
	}
	sealed, err := readStackFile(got)
	if err != nil {
		t.Fatal(err)
	}
	with, err := vault()
	if err != nil {
		t.Fatal(err)
	}
	values, err := sealed.Config.Decrypt(with.Encrypter.(config.Crypter))
	if err != nil {
		t.Fatal(err)
	}
	opened := map[string]string{}
	for key, value := range values {
		opened[key.String()] = value
	}
	want := map[string]string{
		"aws:region":      "eu-west-1",
		"torii:authority": `{"certificate":"a","key":"-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n","validDays":9}`,
		"torii:new":       `{"list":["b"]}`,
		"torii:on":        "true",
	}
	if !maps.Equal(opened, want) {
		t.Errorf("got  %q\nwant %q", opened, want)
	}
	if sealed.EncryptionSalt != with.salt {
		t.Errorf("the salt is %q, want %q", sealed.EncryptionSalt, with.salt)
	}
}

func TestSealSettingsLeavesAFileWithoutSecretsAsItIs(t *testing.T) {
	t.Parallel()
	const file = "config: {b:  1}   # as it is\n"
	if got, err := sealSettings(t.Context(), []byte(file), nil); string(got) != file || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSealSettingsNamesWhatCannotBeSet(t *testing.T) {
	t.Parallel()
	_, err := sealSettings(t.Context(), nil, map[string]string{"nonsense": "secret", "torii:a[": "secret"})
	for _, want := range []string{"nonsense: setting the secret: ", "torii:a[: setting the secret: "} {
		if !strings.Contains(text(err), want) {
			t.Errorf("%q is not in %q", want, text(err))
		}
	}
}

func TestConcealTakesPlainValuesOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file string
		want       map[string]string
	}{
		{"a plain value", "config:\n  torii:authority: {key: abc, certificate: d}\n", map[string]string{"torii:authority.key": "abc"}},
		{"none there", "config:\n  torii:authority: {certificate: d}\n", nil},
		{"no such section", "config: {}\n", nil},
		{"an empty file", "", nil},
		{"one that is encrypted, which is refused elsewhere", "config:\n  torii:authority: {key: {secure: v1:x}}\n", nil},
		{"not a text", "config:\n  torii:authority: {key: {a: b}}\n", nil},
		{"a section that is no map", "config:\n  torii:authority: no\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			spec := Spec{Settings: []byte(c.file)}
			if err := spec.Conceal("torii:authority.key"); err != nil || !maps.Equal(spec.Secrets, c.want) {
				t.Errorf("got %q, %v; want %q", spec.Secrets, err, c.want)
			}
		})
	}
	spec := Spec{Settings: []byte("config: [a]\n")}
	if err := spec.Conceal("torii:authority.key"); !strings.HasPrefix(text(err), "reading the stack file: ") {
		t.Errorf("got %q", text(err))
	}
}

func TestConfigHasSecretsInPlain(t *testing.T) {
	t.Parallel()
	got, err := Config(context.Background(), Spec{
		Stack: "dev", Project: []byte("name: torii\nruntime: go\n"),
		Settings: []byte("config:\n  torii:authority: {certificate: a, key: old}\n"),
		Secrets:  map[string]string{"torii:authority.key": "new"},
	})
	if want := `{"certificate":"a","key":"new"}`; err != nil || got["torii:authority"] != want {
		t.Errorf("got %q, %v; want %q", got["torii:authority"], err, want)
	}
}
