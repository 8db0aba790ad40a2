//go:build integration

package integration

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/check"
)

// checked is one stack that has a bit of everything, and what is asked of it.
type checked struct {
	clients
	outputs check.Outputs
	about   check.Options
	ends    time.Time // of the certificate that is put in the place of the gate's
}

// TestCheck deploys one stack, finds it as it was asked for, and then breaks one thing after the other, by AWS's own
// interface. What it cannot show here: no target gets unwell, no snapshot is taken, nothing answers at an address; and a
// refresh of machines is over at once. The tests of the judges have those.
func TestCheck(t *testing.T) {
	t.Parallel()
	s := newSite(t, "checked", "", "aiko")
	result := s.up("first up", settings{
		"aws:region":     "ap-northeast-1",
		"torii:network":  settings{"zones": []string{"ap-northeast-1a", "ap-northeast-1c"}, "nat": "instance"},
		"torii:bastion":  settings{"enabled": true},
		"torii:security": settings{"sessionAlerts": []string{"ops@example.jp"}},
		"torii:workloads": settings{
			"site":   settings{"kind": "fargate", "min": 1, "max": 2},
			"legacy": settings{"kind": "fleet", "expose": []string{"nlb", "clb"}, "min": 1, "max": 2},
			"lab":    settings{"kind": "notebooks", "people": settings{"aiko": 1}},
		},
		"torii:operations": settings{"protect": false},
	})
	c := checked{clients: s.ask(), outputs: outputsOf(t, result.Outputs), ends: time.Now().Add(9*day + time.Hour)}
	c.about = check.Options{
		Outputs: c.outputs, Region: "ap-northeast-1", CertificateDays: 30, NoURLs: "the local AWS carries no traffic",
		AWS: check.NewAWS(aws.Config{
			Region: "ap-northeast-1", BaseEndpoint: aws.String(s.server.URL),
			Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		}),
	}

	fresh, err := check.Run(t.Context(), c.about)
	require.NoError(t, err)
	t.Logf("fresh:\n%s", check.Format(fresh))
	assert.Equal(t, "15 ok, 3 skipped", check.Sum(fresh))
	for _, f := range fresh {
		assert.Contains(t, []check.Verdict{check.OK, check.Skipped}, f.Verdict, "%+v", f)
	}

	for _, each := range c.breaks() {
		t.Run(each.name, func(t *testing.T) {
			c.t = t
			undo := each.do(t)
			about := c.about
			about.Now = func() time.Time { return time.Now().Add(each.later) }
			assert.Equal(t, each.want, c.failing(about))
			if undo != nil {
				undo()
				assert.Empty(t, c.failing(c.about), "mended")
			}
		})
	}
}

// failing asks, and returns what fails and how it stands.
func (c checked) failing(about check.Options) map[string]string {
	c.t.Helper()
	all, err := check.Run(c.t.Context(), about)
	require.NoError(c.t, err)
	found := map[string]string{}
	for _, f := range all {
		if f.Verdict != check.OK && f.Verdict != check.Skipped {
			found[f.What] = f.Why
		}
	}
	return found
}

// outputsOf reads a stack's outputs as the command does: without secrets.
func outputsOf(t *testing.T, values auto.OutputMap) check.Outputs {
	t.Helper()
	public := map[string]any{}
	for name, output := range values {
		if !output.Secret {
			public[name] = output.Value
		}
	}
	text, err := json.Marshal(public)
	require.NoError(t, err)
	outputs, err := check.ReadOutputs(text, "pulumi up")
	require.NoError(t, err)
	return outputs
}
