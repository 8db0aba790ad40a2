package settings

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
)

// least is the shortest stack file that is right.
var least = map[string]string{
	"torii:network":   `{"zones":["ap-northeast-1a","ap-northeast-1c"]}`,
	"torii:workloads": `{"site":{"kind":"fargate"}}`,
}

func TestLoadFillsInDefaults(t *testing.T) {
	chosen, problems := Load(least)
	require.NoError(t, problems.Err())
	site := Fargate{
		Kind: "fargate", Image: DefaultImage, Port: 80, CPU: 256, Memory: 512, Min: 2, Max: 4, HealthPath: "/",
		ReadOnly: true, WritablePaths: []string{"/run", "/tmp", "/var/cache/nginx"},
	}
	assert.Equal(t, Settings{
		Network: Network{
			CIDR: "10.0.0.0/16", Zones: []string{"ap-northeast-1a", "ap-northeast-1c"}, NAT: "gateway",
			NATInstanceType: "t4g.nano", NATImage: "newest-1",
		},
		Security: Security{Trail: "stack", TrailDays: 365, SessionIdleMinutes: 20, SessionMaxMinutes: 720, Key: "stack"},
		Edge: Edge{
			Certificate: "self-signed", AllowedCountries: []string{"JP"}, AllowedCIDRs: []string{"0.0.0.0/0"},
			RateLimit: 2000, IdleTimeoutSeconds: 60, ClientAuth: "off",
		},
		Authority:  Authority{KeyType: "ecdsa", ValidDays: 365, RenewDays: 30, AuthorityYears: 10},
		Workloads:  map[string]Workload{"site": {Kind: "fargate", Fargate: &site}},
		Bastion:    Bastion{InstanceType: "t4g.nano", Image: "newest-1", Hours: 4, NightHourUTC: 15},
		Operations: Operations{Protect: true, LogRetentionDays: 90, Alarms: true, Dashboard: true, BudgetScope: "account"},
	}, chosen)
}

func TestLoadTellsNothingFromZero(t *testing.T) {
	chosen, problems := Load(map[string]string{
		"torii:network": `{"zones":["ap-northeast-1a","ap-northeast-1c"],"nat":null}`,
		"torii:edge":    `{"rateLimit":0,"allowedCountries":[],"domain":"example.jp"}`,
		"torii:workloads": `{"site":{"kind":"fargate","host":"www.example.jp","readOnly":false,"writablePaths":[],` +
			`"environment":{"A":"1"}}}`,
		"torii:operations": ``,
	})
	require.NoError(t, problems.Err())
	assert.Equal(t, NATGateway, chosen.Network.NAT, "a key without a value asks for the default")
	assert.Zero(t, chosen.Edge.RateLimit)
	assert.Empty(t, chosen.Edge.AllowedCountries)
	assert.Equal(t, CertificateACM, chosen.Edge.Certificate, "with a domain the default is a real one")
	site := chosen.Workloads["site"].Fargate
	assert.False(t, site.ReadOnly)
	assert.Empty(t, site.WritablePaths)
	assert.Equal(t, map[string]string{"A": "1"}, site.Environment)
}

func TestLoadGivesAHubThePatienceItNeeds(t *testing.T) {
	hub := map[string]string{
		"torii:network":   `{"zones":["ap-northeast-1a","ap-northeast-1c"]}`,
		"torii:workloads": `{"hub":{"kind":"jupyterhub","admins":["aiko"]}}`,
	}
	chosen, problems := Load(hub)
	require.NoError(t, problems.Err())
	assert.Equal(t, JupyterHub{
		Kind: "jupyterhub", InstanceType: "t3.large", Image: "newest-1", HomeGiB: 100, SnapshotDays: 14, FinalSnapshot: true,
		Admins: []string{"aiko"}, Authenticator: "native", UserMemoryMiB: 2048, UserCPUs: 2, IdleMinutes: 60,
	}, *chosen.Workloads["hub"].JupyterHub)
	assert.Equal(t, []int{10000, 3600}, []int{chosen.Edge.RateLimit, chosen.Edge.IdleTimeoutSeconds})
	hub["torii:edge"] = `{"rateLimit":0,"idleTimeoutSeconds":4000}`
	chosen, problems = Load(hub)
	require.NoError(t, problems.Err())
	assert.Equal(t, []int{0, 4000}, []int{chosen.Edge.RateLimit, chosen.Edge.IdleTimeoutSeconds})
}

func TestLoadLeavesOtherProgramsKeysAlone(t *testing.T) {
	config := map[string]string{"aws:region": "ap-northeast-1", "other:network": "{}", "pulumi:tags": "{}"}
	for key, value := range least {
		config[key] = value
	}
	_, problems := Load(config)
	require.NoError(t, problems.Err())
}

func TestFargateMemoryIsWhatAWSOffers(t *testing.T) {
	for cpu, want := range map[int]struct {
		count int
		words string
	}{
		256:   {3, "512, 1024 or 2048"},
		512:   {4, "1024, 2048, 3072 or 4096"},
		1024:  {7, "2048 to 8192 in steps of 1024"},
		2048:  {13, "4096 to 16384 in steps of 1024"},
		4096:  {23, "8192 to 30720 in steps of 1024"},
		8192:  {12, "16384 to 61440 in steps of 4096"},
		16384: {12, "32768 to 122880 in steps of 8192"},
	} {
		allowed, words := memoryFor(cpu)
		assert.Len(t, allowed, want.count, "%d", cpu)
		assert.Equal(t, want.words, words)
	}
}

func TestSecretServiceOfAnARN(t *testing.T) {
	for text, want := range map[string]string{
		"arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:t-AbCdEf:key::": "secretsmanager",
		"arn:aws:ssm:ap-northeast-1:123456789012:parameter/a/b":                    "ssm",
		"arn:aws:ssm:ap-northeast-1:123456789012:document/a":                       "",
		"arn:aws:secretsmanager:::secret:t":                                        "",
		"arn:aws:s3:::bucket":                                                      "",
		"hunter2":                                                                  "",
	} {
		assert.Equal(t, want, SecretService(text), text)
	}
}

// FuzzLoad feeds the settings with whatever a hand or a template may have left there.
// Whatever comes, Load says what is wrong or returns settings that it would accept
// again, and every problem names a setting under torii:. It begins with what is committed,
// right and wrong, since text made at random seldom gets past the decoder.
func FuzzLoad(f *testing.F) {
	f.Add(least["torii:network"], `{}`, `{}`, `{}`, least["torii:workloads"], `{}`, `{}`)
	f.Add(least["torii:network"], `{}`, `{}`, `{}`,
		`{"lab":{"kind":"notebooks","people":{"a":1,"b":{"notebooks":2,"homeGiB":0},"c":null}}}`, `{"enabled":true,"users":["a"],"ports":[0]}`, `{}`)
	f.Add(`{"zones":["ap-northeast-1a"],"nat":"instance"}`, `{"trail":"account"}`, `{"clientAuth":"verify"}`, `{"clients":["a","a"]}`,
		`{"web":{"kind":"fleet","expose":["clb","nlb"],"tls":"instance","clients":["b"]}}`, `{}`, `{}`)
	f.Add(`[]`, `{"sessionAlerts":[1]}`, `null`, `{"certificate":"-----BEGIN","key":"x","keyType":"rsa"}`,
		`{"a":{"kind":"fargate","secrets":{"A":"arn:aws:ssm"}}}`, `""`, `{"protect":"no"}`)
	f.Add(`{"cidr":"::/0","zones":[1,null,{}]}`, `{}`, `{"allowedCidrs":["x/33"],"rateLimit":1e99}`, `{"validDays":-1}`,
		`{"":{"kind":{}}}`, `{"hours":99}`, `"`)
	files, err := recorder.StackFiles()
	require.NoError(f, err)
	broken, err := filepath.Glob(filepath.Join(recorder.Root(), "stack/testdata/broken/*.yaml"))
	require.NoError(f, err)
	require.NotEmpty(f, broken)
	for _, file := range slices.Concat(slices.Collect(maps.Values(files)), broken) {
		is, err := recorder.Config(file)
		require.NoError(f, err)
		f.Add(is["torii:network"], is["torii:security"], is["torii:edge"], is["torii:authority"], is["torii:workloads"],
			is["torii:bastion"], is["torii:operations"])
	}
	f.Fuzz(func(t *testing.T, network, security, edge, authority, workloads, bastion, operations string) {
		config := map[string]string{
			"aws:region": "ap-northeast-1", "torii:network": network, "torii:security": security, "torii:edge": edge,
			"torii:authority": authority, "torii:workloads": workloads, "torii:bastion": bastion, "torii:operations": operations,
		}
		chosen, problems := Load(config)
		for _, problem := range problems {
			if !strings.HasPrefix(problem.Path, "torii:") || problem.Allowed == "" {
				t.Fatalf("a problem that names no setting: %#v", problem)
			}
		}
		if problems.Err() != nil {
			return
		}
		if len(chosen.Workloads) == 0 || len(chosen.Network.Zones) == 0 {
			t.Fatalf("accepted: %#v", chosen)
		}
	})
}
