package localdeploy

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

func TestFormatOutputs(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 50)
	for _, c := range []struct {
		name    string
		outputs map[string]any
		want    []string
	}{
		{"none", nil, nil},
		{
			"values stand aligned beside their names",
			map[string]any{"vpcId": "vpc-1", "count": 2.0, "on": true, "nothing": nil},
			[]string{"  count    2", "  nothing  -", "  on       true", "  vpcId    vpc-1"},
		},
		{
			"a short list is a line, a long one a line for each item",
			map[string]any{"short": []any{"a", "b"}, "long": []any{long, long}, "empty": []any{}},
			[]string{"  empty  (none)", "  long", "    - " + long, "    - " + long, "  short  a, b"},
		},
		{
			"a map is a block",
			map[string]any{"urls": map[string]any{"site": "https://a/", "lab": "https://b/"}, "none": map[string]any{}},
			[]string{"  none  (none)", "  urls", "    lab   https://b/", "    site  https://a/"},
		},
		{
			"maps in a list are a table, from and to and port first",
			map[string]any{"flows": []any{
				map[string]any{"why": "clients", "port": "tcp/443", "from": "internet", "to": "gateway", "ranges": []any{"0.0.0.0/0"}},
				map[string]any{"why": "requests", "port": "tcp/80", "from": "gateway", "to": "site"},
			}},
			[]string{
				"  flows",
				"    from      to       port     ranges     why",
				"    internet  gateway  tcp/443  0.0.0.0/0  clients",
				"    gateway   site     tcp/80              requests",
			},
		},
		{
			"text of several lines is a block",
			map[string]any{"how": "one\ntwo\n"},
			[]string{"  how", "    one", "    two"},
		},
		{
			"what is deeper than a table is nested",
			map[string]any{"deep": []any{map[string]any{"a": map[string]any{"b": "c"}}}},
			[]string{"  deep", "    -", "      a", "        b  c"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			outputs := auto.OutputMap{}
			for name, value := range c.outputs {
				outputs[name] = auto.OutputValue{Value: value}
			}
			want := strings.Join(c.want, "\n")
			if want != "" {
				want += "\n"
			}
			if got := FormatOutputs(outputs); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestFormatOutputsHidesSecrets(t *testing.T) {
	t.Parallel()
	got := FormatOutputs(auto.OutputMap{"key": {Value: map[string]any{"a": "topsecret"}, Secret: true}})
	if got != "  key  [secret]\n" {
		t.Errorf("got %q", got)
	}
}
