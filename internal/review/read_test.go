package review_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/review"
)

func encode(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return text
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	whole, err := os.ReadFile("testdata/bastion-port.json")
	require.NoError(t, err)
	for name, test := range map[string]struct{ text, want string }{
		"empty":           {"", "reading the preview: it is empty; what went wrong is in what pulumi preview wrote to stderr"},
		"blank":           {"\n \t", "reading the preview: it is empty; what went wrong is in what pulumi preview wrote to stderr"},
		"without --json":  {"Previewing update (dev):\n", "reading the preview: it is not a JSON object; was pulumi preview called with --json?"},
		"a list":          {"[]", "reading the preview: it is not a JSON object; was pulumi preview called with --json?"},
		"only the brace":  {"{", "reading the preview: the JSON breaks off after 1 bytes; was the preview, or the copying of it, interrupted?"},
		"truncated":       {string(whole[:20000]), "reading the preview: the JSON breaks off after 20000 bytes; was the preview, or the copying of it, interrupted?"},
		"another program": {`{"Reservations":[]}`, "reading the preview: the JSON has no steps and no diagnostics; it is not what pulumi preview --json prints"},
		"an event stream": {`{"sequence":0,"preludeEvent":{}}` + "\n" + `{"sequence":1}`, "reading the preview: the JSON is damaged at byte 34: invalid character '{' after top-level value"},
		"damaged":         {`{"steps":[nope]}`, "reading the preview: the JSON is damaged at byte 12: invalid character 'o' in literal null (expecting 'u')"},
		"another kind":    {`{"steps":{"a":1}}`, "reading the preview: steps has a JSON object where another kind of value belongs; it is not what pulumi preview --json prints"},
		"no resource":     {`{"steps":[{"op":"create"}]}`, "reading the preview: step 1 of 1 names no resource or no operation; it is not what pulumi preview --json prints"},
		"no state":        {`{"steps":[{"op":"create","urn":"urn:pulumi:a::b::c::d"}]}`, "reading the preview: step 1 of 1 names no resource or no operation; it is not what pulumi preview --json prints"},
	} {
		_, err := review.Read(strings.NewReader(test.text))
		assert.EqualError(t, err, test.want, name)
	}
}

func TestReadBaselineSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"":                  "reading the baseline: it is empty; what went wrong is in what pulumi preview wrote to stderr",
		`{"vpcId":"vpc-1"}`: "reading the baseline: the JSON is neither a preview nor a stack's outputs with a flow table",
		`{"diagnostics":[{"severity":"error","message":"no"}]}`: "reading the baseline: it is a preview that failed, which does not say how things stand",
		`{"flows":"none"}`:                "reading the baseline: flows has a JSON string where another kind of value belongs; it is not what pulumi preview --json prints",
		`{"steps":[{"op":"","urn":"a"}]}`: "reading the baseline: step 1 of 1 names no resource or no operation; it is not what pulumi preview --json prints",
	} {
		_, err := review.ReadBaseline(strings.NewReader(text))
		assert.EqualError(t, err, want, text)
	}
}

func TestACommentNeedsAStack(t *testing.T) {
	for _, name := range []string{"", "a b", "x -->\n# hello", "<b>", strings.Repeat("a", 301)} {
		_, err := review.Comment(review.Digest{}, review.Options{Stack: name})
		assert.ErrorContains(t, err, "is not the name of a stack", name)
	}
	assert.Contains(t, comment(t, review.Digest{}, review.Options{Stack: "acme/torii/prod"}), "<!-- torii preview: acme/torii/prod -->\n")
}

// FuzzComment feeds it anything: there is an error or a whole comment, of a length that GitHub takes.
func FuzzComment(f *testing.F) {
	// Of each recorded preview a few steps, of as many kinds as there are: small inputs are tried more often.
	for name := range changes {
		file, err := os.Open("testdata/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		digest, err := review.Read(file)
		if err != nil {
			f.Fatal(err)
		}
		ops := map[string]int{}
		digest.Steps = slices.DeleteFunc(digest.Steps, func(step review.Step) bool {
			ops[step.Op]++
			return ops[step.Op] > 2
		})
		text, err := json.Marshal(digest)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"steps":[{"op":"update","urn":"a::b::c$aws:ebs/volume:Volume::x","oldState":{"inputs":{"a":[1]}},` +
		`"newState":{"type":"aws:ebs/volume:Volume","custom":true,"inputs":{"a":{"b":"|"}}},"detailedDiff":{"a[0].b":{"kind":"update"}}}],` +
		`"diagnostics":[{"severity":"warning","message":"` + "```" + `"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		digest, err := review.Read(strings.NewReader(string(text)))
		if err != nil {
			return
		}
		comment, err := review.Comment(digest, review.Options{Stack: "fuzz"})
		if err != nil {
			t.Fatal(err)
		}
		if len(comment) > review.MaxComment || !strings.HasPrefix(comment, "<!-- torii preview: fuzz -->\n**Stack `fuzz`") {
			t.Fatalf("%d bytes: %.200s", len(comment), comment)
		}
		if strings.Count(comment, "<details>") != strings.Count(comment, "</details>") && !strings.Contains(string(text), "details") {
			t.Fatalf("a fold has no end: %s", comment)
		}
	})
}
